using FailureHistory.Core.Identity;

namespace FailureHistory.Core.Ring;

/// <summary>When the ring may change without losing sight of what was acknowledged (R9.2, R9.3).</summary>
/// <remarks>
/// What was acknowledged is on a majority of a segment's copies, so among any that are so many that every majority has one of them (of 3 copies 2, of 2
/// one); and who gains a segment asks the holders of the version before, no older ones. So a change of any kind must wait until each segment has so many
/// copies that count, without the member that is taken out, and until every copy that can be reached counts. Otherwise the newest reports may be on disks alone that nobody asks any more (two of three replicas are down, one is down and one lost its log,
/// two changes came faster than copies could fetch), and copies that lack them come to count.
/// </remarks>
public static class RingSafety
{
    /// <summary>Whether each segment has enough copies that count to meet every majority, and no copy that can be reached still fetches.</summary>
    /// <param name="ring">The ring in force.</param>
    /// <param name="leaving">Who would be taken out; null for nobody.</param>
    /// <param name="isReachable">Whether a member is reached.</param>
    /// <param name="counts">Whether a member's copy of a segment counts now under this ring, as far as is known; false for who can't be reached.</param>
    public static bool MayChange(RingView ring, MemberId? leaving, Func<MemberId, bool> isReachable, Func<MemberId, int, bool> counts) =>
        WaitsFor(ring, leaving, isReachable, counts) is null;

    /// <summary>The first segment for which a change has to wait; null when the ring may change.</summary>
    /// <inheritdoc cref="MayChange"/>
    public static int? WaitsFor(RingView ring, MemberId? leaving, Func<MemberId, bool> isReachable, Func<MemberId, int, bool> counts)
    {
        ArgumentNullException.ThrowIfNull(ring);
        ArgumentNullException.ThrowIfNull(isReachable);
        ArgumentNullException.ThrowIfNull(counts);
        for (var segment = 0; segment < ring.Record.SegmentCount; segment++)
        {
            var replicas = ring.Placement.Replicas(segment);
            if (replicas.Count(m => m != leaving && counts(m, segment)) <= replicas.Count - ring.Placement.Majority(segment)
                || IsFetched(replicas, segment, leaving, isReachable, counts))
            {
                return segment;
            }
        }

        return null;
    }

    /// <summary>Whether any copy that can be reached, not the one of who is leaving, does not count yet: it may in a moment, so that even what an administrator asked for had better wait for it.</summary>
    /// <inheritdoc cref="MayChange"/>
    public static bool AnyFetches(RingView ring, MemberId? leaving, Func<MemberId, bool> isReachable, Func<MemberId, int, bool> counts)
    {
        ArgumentNullException.ThrowIfNull(ring);
        ArgumentNullException.ThrowIfNull(isReachable);
        ArgumentNullException.ThrowIfNull(counts);
        return Enumerable.Range(0, ring.Record.SegmentCount).Any(segment => IsFetched(ring.Placement.Replicas(segment), segment, leaving, isReachable, counts));
    }

    private static bool IsFetched(IEnumerable<MemberId> replicas, int segment, MemberId? leaving, Func<MemberId, bool> isReachable, Func<MemberId, int, bool> counts) =>
        replicas.Any(m => m != leaving && isReachable(m) && !counts(m, segment));
}
