using FailureHistory.Core.Identity;

namespace FailureHistory.Core.Ring;

/// <summary>A member as the ring names it (R9.2): by the id in its data folder, never by its port.</summary>
/// <param name="Id">The id kept in the member's data folder.</param>
/// <param name="Zone">Its failure domain; copies go to different ones as far as the load bound allows. Empty: none given.</param>
/// <param name="Name">Its node name, <c>host:port</c>, when it entered.</param>
/// <param name="Address">Its Akka address when it entered, such as <c>akka.tcp://failure-history@127.0.0.1:4053</c>.</param>
public sealed record RingMember(MemberId Id, string Zone, string Name, string Address);

/// <summary>
/// One version of the ring (R9.2): the members that hold copies, agreed in the cluster and kept durably by each. A pure value; placement is a
/// function of it.
/// </summary>
public sealed record RingRecord
{
    private const int Few = 64;

    // Of many members, as simulations have them, whether one is among them is asked too often to look at each. A copy made with other members has its own.
    private Index? index;

    /// <summary>Drawn once, at the first formation of the cluster.</summary>
    public required UInt128 ClusterId { get; init; }

    /// <summary>1 at the formation, then one more for each change.</summary>
    public required long Version { get; init; }

    /// <summary>How many members hold each segment, <c>k</c>; the same for the whole cluster (R9.1).</summary>
    public required int ReplicationFactor { get; init; }

    /// <summary>How many segments the ring is cut into; 256, smaller only in simulations.</summary>
    public int SegmentCount { get; init; } = Segments.Count;

    /// <summary>The members, sorted by id.</summary>
    public required IReadOnlyList<RingMember> Members { get; init; }

    /// <summary>The members of the version before, sorted by id; empty at version 1. A majority of them made this version hold, and segments are fetched from them.</summary>
    public required IReadOnlyList<RingMember> PreviousMembers { get; init; }

    /// <summary>Whether a member is in this version.</summary>
    public bool Contains(MemberId id)
    {
        if (Members.Count <= Few)
        {
            return Members.Any(m => m.Id == id);
        }

        var known = index;
        if (known is null || !ReferenceEquals(known.Of, Members))
        {
            index = known = new Index(Members, Members.Select(m => m.Id).ToHashSet());
        }

        return known.Ids.Contains(id);
    }

    /// <summary>
    /// Whether this can be the version after <paramref name="predecessor"/>: same cluster, replication factor and segments, one version
    /// more, and made from the very members that the predecessor has. Two rings of one version that forked are told apart by it.
    /// </summary>
    public bool Follows(RingRecord predecessor)
    {
        ArgumentNullException.ThrowIfNull(predecessor);
        return ClusterId == predecessor.ClusterId
            && Version == predecessor.Version + 1
            && ReplicationFactor == predecessor.ReplicationFactor
            && SegmentCount == predecessor.SegmentCount
            && PreviousMembers.Select(m => m.Id).SequenceEqual(predecessor.Members.Select(m => m.Id));
    }

    /// <summary>Equality of contents, the members one by one: a record read back from disk or wire equals the one written.</summary>
    public bool Equals(RingRecord? other) =>
        other is not null
        && ClusterId == other.ClusterId
        && Version == other.Version
        && ReplicationFactor == other.ReplicationFactor
        && SegmentCount == other.SegmentCount
        && Members.SequenceEqual(other.Members)
        && PreviousMembers.SequenceEqual(other.PreviousMembers);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(ClusterId, Version, Members.Count);

    private sealed record Index(IReadOnlyList<RingMember> Of, HashSet<MemberId> Ids);
}
