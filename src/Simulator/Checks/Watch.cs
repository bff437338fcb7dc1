using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;
using FailureHistory.Simulator.Members;

namespace FailureHistory.Simulator.Checks;

/// <summary>Tells all invariants what happens.</summary>
internal sealed class Watch
{
    private readonly Invariant[] invariants;

    public Watch(World world)
    {
        World = world;
        invariants =
        [
            new StampsAreNeverReused(world, Ledger),
            new AcknowledgedIsOnAMajorityOfDisks(world, Ledger),
            new NobodyAnswersWhileFetching(world, Ledger),
            new MajorityReadsSeeWhatWasAcknowledged(world, Ledger),
            new RemovedStaysRemoved(world, Ledger),
            new HistoriesHoldWhatWasReported(world, Ledger),
            new OnlySettledRepeatsGo(world, Ledger),
            new OneRingOfEachVersion(world, Ledger),
            new OneCrossingOneNotification(world, Ledger),
            new ReplicasBecomeEqual(world, Ledger),
            new NothingAcknowledgedIsLost(world, Ledger),
        ];
    }

    public bool IsOn { get; set; } = true;

    public Ledger Ledger { get; } = new();

    private World World { get; }

    public void Stamped(SimMember gate, IReadOnlyList<Observation> observations)
    {
        foreach (var observation in IsOn ? observations : [])
        {
            Ledger.Stamp(observation);
        }

        Tell(i => i.Stamped(gate, observations));
    }

    public void Acknowledged(ObservationKey key)
    {
        Ledger.Acknowledge(key, World.Queue.Now);
        Tell(i => i.Acknowledged(key));
    }

    public void Compacted(SimMember member, List<Observation> before, List<Observation> after, Stamp horizon)
    {
        Tell(i => i.Compacted(member, before, after, horizon));
        Ledger.Repeats.UnionWith(before.Except(after).Select(ObservationKey.Of));
    }

    public void Removing(NodeId node, Stamp upTo) => Ledger.Remove(node, upTo);

    public void Removed(NodeId node, Stamp upTo) => Ledger.AcknowledgeRemoval(node, upTo, World.Queue.Now);

    public void Answered(SimMember member, CopyPhase phase) => Tell(i => i.Answered(member, phase));

    public void Read(ReadSeen read) => Tell(i => i.Read(read));

    public void InForce(SimMember member, RingRecord record) => Tell(i => i.InForce(member, record));

    public void AfterStep() => Tell(i => i.AfterStep());

    public void AtEnd() => Tell(i => i.AtEnd());

    private void Tell(Action<Invariant> tell)
    {
        if (IsOn)
        {
            Array.ForEach(invariants, tell);
        }
    }
}
