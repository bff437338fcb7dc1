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
        Meetings = new Meetings(world);
        Attempts = new Attempts(world);
        Invariant[] all =
        [
            new StampsAreNeverReused(world, Ledger),
            new AcknowledgedIsOnAMajorityOfDisks(world, Ledger),
            new NobodyAnswersWhileFetching(world, Ledger),
            new NobodyFetchesForEver(world, Ledger),
            new NobodyCountsTooEarly(world, Ledger),
            new OrphansGoOnceAllHaveThem(world, Ledger),
            new MajorityReadsSeeWhatWasAcknowledged(world, Ledger),
            new RemovedStaysRemoved(world, Ledger),
            new HistoriesHoldWhatWasReported(world, Ledger),
            new OnlySettledRepeatsGo(world, Ledger),
            new OneRingOfEachVersion(world, Ledger),
            new OneCrossingOneNotification(world, Ledger),
            new ReplicasBecomeEqual(world, Ledger),
            new EverybodyIsTakenIn(world, Ledger),
            new NothingAcknowledgedIsLost(world, Ledger),
            new MostRequestsAreAnswered(world, Ledger),
            new EverybodyAnswersInTheEnd(world, Ledger),
        ];
        invariants = Array.FindAll(all, i => i.Name != world.Options.Without);
    }

    public bool IsOn { get; set; } = true;

    public Ledger Ledger { get; } = new();

    public Meetings Meetings { get; }

    public Attempts Attempts { get; }

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

    public void Answered(SimMember member, int segment, bool complete, bool counts)
    {
        Tell(i => i.Answered(member, segment, complete));
        SaidToCount(member, segment, counts);
    }

    public void Fetching(SimMember member, int segment) => Tell(i => i.Fetching(member, segment));

    public void SaidToCount(SimMember member, int segment, bool counts)
    {
        if (counts)
        {
            Tell(i => i.SaidToCount(member, segment));
        }
    }

    public void Deleting(SimMember member, SimCopy copy, RingView ring) => Tell(i => i.Deleting(member, copy, ring));

    public void Started(SimMember member, RingView? ring)
    {
        if (IsOn)
        {
            Meetings.Started(member, ring);
        }
    }

    public void Merged(SimMember member, int segment, MemberId peer, long ringVersion)
    {
        if (IsOn)
        {
            Meetings.Merged(member, segment, peer, ringVersion);
        }
    }

    public void Read(ReadSeen read) => Tell(i => i.Read(read));

    public void InForce(SimMember member, RingRecord record)
    {
        if (IsOn)
        {
            Meetings.InForce(member, record);
        }

        Tell(i => i.InForce(member, record));
    }

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
