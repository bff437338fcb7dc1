using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;

namespace FailureHistory.Simulator.Checks;

/// <summary>A read with majority sees every report that was acknowledged before it was asked, across versions of the ring too.</summary>
internal sealed class MajorityReadsSeeWhatWasAcknowledged(World world, Ledger ledger) : Invariant(world, ledger)
{
    public override string Rule => "R6.5, R9.9";

    public override void Read(ReadSeen read)
    {
        if (read.Majority && Missing.From(Ledger, read.Node, read.Observations, read.AskedAt) is { } missing)
        {
            Fail($"a read of {Members.Words.Node(read.Node)} asked at {read.AskedAt.TotalSeconds:0.0000} lacks {missing}");
        }
    }
}

/// <summary>What was removed does not come back, whoever comes late.</summary>
internal sealed class RemovedStaysRemoved(World world, Ledger ledger) : Invariant(world, ledger)
{
    public override string Rule => "R9.7";

    public override void Read(ReadSeen read)
    {
        if (read.Majority)
        {
            Check(read.Node, read.Observations, read.AskedAt, "a read with majority");
        }
    }

    public override void AtEnd()
    {
        foreach (var node in Ledger.Nodes)
        {
            foreach (var (name, observations) in Stored.Of(World, node))
            {
                Check(node, observations, World.Queue.Now, $"the copy of {name}");
            }
        }
    }

    private void Check(NodeId node, IReadOnlyList<Observation> observations, TimeSpan askedAt, string where)
    {
        if (Ledger.RemovedUpTo(node, askedAt) is { } upTo && observations.FirstOrDefault(o => o.ReceivedAt <= upTo) is { } back)
        {
            Fail($"{where} has {Show(back)} of {Members.Words.Node(node)}, which was removed up to {upTo.Ticks}");
        }
    }
}

/// <summary>What is read was reported just so, each report once: acknowledged or not, but never made up, changed or doubled.</summary>
internal sealed class HistoriesHoldWhatWasReported(World world, Ledger ledger) : Invariant(world, ledger)
{
    public override string Rule => "R2.4, R4.6";

    public override void Read(ReadSeen read) => Check(read.Observations);

    public override void AtEnd()
    {
        foreach (var (_, observations) in Ledger.Nodes.SelectMany(n => Stored.Of(World, n)))
        {
            Check(observations);
        }
    }

    private void Check(IReadOnlyList<Observation> observations)
    {
        var keys = new HashSet<ObservationKey>();
        foreach (var observation in observations)
        {
            var key = ObservationKey.Of(observation);
            if (!keys.Add(key))
            {
                Fail($"{Show(observation)} is there twice");
            }

            if (!Ledger.CopiesOf(key).Contains(observation))
            {
                Fail($"{Show(observation)} was never reported so");
            }
        }
    }
}

/// <summary>Once faults stop and everything had time to heal, each replica holds what was acknowledged.</summary>
internal sealed class NothingAcknowledgedIsLost(World world, Ledger ledger) : Invariant(world, ledger)
{
    public override string Rule => "R9.3";

    public override void AtEnd()
    {
        foreach (var node in Ledger.Nodes)
        {
            foreach (var (name, observations) in Stored.Of(World, node))
            {
                if (Missing.From(Ledger, node, observations, World.Queue.Now) is { } missing)
                {
                    Fail($"the copy of {Members.Words.Node(node)} at {name} lacks {missing}");
                }
            }
        }
    }
}

/// <summary>What the replicas of a node store.</summary>
internal static class Stored
{
    public static IEnumerable<(string Member, IReadOnlyList<Observation> Observations)> Of(World world, NodeId node)
    {
        var segment = world.SegmentOf(node);
        return world.LatestRing.Placement.Replicas(segment)
            .Select(m => world.ById[m])
            .Where(m => m.Process is not null)
            .Select(m => (m.Name, (IReadOnlyList<Observation>)(m.Process!.Copies[segment].Machine.View(node)?.Decode() ?? [])));
    }
}

/// <summary>What lacks of that which was acknowledged, but for repeats that a copy was seen to drop (R2.6).</summary>
internal static class Missing
{
    public static string? From(Ledger ledger, NodeId node, IReadOnlyList<Observation> there, TimeSpan askedAt)
    {
        var keys = there.Select(ObservationKey.Of).ToHashSet();
        var lost = ledger.AcknowledgedBy(node, askedAt).FirstOrDefault(k => !keys.Contains(k) && !ledger.Repeats.Contains(k));
        return lost.Id is null
            ? null
            : $"{string.Join(" or ", ledger.CopiesOf(lost).Select(Line))}; there: {string.Join("; ", there.Order(ObservationOrder.Instance).Select(Line))}";
    }

    // Seconds are enough to see an order by; the first digits of a stamp are the same in all of a run.
    private static string Line(Observation o) => $"{o.Id} {o.Kind} {o.Detector} {o.At.Ticks % 10_000_000_000 / 1e7:0.0000}";
}
