using FailureHistory.Core.Identity;

namespace FailureHistory.Core.Ring;

/// <summary>Whether a member that is gone can be taken out of the ring without losing sight of what was acknowledged (R9.2, R9.3).</summary>
/// <remarks>
/// What was acknowledged is in any majority of a segment's counting copies. Where without the member such a majority is there, whoever gains the
/// segment can get all of it. Where it is not (two of three replicas are down, or one is down and one lost its log), the newest reports may be on the
/// disk of the one that is gone alone; taken out, it would not be asked any more, and copies that lack them would come to count.
/// </remarks>
public static class TakingOut
{
    /// <summary>Whether for each segment that the member holds a majority of the copies counts without it.</summary>
    /// <param name="ring">The ring in force.</param>
    /// <param name="member">Who is gone.</param>
    /// <param name="counts">Whether a member's copy of a segment counts now, as far as is known; false for who can't be reached.</param>
    public static bool IsSafe(RingView ring, MemberId member, Func<MemberId, int, bool> counts) =>
        ring.Placement.SegmentsOf(member).All(s => ring.Placement.Replicas(s).Count(m => m != member && counts(m, s)) >= ring.Placement.Majority(s));
}
