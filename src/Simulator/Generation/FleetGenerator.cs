using FailureHistory.Core.History;

namespace FailureHistory.Simulator.Generation;

/// <summary>
/// Draws what happens to a fleet, and what imperfect detectors make of it (R12.1). A function of the seed: each node, and each detector at each
/// node, has a source of chance of its own, so that a larger fleet, or one more detector, leaves the others as they were. Reports come one by
/// one in the order of time; memory grows with the fleet, not with the length.
/// </summary>
/// <param name="seed">The seed.</param>
/// <param name="nodes">How many nodes; positive.</param>
/// <param name="length">How long; positive.</param>
/// <param name="failures">How nodes fail.</param>
/// <param name="detectors">Who watches every node; may be empty.</param>
public sealed class FleetGenerator(long seed, int nodes, TimeSpan length, IFailureProcess failures, IReadOnlyList<DetectorModel> detectors)
{
    /// <summary>What truly happens to a node.</summary>
    /// <param name="node">Its number, from 0.</param>
    public IEnumerable<Outage> Truth(int node) => failures.Outages(Chance.Stream(seed, node * (detectors.Count + 1)), length);

    /// <summary>Every report about every node by time; of those at one instant by node.</summary>
    public IEnumerable<SimulatedReport> Reports()
    {
        var next = new PriorityQueue<IEnumerator<SimulatedReport>, (TimeSpan, int)>();
        for (var node = 0; node < nodes; node++)
        {
            Enqueue(About(node).GetEnumerator());
        }

        while (next.TryDequeue(out var reports, out _))
        {
            yield return reports.Current;
            Enqueue(reports);
        }

        void Enqueue(IEnumerator<SimulatedReport> reports)
        {
            if (reports.MoveNext())
            {
                next.Enqueue(reports, (reports.Current.At, reports.Current.Node));
            }
            else
            {
                reports.Dispose();
            }
        }
    }

    /// <summary>The reports about one node by time: its first join, what the detectors say, its joins after repairs.</summary>
    /// <param name="node">Its number, from 0.</param>
    public IEnumerable<SimulatedReport> About(int node)
    {
        // One up time and the outage behind it at a time.
        var sources = detectors.Select((_, i) => Chance.Stream(seed, (node * (detectors.Count + 1)) + i + 1)).ToArray();
        var upSince = TimeSpan.Zero;
        yield return new SimulatedReport(node, null, ObservationKind.Join, TimeSpan.Zero, false);
        foreach (var outage in Truth(node).Append(new Outage(length, null)))
        {
            var said = new List<SimulatedReport>();
            for (var i = 0; i < detectors.Count; i++)
            {
                AddFalseAlarms(said, node, detectors[i], sources[i], upSince, outage.From);
                AddFailure(said, node, detectors[i], sources[i], outage);
            }

            foreach (var report in said.OrderBy(r => r.At))
            {
                yield return report;
            }

            if (outage.To is not { } to)
            {
                yield break;
            }

            yield return new SimulatedReport(node, null, ObservationKind.Join, to, false);
            upSince = to;
        }
    }

    // A false alarm that still stands when the node fails in earnest has come true.
    private static void AddFalseAlarms(List<SimulatedReport> said, int node, DetectorModel detector, Random random, TimeSpan from, TimeSpan to)
    {
        if (detector.FalseAlarmsPerDay <= 0)
        {
            return;
        }

        var at = from;
        while ((at += Chance.Exponential(random, TimeSpan.FromDays(1 / detector.FalseAlarmsPerDay))) < to)
        {
            said.Add(new SimulatedReport(node, detector.Id, ObservationKind.Failure, at, true));
            at += Chance.Exponential(random, detector.MeanFalseAlarm);
            if (at < to)
            {
                said.Add(new SimulatedReport(node, detector.Id, ObservationKind.Alive, at, true));
            }
        }
    }

    private void AddFailure(List<SimulatedReport> said, int node, DetectorModel detector, Random random, Outage outage)
    {
        if (outage.From >= length)
        {
            return;
        }

        var (isMissed, at) = (random.NextDouble() < detector.Miss, outage.From + Chance.Exponential(random, detector.MeanDelay));
        if (!isMissed && at < (outage.To ?? length))
        {
            said.Add(new SimulatedReport(node, detector.Id, ObservationKind.Failure, at, false));
        }
    }
}
