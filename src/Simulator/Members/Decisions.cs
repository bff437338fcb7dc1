using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;

namespace FailureHistory.Simulator.Members;

/// <summary>
/// Where a simulated member decides: each method asks the core, as the member's actors do. Mutations override one of them each, to see whether the
/// checks would notice; nothing else is different in a run with a mutation.
/// </summary>
internal class Decisions
{
    public virtual string Name => "none";

    /// <summary>A write is acknowledged when it is on disk (R2.7).</summary>
    public virtual bool AcknowledgesOnceSynced => true;

    /// <summary>An answer to a message of a write; true when it makes the majority (R9.9).</summary>
    public virtual bool Stored(WriteVotes votes, MemberId member, long answeredUnder, long askedUnder) => votes.Stored(member, answeredUnder);

    /// <summary>An answer to a read with majority; true when it makes the majority (R6.5).</summary>
    public virtual bool Take(ReadVotes votes, NodeDigest answer, bool counts, long answeredUnder) => votes.Take(answer, counts, answeredUnder);

    /// <summary>What a copy is up to (R9.4).</summary>
    public virtual CopyStatus StatusOf(SimCopy copy) => copy.Readiness.Status(copy.Machine.Digest);

    /// <summary>Whether a copy answers (R9.4).</summary>
    public virtual bool Answers(CopyStatus status) => status.Phase == CopyPhase.Serving;

    /// <summary>Whether a fetching copy goes on waiting because of the answer of a copy that vouches, or does not (R9.4).</summary>
    public virtual bool IsWaitedFor(bool vouches) => vouches;

    /// <summary>Whether what was pulled is stored before it counts as merged (R9.5).</summary>
    public virtual bool StoresPulled(SplitMixChance chance) => true;

    /// <summary>What is told of removals to a peer, or kept in a snapshot (R9.7).</summary>
    public virtual IReadOnlyList<Tombstone> TombstonesOf(SegmentMachine machine, NodeId node) => machine.TombstonesOf(node);

    /// <summary>How long repeats are kept (R2.6).</summary>
    public virtual TimeSpan Settle(TimeSpan configured) => configured;

    /// <summary>The clock of a process that starts, by what its disk holds of stamps given before (R2.3).</summary>
    public virtual HybridClock ClockAtStart(Stamp reservedBefore) => new(reservedBefore);

    /// <summary>Whether a copy that starts counted before, by the file that says so, and the mark by which a lost log is noticed (R9.3).</summary>
    public virtual bool CountedBefore(bool onDisk, bool logWasLost) => onDisk && !logWasLost;

    /// <summary>Whether a read with majority, asked under a ring, rests on that ring's being the latest.</summary>
    public virtual bool ConfirmsRing => true;

    /// <summary>Whether the ring may change, and a member be taken out (R9.2).</summary>
    public virtual bool MayChange(RingView ring, MemberId? leaving, Func<MemberId, bool> isReachable, Func<MemberId, int, bool> counts) =>
        RingSafety.MayChange(ring, leaving, isReachable, counts);

    /// <summary>Whether what a process said of its copies is believed, with the incarnation that is known of the member now.</summary>
    public virtual bool Believes(int saidBy, int known) => saidBy == known;

    /// <summary>Whether a process says again what counts, when what another life of it said stands in its place.</summary>
    public virtual bool SaysAgain => true;

    /// <summary>Whether a vote for a next version, of which nothing more is heard, has the ring decided anew (R9.2).</summary>
    public virtual bool RenewsRing => true;

    /// <summary>The digest of the copy that may be deleted, now that this holder has all of what was offered (R9.3); null while it may not.</summary>
    public virtual ulong? MayBeDeleted(OrphanedCopies orphans, SimCopy copy, RingView ring, Stamp offer, MemberId holder) => orphans.Held(ring, offer, copy.Segment, holder);

    /// <summary>By how much of the log a snapshot makes the rest unneeded: the lowest offset that all copies hold.</summary>
    public virtual long DeletableUpTo(IReadOnlyCollection<long> offsets) => offsets.Min();
}

/// <summary>A die that a decision may throw.</summary>
internal delegate bool SplitMixChance(double probability);
