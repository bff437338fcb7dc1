using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Replication;

/// <summary>
/// Copies on this member's disk that the ring gives to others (DESIGN D3). Such a copy may hold what no other has: it is offered to the holders by
/// digest, each takes from it what it lacks, and it is deleted once every holder, under one version of the ring, counts and has all of it. Then
/// nobody needs it: neither for an observation, nor to vouch for one (<see cref="CopyReadiness"/>).
/// </summary>
/// <param name="self">Whose disk.</param>
public sealed class OrphanedCopies(MemberId self)
{
    private readonly Dictionary<int, (ulong Digest, HashSet<MemberId> Holding)> offers = [];
    private (long Version, Stamp At) made;

    /// <summary>Whether the copy is one.</summary>
    public bool IsOrphan(RingView ring, int segment, CopyStatus ours)
    {
        ArgumentNullException.ThrowIfNull(ring);
        ArgumentNullException.ThrowIfNull(ours);
        return ours.Phase != CopyPhase.Recovering && ours.Digest != 0 && ours.RingVersion == ring.Version && !ring.Placement.Holds(self, segment);
    }

    /// <summary>What to offer now to whom; offers made before, and answers to them, are forgotten.</summary>
    /// <param name="ring">The ring in force.</param>
    /// <param name="at">Names the offers: answers carry it.</param>
    /// <param name="board">What each copy is up to.</param>
    public IReadOnlyDictionary<MemberId, List<(int Segment, ulong Digest)>> Offer(RingView ring, Stamp at, Func<int, CopyStatus> board)
    {
        ArgumentNullException.ThrowIfNull(board);
        offers.Clear();
        made = (ring.Version, at);
        var byHolder = new Dictionary<MemberId, List<(int, ulong)>>();
        for (var segment = 0; segment < ring.Record.SegmentCount; segment++)
        {
            var ours = board(segment);
            if (!IsOrphan(ring, segment, ours))
            {
                continue;
            }

            offers[segment] = (ours.Digest, []);
            foreach (var holder in ring.Placement.Replicas(segment))
            {
                (byHolder.TryGetValue(holder, out var list) ? list : byHolder[holder] = []).Add((segment, ours.Digest));
            }
        }

        return byHolder;
    }

    /// <summary>A holder says that it has all of a copy that was offered then; returns the digest of what may be deleted once every holder has said so.</summary>
    public ulong? Held(RingView ring, Stamp offer, int segment, MemberId holder)
    {
        ArgumentNullException.ThrowIfNull(ring);
        if (made != (ring.Version, offer) || !offers.TryGetValue(segment, out var known))
        {
            return null;
        }

        known.Holding.Add(holder);
        return ring.Placement.Replicas(segment).All(known.Holding.Contains) ? known.Digest : null;
    }
}

/// <summary>What a holder has taken from copies that were offered to it. Contents only grow, so that what was pulled after an offer covers the offer.</summary>
public sealed class TakenCopies
{
    private readonly Dictionary<(int Segment, MemberId From), (Stamp Offer, ulong Digest)> asked = [];
    private readonly Dictionary<(int Segment, MemberId From), ulong> taken = [];

    /// <summary>Whether our copy counts under the version of the offer and has all that was offered.</summary>
    public bool Holds(CopyStatus ours, long ringVersion, int segment, MemberId from, ulong digest)
    {
        ArgumentNullException.ThrowIfNull(ours);
        return ours.Counts && ours.RingVersion == ringVersion && (ours.Digest == digest || (taken.TryGetValue((segment, from), out var had) && had == digest));
    }

    /// <summary>A pull from an orphaned copy is about to begin, after it was offered with this digest.</summary>
    public void Pulling(int segment, MemberId from, Stamp offer, ulong digest) => asked[(segment, from)] = (offer, digest);

    /// <summary>A pull has ended. One that was begun after an earlier offer, and took long, covers that one and not the last.</summary>
    public void Pulled(int segment, MemberId from, Stamp offer, bool merged)
    {
        if (asked.TryGetValue((segment, from), out var known) && known.Offer == offer)
        {
            asked.Remove((segment, from));
            if (merged)
            {
                taken[(segment, from)] = known.Digest;
            }
        }
    }

    /// <summary>The ring has changed: offers are made anew.</summary>
    public void Clear()
    {
        asked.Clear();
        taken.Clear();
    }
}
