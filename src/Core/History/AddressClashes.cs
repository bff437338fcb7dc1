using FailureHistory.Core.Identity;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.History;

/// <summary>
/// Finds the ids that use one address by turns (R1.8). Two ids clash when joins of theirs that name the address come as a, b, a, each strictly
/// later: a machine that moves from one id to another does not come back up under the first, so these are two machines that show one address.
/// </summary>
/// <remarks>
/// An id that clashes with any other is joined with none, and no third id with it: the address has proved to tell it from nothing.
/// One sweep over the joins: an id is open between its first and its last join; a join of another id in between is a clash of both.
/// </remarks>
internal static class AddressClashes
{
    /// <summary>A join that names the address: of which id and when.</summary>
    public readonly record struct Seen(Stamp At, NodeId Id);

    /// <summary>The ids that clash.</summary>
    /// <param name="joins">All joins that name the address, in any order; the same one twice does no harm.</param>
    public static HashSet<NodeId> Of(List<Seen> joins)
    {
        var clashing = new HashSet<NodeId>();
        var spans = SpansOf(joins);
        if (spans.Count < 2)
        {
            return clashing;
        }

        joins.Sort(static (x, y) => x.At != y.At ? x.At.CompareTo(y.At) : x.Id.CompareTo(y.Id));
        var open = new HashSet<NodeId>();
        var openUnmarked = new List<NodeId>();
        for (var begin = 0; begin < joins.Count;)
        {
            var at = joins[begin].At;
            var end = begin;
            while (end < joins.Count && joins[end].At == at)
            {
                if (spans[joins[end].Id].Last == at)
                {
                    open.Remove(joins[end].Id);
                }

                end++;
            }

            for (var i = begin; i < end; i++)
            {
                Mark(joins[i].Id, open, openUnmarked, clashing);
            }

            for (; begin < end; begin++)
            {
                var id = joins[begin].Id;
                var span = spans[id];
                if (span.First == at && span.Last > at && open.Add(id) && !clashing.Contains(id))
                {
                    openUnmarked.Add(id);
                }
            }
        }

        return clashing;
    }

    private static void Mark(NodeId joined, HashSet<NodeId> open, List<NodeId> openUnmarked, HashSet<NodeId> clashing)
    {
        if (open.Count == (open.Contains(joined) ? 1 : 0))
        {
            return;
        }

        clashing.Add(joined);
        foreach (var id in openUnmarked)
        {
            if (open.Contains(id))
            {
                clashing.Add(id);
            }
        }

        openUnmarked.Clear();
    }

    private static Dictionary<NodeId, (Stamp First, Stamp Last)> SpansOf(List<Seen> joins)
    {
        var spans = new Dictionary<NodeId, (Stamp First, Stamp Last)>();
        foreach (var (at, id) in joins)
        {
            spans[id] = spans.TryGetValue(id, out var span) ? (at < span.First ? at : span.First, at > span.Last ? at : span.Last) : (at, at);
        }

        return spans;
    }
}
