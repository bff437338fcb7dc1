using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Replication;

/// <summary>
/// Says that a history, or one machine's part of it, was removed (R9.7, R10.1, R10.2): what was received up to <see cref="UpTo"/> stays removed,
/// whoever comes back late; what is received later, an import anew for instance, is not touched.
/// </summary>
/// <remarks>
/// The tombstones of a node are a set whose merge is union without those that another one covers. <see cref="Covers"/> is a partial order on normal
/// forms, and the maximal elements of a union depend neither on order nor on repetition: so merging is commutative, associative and idempotent. Two
/// for the same machine with different stints are both kept: uniting them would remove more than either said.
/// </remarks>
/// <param name="Node">Whose history.</param>
/// <param name="Hardware">Which machine's part; null for all of it.</param>
/// <param name="Stints">When that machine held the id, each from (inclusive) to (exclusive): observations that name no address belong to it by their
/// <c>at</c> (R1.7).</param>
/// <param name="UpTo">Observations with <c>receivedAt</c> up to this, inclusive, are removed.</param>
public sealed record Tombstone(NodeId Node, HardwareAddress? Hardware, IReadOnlyList<(Stamp From, Stamp To)> Stints, Stamp UpTo)
{
    /// <summary>How long a tombstone is kept after <see cref="UpTo"/>: 30 days (R9.7).</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);

    /// <summary>Whether it removes this observation.</summary>
    public bool Removes(Observation observation)
    {
        if (observation.Node != Node || observation.ReceivedAt > UpTo)
        {
            return false;
        }

        if (Hardware is null || Hardware.Equals(observation.Hardware))
        {
            return true;
        }

        return observation.Hardware is null && IsWithinStint(observation.At);
    }

    /// <summary>Whether all that <paramref name="other"/> removes is removed by this one too. Of normal forms a partial order.</summary>
    public bool Covers(Tombstone other)
    {
        if (Node != other.Node || UpTo < other.UpTo)
        {
            return false;
        }

        return Hardware is null || (Hardware.Equals(other.Hardware) && other.Stints.All(HoldsWithinOneStint));
    }

    /// <summary>
    /// The same in the one form that is stored, compared and hashed: the address lower-cased; stints sorted, joined where they touch, without empty
    /// ones; none where all is removed.
    /// </summary>
    public Tombstone Normalized()
    {
        if (Hardware is null)
        {
            return Stints.Count == 0 ? this : this with { Stints = [] };
        }

        var joined = new List<(Stamp From, Stamp To)>(Stints.Count);
        foreach (var stint in Stints.Where(s => s.From < s.To).OrderBy(s => s.From))
        {
            if (joined.Count > 0 && stint.From <= joined[^1].To)
            {
                joined[^1] = (joined[^1].From, stint.To > joined[^1].To ? stint.To : joined[^1].To);
            }
            else
            {
                joined.Add(stint);
            }
        }

        return this with { Hardware = HardwareAddress.Parse(Hardware.Canonical), Stints = joined };
    }

    /// <summary>Equal by value, stint by stint.</summary>
    public bool Equals(Tombstone? other) =>
        other is not null && Node == other.Node && UpTo == other.UpTo && Equals(Hardware, other.Hardware) && Stints.SequenceEqual(other.Stints);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Node, Hardware, Stints.Count, UpTo);

    private bool HoldsWithinOneStint((Stamp From, Stamp To) theirs) => Stints.Any(ours => ours.From <= theirs.From && theirs.To <= ours.To);

    private bool IsWithinStint(Stamp at)
    {
        foreach (var (from, to) in Stints)
        {
            if (from <= at && at < to)
            {
                return true;
            }
        }

        return false;
    }
}
