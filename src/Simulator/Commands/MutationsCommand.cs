using System.CommandLine;
using System.Globalization;
using FailureHistory.Simulator.Mutations;

namespace FailureHistory.Simulator.Commands;

/// <summary><c>mutations</c>: breaks one decision after the other on purpose, and says which seed finds it, and by what.</summary>
internal sealed class MutationsCommand : Command
{
    private readonly Option<int> most = new("--most") { Description = "Seeds tried for each.", DefaultValueFactory = _ => 200 };
    private readonly Option<ulong> first = new("--first") { Description = "The first seed.", DefaultValueFactory = _ => 1 };
    private readonly Option<int> steps = new("--steps") { Description = "Events until the faults stop.", DefaultValueFactory = _ => 5000 };
    private readonly Option<int> members = new("--members") { Description = "Members at the beginning.", DefaultValueFactory = _ => 5 };

    private readonly Option<string> faults = new("--faults") { Description = "What may go wrong, as for run.", DefaultValueFactory = _ => "all" };
    private readonly Option<double> growth = new("--growth") { Description = "The share of runs that begin with one member that the others join.", DefaultValueFactory = _ => 0.25 };
    private readonly Option<double> faultWithin = new("--fault-within") { Description = "The longest pause between two faults, in seconds.", DefaultValueFactory = _ => 2.5 };
    private readonly Option<string[]> only = new("--mutation") { Description = "These alone.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };

    public MutationsCommand()
        : base("mutations", "Breaks decisions on purpose, one at a time, and shows that the checks notice.")
    {
        foreach (var option in new Option[] { most, first, steps, members, faults, growth, faultWithin, only })
        {
            Add(option);
        }

        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var missed = 0;
        var names = parsed.GetValue(only)!;
        if (RunCommand.ReadFaults(parsed.GetValue(faults)!) is not { } allowed)
        {
            return 2;
        }

        foreach (var mutation in Mutation.All.Where(m => names.Length == 0 || names.Contains(m.Name)))
        {
            var options = new SimulationOptions
            {
                Steps = parsed.GetValue(steps), Members = parsed.GetValue(members), Faults = allowed, Growth = parsed.GetValue(growth), FaultWithin = TimeSpan.FromSeconds(parsed.GetValue(faultWithin)),
            };
            RunResult? found = null;
            var seed = parsed.GetValue(first);
            for (var tried = 0; found is null && tried < parsed.GetValue(most); tried++, seed++)
            {
                var result = Simulation.Run(options with { Seed = seed }, mutation);
                found = result.Violation is null ? null : result;
            }

            missed += found is null ? 1 : 0;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{mutation.Name,-36} {(found is null ? "not found" : $"seed {found.Options.Seed,4} after {found.Steps,6} steps by {found.Violation!.Broken.Name} ({found.Violation.Broken.Rule})")}"));
        }

        return missed == 0 ? 0 : 1;
    }
}
