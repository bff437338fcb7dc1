using FailureHistory.Core.Identity;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.History;

/// <summary>How one machine moved from id to id, by its joins (R1.5): it goes under the id of its latest one.</summary>
internal sealed class Moves
{
    private readonly Dictionary<NodeId, Stamp> leftAt = [];
    private readonly List<Observation> joins = [];

    private Moves()
    {
    }

    /// <summary>The id of its latest join, or null where it never joined.</summary>
    public NodeId? Latest => joins.Count == 0 ? null : joins[^1].About;

    /// <summary>Reads the joins among a machine's observations, which are in the order of R4.5.</summary>
    public static Moves Read(Observation[] observations)
    {
        var moves = new Moves();
        foreach (var o in observations)
        {
            if (o.Kind != ObservationKind.Join)
            {
                continue;
            }

            if (moves.Latest is { } before && before != o.About)
            {
                moves.leftAt[before] = o.At;
                moves.leftAt.Remove(o.About);
            }

            moves.joins.Add(o);
        }

        return moves;
    }

    /// <summary>
    /// When it moved on from an id: at its first join under another one after its last under this one, or, where it never joined under this
    /// one, after it was first seen under it. Null while it has not.
    /// </summary>
    /// <param name="id">The id.</param>
    /// <param name="firstSeen">When it was first seen under it.</param>
    public Stamp? LeftAt(NodeId id, Stamp firstSeen)
    {
        if (leftAt.TryGetValue(id, out var at))
        {
            return at;
        }

        if (Latest == id)
        {
            return null;
        }

        foreach (var join in joins)
        {
            if (join.At > firstSeen)
            {
                return join.At;
            }
        }

        return null;
    }
}
