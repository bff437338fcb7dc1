using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;

namespace FailureHistory.Core.Replication;

/// <summary>
/// The answers of a replica set to one message of a write (R2.7, R9.9): durable once a majority of the set has stored it, every answer given under
/// the version of the ring that the message was sent under; members that are down count in the set's size. After a change of the ring what is left
/// is sent anew, and counted anew.
/// </summary>
/// <param name="replicas">The set, under the ring.</param>
/// <param name="ring">The ring that the message was sent under.</param>
public sealed class WriteVotes(IReadOnlyList<MemberId> replicas, RingView ring)
{
    private readonly HashSet<MemberId> stored = [];
    private readonly HashSet<MemberId> refused = [];

    /// <summary>The replica set.</summary>
    public IReadOnlyList<MemberId> Replicas => replicas;

    /// <summary>Whether a majority has stored it.</summary>
    public bool IsDurable => stored.Count >= Segments.Majority(replicas.Count);

    /// <summary>Whether an answer given under this version counts.</summary>
    public bool Counts(long ringVersion) => ringVersion == ring.Version;

    /// <summary>A member has stored it; true when this answer makes the majority.</summary>
    public bool Stored(MemberId member, long ringVersion)
    {
        var before = IsDurable;
        if (Counts(ringVersion) && replicas.Contains(member))
        {
            stored.Add(member);
        }

        return IsDurable && !before;
    }

    /// <summary>A member refused to store it; false when that was known.</summary>
    public bool Refused(MemberId member) => refused.Add(member);

    /// <summary>Whom to send it once more.</summary>
    public IEnumerable<MemberId> ToSendAgain(Func<MemberId, bool> isReachable) => replicas.Where(m => !stored.Contains(m) && isReachable(m));

    /// <summary>
    /// Whether so many refused or can't be reached that there is no use in waiting. A side without a majority of the whole ring acknowledges nothing,
    /// even where it holds a majority of some replica sets: the other side may change the ring (R9.11).
    /// </summary>
    public bool IsHopeless(Func<MemberId, bool> isReachable)
    {
        if (ring.Record.Members.Count(m => isReachable(m.Id)) < Segments.Majority(ring.Record.Members.Count))
        {
            return true;
        }

        return replicas.Count(m => stored.Contains(m) || (!refused.Contains(m) && isReachable(m))) < Segments.Majority(replicas.Count);
    }
}
