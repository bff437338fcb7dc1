using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;

namespace FailureHistory.Core.Replication;

/// <summary>
/// When a segment's copy may answer, and when its answer counts for <c>majority</c> (R9.4, DESIGN D5).
/// <list type="bullet">
/// <item>recovering → fetching: its own journal is in;</item>
/// <item>fetching → serving: it has merged with one other replica, or there is none, or none that vouches answers (then marked incomplete, <see cref="FetchPatience"/>);</item>
/// <item>fetching, serving → fetching: it gained the segment with a new version of the ring.</item>
/// </list>
/// It counts when everything that was ever acknowledged by a majority is certain to be in it or in any other copy of a majority: when it
/// held the segment, counting, under the version before without a gap; or once it has merged with so many counting holders of the version
/// before, each already on the version in force, that every majority of them is met, and so many that a majority of what the version
/// before that acknowledged is met too when holders were taken out: max(majority(old), |old| − majority(old) + 1). A holder that lost the
/// segment with the version in force vouches for what was acknowledged under the one before as well as one that kept it: without it a segment
/// two of whose three copies moved at once would never count again. And where so many are not to be had, once it has merged with every other
/// holder of both versions that is still in the ring: who was taken out of it (R9.2, R9.9) has nothing more to say, and there is nobody else.
/// A copy that starts without counting though it holds the segment may have acknowledged under this very version and lost its log since (R9.3): then
/// the other copies of every majority that it was part of must be met as well.
/// </summary>
/// <param name="segment">The segment.</param>
/// <param name="self">Whose copy.</param>
/// <param name="countedBefore">Whether the member's disk says that it counted when the member last ran.</param>
public sealed class CopyReadiness(int segment, MemberId self, bool countedBefore)
{
    private readonly HashSet<MemberId> mergedCounting = [];
    private readonly HashSet<MemberId> merged = [];
    private RingView? ring;
    private bool journalRecovered;
    private bool counts = countedBefore;
    private bool mayHaveForgotten;

    /// <summary>What the copy is up to.</summary>
    public CopyPhase Phase { get; private set; } = CopyPhase.Recovering;

    /// <summary>The version of the ring that all this is about; 0 before any is known.</summary>
    public long RingVersion => ring?.Version ?? 0;

    /// <summary>Whether it has merged with another replica since it started, or needs none.</summary>
    public bool Complete { get; private set; }

    /// <summary>Whether its answer counts for a majority.</summary>
    public bool Counts => counts && journalRecovered && (ring?.Placement.Holds(self, segment) ?? false);

    /// <summary>Whether it holds its part of all that was acknowledged under the version before, though it may hold the segment no more.</summary>
    public bool Vouches => counts && journalRecovered;

    /// <summary>All of it, beside the digest of the copy's contents.</summary>
    public CopyStatus Status(ulong digest) => new(Phase, Complete, Counts, Vouches, digest, RingVersion);

    /// <summary>
    /// The copy is about to be deleted, since the ring gives the segment to others and they have all of it: it vouches for nothing any more. Nothing
    /// happens where the member holds the segment.
    /// </summary>
    public void Resign() => counts &= ring?.Placement.Holds(self, segment) ?? true;

    /// <summary>Its own journal is in.</summary>
    /// <param name="atStart">The ring by which it was judged whether the copy counted before; what came into force since is told by <see cref="RingChanged"/>.</param>
    public void JournalRecovered(RingView? atStart)
    {
        journalRecovered = true;
        ring ??= atStart;
        mayHaveForgotten = !counts && (ring?.Placement.Holds(self, segment) ?? false);
        Phase = CopyPhase.Fetching;
        ServeIfAlone();
    }

    /// <summary>A version of the ring is in force; one that is no newer than the last is passed over.</summary>
    public void RingChanged(RingView next)
    {
        if (ring is not null && next.Version <= ring.Version)
        {
            return;
        }

        // A version that was missed is known by the placement before the new one; of two or more nothing is.
        var held = ring?.Placement.Holds(self, segment) ?? false;
        var continuous = ring is not null
            && (next.Version == ring.Version + 1 || (next.Version == ring.Version + 2 && (next.Previous?.Holds(self, segment) ?? false)));
        var holds = next.Placement.Holds(self, segment);
        ring = next;
        mayHaveForgotten = false; // what was acknowledged under the version of the start is of the version before now
        mergedCounting.Clear();
        merged.Clear();
        if (!(counts && held && continuous))
        {
            counts = false;
            if (journalRecovered && holds)
            {
                Phase = CopyPhase.Fetching;
                Complete = false;
            }
        }

        ServeIfAlone();
    }

    /// <summary>All that a peer's copy held is in this one too.</summary>
    /// <param name="peer">Whose copy.</param>
    /// <param name="peerCounts">Whether it vouches (<see cref="Vouches"/>).</param>
    /// <param name="ringVersion">The version under which the peer said so.</param>
    public void Merged(MemberId peer, bool peerCounts, long ringVersion)
    {
        if (ring is null || ringVersion != ring.Version || Phase == CopyPhase.Recovering)
        {
            return;
        }

        merged.Add(peer);
        if (peerCounts)
        {
            mergedCounting.Add(peer);
        }

        if (!counts && OverlapIsCertain())
        {
            counts = true;
        }

        // A copy that is new here must not answer for "never heard of it" until it counts; one that was here only refreshes itself.
        if (counts || Phase == CopyPhase.Serving)
        {
            Phase = CopyPhase.Serving;
            Complete |= counts || peerCounts; // two that know nothing have nothing to complete each other with
        }
    }

    /// <summary>Nobody who vouches has answered for so long that it is better to serve what there is, marked incomplete.</summary>
    public void NobodyToAsk(long ringVersion)
    {
        if (ring is not null && ringVersion == ring.Version && Phase == CopyPhase.Fetching)
        {
            Phase = CopyPhase.Serving;
        }
    }

    private bool OverlapIsCertain()
    {
        var old = (ring!.Previous ?? ring.Placement).Replicas(segment);
        var present = ring.Placement.Replicas(segment);
        if (old.Count(mergedCounting.Contains) >= Math.Max(Segments.Majority(old.Count), old.Count - Segments.Majority(old.Count) + 1)
            && (!mayHaveForgotten || present.Count(mergedCounting.Contains) > present.Count - Segments.Majority(present.Count)))
        {
            return true;
        }

        // So many that count under this very version hold all that was acknowledged before it and meet every majority of it (those of the version before may
        // have deleted their copies since, see OrphanedCopies).
        var enough = Math.Max(Segments.Majority(present.Count), present.Count - Segments.Majority(present.Count) + 1);
        if (present.Count(mergedCounting.Contains) >= enough)
        {
            return true;
        }

        var others = old.Concat(present).Where(m => m != self && ring.Record.Contains(m)).Distinct().ToList();
        return others.Count > 0 && others.All(merged.Contains);
    }

    // The only replica there is, at the first formation or after the others were taken out of the ring: also where it had waited for them in vain and served incompletely.
    private void ServeIfAlone()
    {
        if (Phase == CopyPhase.Recovering || (Phase == CopyPhase.Serving && Complete) || ring is null)
        {
            return;
        }

        var others = ring.Placement.Replicas(segment).Any(m => m != self);
        var othersBefore = ring.Previous?.Replicas(segment).Any(m => m != self && ring.Record.Contains(m)) ?? false; // who was taken out has nothing more to say
        if (ring.Placement.Holds(self, segment) && !others && (counts || !othersBefore))
        {
            counts = true;
            Complete = true;
            Phase = CopyPhase.Serving;
        }
    }
}
