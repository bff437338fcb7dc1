using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;
using FailureHistory.Simulator.Members;

namespace FailureHistory.Simulator.Mutations;

/// <summary>The decisions that are broken on purpose, by name.</summary>
internal static class Mutation
{
    public static IReadOnlyList<Decisions> All { get; } =
    [
        new DropsAMerge(), new AnswersWhileFetching(), new AcknowledgesBeforeItIsOnDisk(), new ForgetsTombstones(), new CountsAnswersOfOtherVersions(),
        new FetchesFromTooFew(), new CompactsTooEarly(), new ReusesStamps(), new ReadsFromWhoDoesNotCount(), new TrustsAnOldRing(),
        new VouchesAfterALostLog(), new ChangesTheRingAnyTime(), new DeletesTheLogTooEarly(),
        new BelievesWhatWasSaidBeforeARestart(), new NeverRenewsTheRing(), new SaysOnceWhatCounts(), new DeletesOrphansTooEarly(), new CountsNoVotes(),
        new WaitsForWhoWaits(),
    ];

    public static Decisions? ByName(string name) => All.FirstOrDefault(m => m.Name == name);
}

/// <summary>Says that what was pulled is merged, and sometimes does not store it.</summary>
internal sealed class DropsAMerge : Decisions
{
    public override string Name => "drops-a-merge";

    public override bool StoresPulled(SplitMixChance chance) => !chance(0.5);
}

/// <summary>Answers queries of others as soon as its own journal is in.</summary>
internal sealed class AnswersWhileFetching : Decisions
{
    public override string Name => "answers-while-fetching";

    public override bool Answers(CopyStatus status) => status.Phase != CopyPhase.Recovering;
}

/// <summary>Acknowledges a write when it has arrived.</summary>
internal sealed class AcknowledgesBeforeItIsOnDisk : Decisions
{
    public override string Name => "acknowledges-before-it-is-on-disk";

    public override bool AcknowledgesOnceSynced => false;
}

/// <summary>Neither gives tombstones to others nor keeps them in snapshots.</summary>
internal sealed class ForgetsTombstones : Decisions
{
    public override string Name => "forgets-tombstones";

    public override IReadOnlyList<Tombstone> TombstonesOf(SegmentMachine machine, NodeId node) => [];
}

/// <summary>Counts an answer to a write under whichever version of the ring it was given.</summary>
internal sealed class CountsAnswersOfOtherVersions : Decisions
{
    public override string Name => "counts-answers-of-other-versions";

    public override bool Stored(WriteVotes votes, MemberId member, long answeredUnder, long askedUnder) => votes.Stored(member, askedUnder);

    public override bool Take(ReadVotes votes, NodeDigest answer, bool counts, long answeredUnder) => votes.Take(answer, counts, votes.RingVersion);
}

/// <summary>Lets a copy serve and count once it has merged with any other.</summary>
internal sealed class FetchesFromTooFew : Decisions
{
    public override string Name => "fetches-from-too-few";

    public override CopyStatus StatusOf(SimCopy copy)
    {
        var status = base.StatusOf(copy);
        return copy.Merges > 0 && status.Phase == CopyPhase.Fetching ? status with { Phase = CopyPhase.Serving, Complete = true, Counts = true, Vouches = true } : status;
    }
}

/// <summary>Drops repeats at once.</summary>
internal sealed class CompactsTooEarly : Decisions
{
    public override string Name => "compacts-too-early";

    public override TimeSpan Settle(TimeSpan configured) => TimeSpan.Zero;
}

/// <summary>Starts its clock anew with the wall clock.</summary>
internal sealed class ReusesStamps : Decisions
{
    public override string Name => "reuses-stamps";

    public override HybridClock ClockAtStart(Stamp reservedBefore) => new(Stamp.Zero);
}

/// <summary>Takes a majority of any copies, fetching ones too, for a majority.</summary>
internal sealed class ReadsFromWhoDoesNotCount : Decisions
{
    public override string Name => "reads-from-who-does-not-count";

    public override bool Take(ReadVotes votes, NodeDigest answer, bool counts, long answeredUnder) => votes.Take(answer, true, answeredUnder);
}

/// <summary>Answers a read with majority by the version of the ring that it knows, without asking whether there is a later one.</summary>
internal sealed class TrustsAnOldRing : Decisions
{
    public override string Name => "trusts-an-old-ring";

    public override bool ConfirmsRing => false;
}

/// <summary>Believes the file that says which copies count, though the log is not the one that it was written with.</summary>
internal sealed class VouchesAfterALostLog : Decisions
{
    public override string Name => "vouches-after-a-lost-log";

    public override bool CountedBefore(bool onDisk, bool logWasLost) => onDisk;
}

/// <summary>Changes the ring, and takes members out, whether or not copies count.</summary>
internal sealed class ChangesTheRingAnyTime : Decisions
{
    public override string Name => "changes-the-ring-any-time";

    public override bool MayChange(RingView ring, MemberId? leaving, Func<MemberId, bool> isReachable, Func<MemberId, int, bool> counts) => true;
}

/// <summary>Deletes rows of the log once one copy's snapshot holds them.</summary>
internal sealed class DeletesTheLogTooEarly : Decisions
{
    public override string Name => "deletes-the-log-too-early";

    public override long DeletableUpTo(IReadOnlyCollection<long> offsets) => offsets.Max();
}

/// <summary>Believes of a member's copies what the process before this one said.</summary>
internal sealed class BelievesWhatWasSaidBeforeARestart : Decisions
{
    public override string Name => "believes-what-was-said-before-a-restart";

    public override bool Believes(int saidBy, int known) => true;
}

/// <summary>Says what counts when it changes, and no more: with a clock that was set back nobody takes it for the latest.</summary>
internal sealed class SaysOnceWhatCounts : Decisions
{
    public override string Name => "says-once-what-counts";

    public override bool SaysAgain => false;
}

/// <summary>Waits for whoever proposed a version of the ring that was voted for.</summary>
internal sealed class NeverRenewsTheRing : Decisions
{
    public override string Name => "never-renews-the-ring";

    public override bool RenewsRing => false;
}

/// <summary>Deletes a copy that the ring gives to others once one of them has all of it.</summary>
internal sealed class DeletesOrphansTooEarly : Decisions
{
    public override string Name => "deletes-orphans-too-early";

    public override ulong? MayBeDeleted(OrphanedCopies orphans, SimCopy copy, RingView ring, Stamp offer, MemberId holder) => copy.Machine.Digest;
}

/// <summary>Goes on fetching while anybody answers, be it one that fetches as well.</summary>
internal sealed class WaitsForWhoWaits : Decisions
{
    public override string Name => "waits-for-who-waits";

    public override bool IsWaitedFor(bool vouches) => true;
}

/// <summary>Never finds a majority: nothing is wrong in what it says, since it says nothing.</summary>
internal sealed class CountsNoVotes : Decisions
{
    public override string Name => "counts-no-votes";

    public override bool Stored(WriteVotes votes, MemberId member, long answeredUnder, long askedUnder) => false;

    public override bool Take(ReadVotes votes, NodeDigest answer, bool counts, long answeredUnder) => false;
}
