using FailureHistory.Core.Identity;

namespace FailureHistory.Core.Ring;

/// <summary>The changes a ring can undergo, each one version (R9.2). They produce the next record; whether it comes in force is decided by its predecessor's members.</summary>
public static class RingChanges
{
    /// <summary>Version 1, with one member. It needs nobody's consent: it is in force once that member has it on disk.</summary>
    /// <param name="clusterId">Drawn by the caller, once per cluster.</param>
    /// <param name="first">The member that forms the cluster.</param>
    /// <param name="replicationFactor">Copies of each segment, 1 or more (R9.1).</param>
    /// <param name="segments">The number of segments, 1 or more; <see cref="Segments.Count"/> for a real ring.</param>
    public static RingRecord Form(UInt128 clusterId, RingMember first, int replicationFactor, int segments = Segments.Count)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentOutOfRangeException.ThrowIfLessThan(replicationFactor, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(segments, 1);
        return new RingRecord
        {
            ClusterId = clusterId,
            Version = 1,
            ReplicationFactor = replicationFactor,
            SegmentCount = segments,
            Members = [first],
            PreviousMembers = [],
        };
    }

    /// <summary>The ring with one member more; the same instance when a member of that id is in it, whatever its name or zone now.</summary>
    public static RingRecord Add(RingRecord ring, RingMember member)
    {
        ArgumentNullException.ThrowIfNull(ring);
        ArgumentNullException.ThrowIfNull(member);
        return ring.Contains(member.Id) ? ring : Next(ring, ring.Members.Append(member));
    }

    /// <summary>
    /// The next version with the same members. It moves nothing; proposed where a version may have been voted for and never told of, since the proposer
    /// finds what was voted for and finishes it, and else leaves the vote behind.
    /// </summary>
    public static RingRecord Renew(RingRecord ring)
    {
        ArgumentNullException.ThrowIfNull(ring);
        return Next(ring, ring.Members);
    }

    /// <summary>The ring without a member; the same instance when it is not in it.</summary>
    /// <exception cref="InvalidOperationException">It is the last one, which is never taken out.</exception>
    public static RingRecord Remove(RingRecord ring, MemberId member) => ForceRemove(ring, [member]);

    /// <summary>
    /// The ring without several members, for an administrator who knows that they will not come back; the same instance when none of them
    /// is in it. See <see cref="RingProposer.Forced"/> for who decides it, and what is risked.
    /// </summary>
    /// <exception cref="InvalidOperationException">No member would be left.</exception>
    public static RingRecord ForceRemove(RingRecord ring, IEnumerable<MemberId> removed)
    {
        ArgumentNullException.ThrowIfNull(ring);
        var gone = removed.ToHashSet();
        var remaining = ring.Members.Where(m => !gone.Contains(m.Id)).ToArray();
        if (remaining.Length == ring.Members.Count)
        {
            return ring;
        }

        return remaining.Length > 0
            ? Next(ring, remaining)
            : throw new InvalidOperationException($"ring version {ring.Version} would be left without members; the last one can't be removed");
    }

    private static RingRecord Next(RingRecord ring, IEnumerable<RingMember> members) => ring with
    {
        Version = ring.Version + 1,
        Members = [.. members.OrderBy(m => m.Id)],
        PreviousMembers = ring.Members,
    };
}
