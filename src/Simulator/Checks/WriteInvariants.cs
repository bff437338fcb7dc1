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
        var rings = World.Members.Select(m => m.Disk.Ring.InForce).OfType<RingRecord>().Distinct().SelectMany(r => Views(r));
        if (!rings.Any(p => p.Replicas(segment).Count(holders.Contains) >= p.Majority(segment)))
        {
            Fail($"{key.Id} was acknowledged and is on the disks of {Words.Names(World, holders)} alone");
        }
    }

    private IEnumerable<RingPlacement> Views(RingRecord record)
    {
        var view = World.ViewOf(record);
        return view.Previous is { } previous ? [view.Placement, previous] : [view.Placement];
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

/// <summary>A copy that still fetches does not answer.</summary>
internal sealed class NobodyAnswersWhileFetching(World world, Ledger ledger) : Invariant(world, ledger)
{
    public override string Rule => "R9.4";

    public override void Answered(SimMember member, CopyPhase phase)
    {
        if (phase != CopyPhase.Serving)
        {
            Fail($"{member.Name} answered with a copy that is {phase}");
        }
    }
}
