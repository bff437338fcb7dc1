using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Node.Member;
using FailureHistory.Node.Registry;

namespace FailureHistory.Node.Stewards;

/// <summary>
/// Where a segment's steward belongs (DESIGN D3): at the member that holds the segment's first serving copy, in the order of the ring, so that
/// what the steward has done is done by the copy beside it. A pure function of the ring, of who serves what and of who is reachable; members
/// that see these differently for a moment only wake a steward in vain.
/// </summary>
internal static class StewardPlace
{
    /// <summary>The member that holds the segment's first serving copy within reach; null where none serves.</summary>
    public static MemberId? Of(int segment, RingView ring, ServingMap serving, Peers peers)
    {
        foreach (var member in ring.Placement.Replicas(segment))
        {
            if (peers.IsReachable(member) && serving.Serves(member, segment))
            {
                return member;
            }
        }

        return null;
    }
}
