using FailureHistory.Core.Identity;

namespace FailureHistory.Core.Ring;

/// <summary>When the ring may change without losing sight of what was acknowledged (R9.2, R9.3).</summary>
/// <remarks>
/// What was acknowledged is in any majority of a segment's counting copies, and who gains a segment asks the holders of the version before, no older ones.
/// So a change of any kind must wait until each segment has such a majority, and without the member that is taken out. Otherwise the newest reports may be
/// on disks alone that nobody asks any more (two of three replicas are down, or one is down and one lost its log), and copies that lack them come to count.
/// </remarks>
public static class RingSafety
{
    /// <summary>Whether each segment has a majority of copies that count.</summary>
    /// <param name="ring">The ring in force.</param>
    /// <param name="leaving">Who would be taken out; null for nobody.</param>
    /// <param name="counts">Whether a member's copy of a segment counts now under this ring, as far as is known; false for who can't be reached.</param>
    public static bool MayChange(RingView ring, MemberId? leaving, Func<MemberId, int, bool> counts)
    {
        ArgumentNullException.ThrowIfNull(ring);
        ArgumentNullException.ThrowIfNull(counts);
        for (var segment = 0; segment < ring.Record.SegmentCount; segment++)
        {
            if (ring.Placement.Replicas(segment).Count(m => m != leaving && counts(m, segment)) < ring.Placement.Majority(segment))
            {
                return false;
            }
        }

        return true;
    }
}
