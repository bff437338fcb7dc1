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
        if (read.Majority && Missing.From(World, Ledger, read.Node, read.Observations, read.AskedAt) is { } missing)
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
                if (Missing.From(World, Ledger, node, observations, World.Queue.Now) is { } missing)
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

/// <summary>
/// What lacks of that which was acknowledged. The middle of a run of repeats may go once it is older than settle (R2.6): whether an observation may have
/// gone so is asked of the core, of the set that is there with those that lack.
/// </summary>
internal static class Missing
{
    public static string? From(World world, Ledger ledger, NodeId node, IReadOnlyList<Observation> there, TimeSpan askedAt)
    {
        var keys = there.Select(ObservationKey.Of).ToHashSet();
        var missing = ledger.AcknowledgedBy(node, askedAt).Where(k => !keys.Contains(k)).ToList();
        if (missing.Count == 0)
        {
            return null;
        }

        var horizon = world.Now + TimeSpan.FromSeconds(10); // no clock is further ahead
        var young = missing.FirstOrDefault(k => ledger.CopiesOf(k).All(o => o.ReceivedAt >= horizon - world.Options.Settle));
        if (young.Id is not null)
        {
            return $"{young.Id}, which is too young to have gone as a repeat; there: {string.Join(' ', keys.Select(k => k.Id))}";
        }

        // Which of several stamped copies was the one that counted is not known: it is lost only if it was needed under each of them.
        foreach (var needed in Needed(world, node, there, missing, ledger, earliest: true).Intersect(Needed(world, node, there, missing, ledger, earliest: false)))
        {
            return $"{needed.Id}, which is no repeat; there: {string.Join(' ', keys.Select(k => k.Id))}";
        }

        return null;
    }

    private static IEnumerable<ObservationKey> Needed(World world, NodeId node, IReadOnlyList<Observation> there, List<ObservationKey> missing, Ledger ledger, bool earliest)
    {
        var machine = new SegmentMachine(world.SegmentOf(node), TimeSpan.Zero);
        foreach (var observation in there.Concat(missing.Select(k => earliest ? ledger.CopiesOf(k).MinBy(o => o.At)! : ledger.CopiesOf(k).MaxBy(o => o.At)!)))
        {
            machine.Apply(observation);
        }

        machine.CompactTo(Stamp.MaxValue - TimeSpan.FromDays(100));
        var left = machine.View(node)!.Decode().Select(ObservationKey.Of).ToHashSet();
        return missing.Where(left.Contains);
    }
}
