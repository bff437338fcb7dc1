using System.CommandLine;
using System.Globalization;
using FailureHistory.Simulator.Scale;

namespace FailureHistory.Simulator.Commands;

/// <summary><c>scale</c>: what a cluster costs per member, and how that grows with members and nodes (R12.2).</summary>
internal sealed class ScaleCommand : Command
{
    private readonly Option<int[]> members = new("--members") { Description = "Members; several for a table.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [100, 1000, 10_000] };
    private readonly Option<int[]> nodes = new("--nodes") { Description = "Nodes; several for a table.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [10_000, 100_000] };
    private readonly Option<int> segments = new("--segments-per-member") { Description = "Segments of the ring for each member.", DefaultValueFactory = _ => 4 };
    private readonly Option<ulong> seed = new("--seed") { Description = "The seed.", DefaultValueFactory = _ => 1 };

    public ScaleCommand()
        : base("scale", "Runs many members without faults, and says what each of them costs.")
    {
        foreach (var option in new Option[] { members, nodes, segments, seed })
        {
            Add(option);
        }

        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        Console.WriteLine("| members | nodes | segments | placement s | start msg | idle msg | idle B | report msg | report B | read msg | stored | most | memory kB | report CPU µs | answered |");
        Console.WriteLine("| --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |");
        foreach (var m in parsed.GetValue(members)!)
        {
            foreach (var n in parsed.GetValue(nodes)!)
            {
                var r = ScaleRun.Run(m, n, Math.Clamp(m * parsed.GetValue(segments), 16, 65_536), parsed.GetValue(seed));
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {r.Members} | {r.Nodes} | {r.Segments} | {r.Placement.TotalSeconds:0.00} | {r.StartMessages:0} | {r.Idle.Messages:0.0} | {r.Idle.Bytes:0} | {r.Report.Messages:0.00} | {r.Report.Bytes:0} | {r.ReadMessages:0.00} | {r.Stored.Mean:0.0} | {r.Stored.Most} | {r.Memory / 1000:0} | {r.ReportCpu.TotalMicroseconds:0} | {100.0 * r.Answers.Answered / r.Answers.All:0.00} % |"));
            }
        }

        return 0;
    }
}
