using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Retention;

/// <summary>
/// That an administrator pinned a node, so that it is not forgotten and not removed without force (R10.1, R10.2), or ended that again.
/// </summary>
/// <remarks>
/// Of one node's pins the one that <see cref="Supersedes"/> all others counts: the maximum of a total order, so merging is commutative, associative
/// and idempotent. An ended pin is a record like any other, and kept as long as a tombstone (<see cref="Tombstone.Lifetime"/>), so that a late copy
/// does not bring back the pin that it ended.
/// </remarks>
/// <param name="Node">The node.</param>
/// <param name="At">When it was pinned or unpinned, by the gate's hybrid clock.</param>
/// <param name="IsPinned">False for an ended pin.</param>
/// <param name="Reason">Why; empty for an ended pin.</param>
/// <param name="By">Who.</param>
public sealed record Pin(NodeId Node, Stamp At, bool IsPinned, string Reason, string By)
{
    /// <summary>Longest <see cref="Reason"/>, in characters.</summary>
    public const int MaxReason = 1024;

    /// <summary>Whether this one counts and not the other: the later; at one instant the one with the higher digest. False for an equal one.</summary>
    public bool Supersedes(Pin? other)
    {
        if (other is null)
        {
            return true;
        }

        var order = At.CompareTo(other.At);
        return order > 0 || (order == 0 && ObservationHash.Digest(this) > ObservationHash.Digest(other));
    }
}
