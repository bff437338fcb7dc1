using System.Diagnostics;
using System.Globalization;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;
using FailureHistory.Simulator.Generation;

namespace FailureHistory.Experiments;

/// <summary>The CPU seconds that the core took up to so many events.</summary>
/// <param name="Storing">Taking events in at k copies: duplicates looked for, packed, hashed.</param>
/// <param name="Filtering">Of each event's node, the correlated periods with their probabilities (§4.2, §4.3), computed anew after each event.</param>
internal sealed record CoreCost(double[] Storing, double[] Filtering);

/// <summary>Replays events through the core alone, in one thread, and measures it.</summary>
internal static class CoreOverhead
{
    private const int Copies = 4;

    public static CoreCost Measure(IReadOnlyList<SimulatedReport> events)
    {
        Replay(events); // compiled before it is measured
        return Replay(events);
    }

    private static CoreCost Replay(IReadOnlyList<SimulatedReport> events)
    {
        var machines = new Dictionary<int, SegmentMachine[]>();
        var (storing, filtering) = (new double[events.Count + 1], new double[events.Count + 1]);
        for (var i = 0; i < events.Count; i++)
        {
            var observation = ObservationOf(events[i], i);
            var segment = Segments.Of(observation.Node);
            if (!machines.TryGetValue(segment, out var copies))
            {
                machines[segment] = copies = [.. Enumerable.Range(0, Copies).Select(_ => new SegmentMachine(segment, TimeSpan.FromMinutes(1)))];
            }

            var begun = Stopwatch.GetTimestamp();
            foreach (var copy in copies)
            {
                copy.Apply(observation);
            }

            storing[i + 1] = storing[i] + Stopwatch.GetElapsedTime(begun).TotalSeconds;
            begun = Stopwatch.GetTimestamp();
            Periods(copies[0].View(observation.Node)!, observation);
            filtering[i + 1] = filtering[i] + Stopwatch.GetElapsedTime(begun).TotalSeconds;
        }

        return new CoreCost(storing, filtering);
    }

    private static void Periods(NodeView view, Observation latest)
    {
        var machine = MachineHistories.Evaluate([new NodeObservations(latest.Node, view.Decode())], NodeReference.Parse(latest.Name!), new HistoryOptions());
        if (machine is null || machine.Periods.Count == 0)
        {
            throw new InvalidOperationException($"no periods of {latest.Name}");
        }
    }

    private static Observation ObservationOf(SimulatedReport report, int number)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"grid-{report.Node + 1}");
        var at = new Stamp(report.At.Ticks + number);
        return new Observation
        {
            Node = NodeId.FromName(name), Name = name, Detector = report.Detector, Kind = report.Kind, At = at, ReceivedAt = at,
            Id = string.Create(CultureInfo.InvariantCulture, $"{number}"), Accuracy = report.Detector is null ? 0 : 70, Explicit = report.Detector is not null, Total = 210,
        };
    }
}
