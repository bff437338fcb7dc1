using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using FailureHistory.Simulator.Mutations;

namespace FailureHistory.Simulator.Commands;

/// <summary><c>run</c>: simulates members under faults, one seed or many, and says what was wrong and how to see it again.</summary>
internal sealed class RunCommand : Command
{
    private readonly Option<ulong> seed = new("--seed") { Description = "The seed of a single run.", DefaultValueFactory = _ => 1 };
    private readonly Option<string?> seeds = new("--seeds") { Description = "Many runs, such as 1..500; stops at the first ten that fail." };
    private readonly Option<int> members = new("--members") { Description = "Members at the beginning.", DefaultValueFactory = _ => 5 };
    private readonly Option<int> nodes = new("--nodes") { Description = "Nodes reported on.", DefaultValueFactory = _ => 40 };
    private readonly Option<int> steps = new("--steps") { Description = "Events until the faults stop.", DefaultValueFactory = _ => 5000 };
    private readonly Option<int> segments = new("--segments") { Description = "Segments of the ring, 256 at most.", DefaultValueFactory = _ => 8 };
    private readonly Option<int> factor = new("--factor") { Description = "Copies of each segment.", DefaultValueFactory = _ => 3 };
    private readonly Option<string> faults = new("--faults") { Description = "What may go wrong: all, none, or some of loss,duplicates,slow,cuts,crashes,pauses,disks,ring,clocks.", DefaultValueFactory = _ => "all" };
    private readonly Option<double> growth = new("--growth") { Description = "The share of runs that begin with one member that the others join.", DefaultValueFactory = _ => 0.25 };
    private readonly Option<double> faultWithin = new("--fault-within") { Description = "The longest pause between two faults, in seconds.", DefaultValueFactory = _ => 2.5 };
    private readonly Option<string?> mutation = new("--mutation") { Description = "Breaks one decision on purpose; see docs/SIMULATION.md." };
    private readonly Option<string> without = new("--without") { Description = "A check that is left out, to see whether others find the same.", DefaultValueFactory = _ => "" };
    private readonly Option<bool> story = new("--story") { Description = "Prints every step." };

    public RunCommand()
        : base("run", "Simulates a cluster under faults, deterministically, and checks after every step what must hold.")
    {
        foreach (var option in new Option[] { seed, seeds, members, nodes, steps, segments, factor, growth, faultWithin, faults, mutation, without, story })
        {
            Add(option);
        }

        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        if (ReadFaults(parsed.GetValue(faults)!) is not { } allowed || ReadSeeds(parsed) is not { } range || parsed.GetValue(segments) is < 1 or > 256)
        {
            return 2;
        }

        var options = new SimulationOptions
        {
            Members = parsed.GetValue(members),
            Nodes = parsed.GetValue(nodes),
            Steps = parsed.GetValue(steps),
            Segments = parsed.GetValue(segments),
            ReplicationFactor = parsed.GetValue(factor),
            Faults = allowed,
            Without = parsed.GetValue(without)!,
            Growth = parsed.GetValue(growth),
            FaultWithin = TimeSpan.FromSeconds(parsed.GetValue(faultWithin)),
        };
        var broken = parsed.GetValue(mutation) is { } name ? Mutation.ByName(name) : new Members.Decisions();
        if (broken is null)
        {
            Console.Error.WriteLine($"unknown mutation; expected one of {string.Join(", ", Mutation.All.Select(m => m.Name))}");
            return 2;
        }

        var clock = Stopwatch.StartNew();
        int failed = 0, runs = 0;
        var leastShare = 1.0;
        for (var n = range.First; n <= range.Last && failed < 10; n++)
        {
            runs++;
            var result = Simulation.Run(options with { Seed = n }, broken, parsed.GetValue(story) ? Console.WriteLine : null);
            failed += result.Violation is null ? 0 : 1;
            leastShare = result is { Violation: null, Requests.Asked: > 0 } ? Math.Min(leastShare, (double)result.Requests.Answered / result.Requests.Asked) : leastShare;
            if (result.Violation is not null || range.First == range.Last)
            {
                Console.WriteLine(result.Report);
                Console.WriteLine();
            }
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{runs} runs, {failed} failed, {clock.Elapsed.TotalSeconds:0.0} s; of the requests that had a majority each run answered {100 * leastShare:0} % at least"));
        return failed == 0 ? 0 : 1;
    }

    private (ulong First, ulong Last)? ReadSeeds(ParseResult parsed)
    {
        if (parsed.GetValue(seeds) is not { } text)
        {
            return (parsed.GetValue(seed), parsed.GetValue(seed));
        }

        var ends = text.Split("..");
        if (ends.Length == 2 && ulong.TryParse(ends[0], CultureInfo.InvariantCulture, out var first) && ulong.TryParse(ends[1], CultureInfo.InvariantCulture, out var last) && first <= last)
        {
            return (first, last);
        }

        Console.Error.WriteLine($"--seeds {text}: expected two numbers, such as 1..500");
        return null;
    }

    internal static Faults? ReadFaults(string text)
    {
        if (Enum.TryParse<Faults>(text, ignoreCase: true, out var read) && (read & ~Faults.All) == 0)
        {
            return read;
        }

        Console.Error.WriteLine($"--faults {text}: expected all, none, or some of loss,duplicates,slow,cuts,crashes,pauses,disks,ring,clocks");
        return null;
    }
}
