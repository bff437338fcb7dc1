using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;
using FailureHistory.Simulator.Members;

namespace FailureHistory.Simulator.Checks;

/// <summary>The stamps of a gate strictly increase, through clock steps, crashes and lost logs.</summary>
internal sealed class StampsAreNeverReused(World world, Ledger ledger) : Invariant(world, ledger)
{
    private readonly Dictionary<MemberId, Stamp> last = [];

    public override string Rule => "R2.3";

    public override void Stamped(SimMember gate, IReadOnlyList<Observation> observations)
    {
        foreach (var observation in observations)
        {
            if (last.TryGetValue(gate.Id, out var before) && observation.ReceivedAt <= before)
            {
                Fail($"{gate.Name} stamped {Show(observation)} after it had given {before.Ticks}");
            }

            last[gate.Id] = observation.ReceivedAt;
        }
    }
}

/// <summary>What a reporter is told to be recorded is on the disks of a majority of a replica set.</summary>
internal sealed class AcknowledgedIsOnAMajorityOfDisks(World world, Ledger ledger) : Invariant(world, ledger)
{
    public override string Rule => "R2.7";

    public override void Acknowledged(ObservationKey key)
    {
        var holders = Ledger.CopiesOf(key).SelectMany(o => World.Members.Where(m => m.Disk.Synced.Contains((key, o.ReceivedAt)))).Select(m => m.Id).ToHashSet();
        var segment = World.SegmentOf(key.Node);
        var rings = World.Rings;
        if (!rings.Any(p => p.Placement.Replicas(segment).Count(holders.Contains) >= p.Placement.Majority(segment)))
        {
            Fail($"{key.Id} was acknowledged and is on the disks of {Words.Names(World, holders)} alone");
        }
    }
}

/// <summary>Of each version of the ring there is one only.</summary>
internal sealed class OneRingOfEachVersion(World world, Ledger ledger) : Invariant(world, ledger)
{
    private readonly Dictionary<long, RingRecord> rings = [];

    public override string Rule => "R9.2";

    public override void InForce(SimMember member, RingRecord record)
    {
        if (!rings.TryAdd(record.Version, record) && !rings[record.Version].Equals(record))
        {
            Fail($"version {record.Version} is in force as {Words.Names(World, rings[record.Version])} and, at {member.Name}, as {Words.Names(World, record)}");
        }
    }
}

/// <summary>
/// What a copy drops is a repeat, older than settle, between two others of which the later one is older than settle too; and nothing that is read from the
/// history changes by it.
/// </summary>
internal sealed class OnlySettledRepeatsGo(World world, Ledger ledger) : Invariant(world, ledger)
{
    public override string Rule => "R2.6";

    public override void Compacted(SimMember member, List<Observation> before, List<Observation> after, Stamp horizon)
    {
        var settled = horizon - World.Options.Settle;
        foreach (var gone in before.Except(after))
        {
            bool Says(Observation o) => o.Kind == gone.Kind && o.Detector == gone.Detector && o != gone;
            if (gone.ReceivedAt >= settled
                || !before.Exists(o => Says(o) && ObservationOrder.Instance.Compare(o, gone) < 0)
                || !before.Exists(o => Says(o) && ObservationOrder.Instance.Compare(o, gone) > 0 && o.ReceivedAt < settled))
            {
                Fail($"{member.Name} dropped {Show(gone)} at horizon {horizon.Ticks}");
            }
        }

        var node = before[0].Node;
        var (was, left) = (Read(node, before), Read(node, after));
        if (was != left)
        {
            Fail($"{member.Name} reads the history of {Words.Node(node)} otherwise since it dropped {string.Join(' ', before.Except(after).Select(Show))}: was {was}, is {left}");
        }
    }

    private static string Read(NodeId node, List<Observation> observations)
    {
        var history = MachineHistories.Evaluate([new NodeObservations(node, observations)], NodeReference.Of(node), HistoryOptions.Default)!;
        return string.Join(' ', history.Periods.Select(p => $"{p.From.Ticks}:{p.Probability}"))
            + string.Join(' ', history.Standings.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => $"{s.Key} {s.Value.Suspects} since {s.Value.Since.Ticks} heard {s.Value.LastHeard.Ticks}"));
    }
}
