using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;

namespace FailureHistory.Node.Queries;

/// <summary>
/// The sorted observations of the large node whose pages are being pulled, so that not every page decodes and sorts them all again: a history
/// of 100,000 has some 70 pages. Dropped with the last page, and never used once the node has changed.
/// </summary>
internal sealed class SortedNode
{
    private const int Large = 2000;

    private (NodeId Node, ulong Digest, int Count)? key;
    private List<Observation> sorted = [];

    /// <summary>The observations of a view in the order of R4.5, from what is kept if that is of the same contents.</summary>
    public static List<Observation> Of(NodeView view, SortedNode? kept)
    {
        var wanted = (view.Node, view.Digest, view.Count);
        if (kept is not null && kept.key == wanted)
        {
            return kept.sorted;
        }

        var sorted = view.Decode();
        sorted.Sort(ObservationOrder.Instance);
        if (kept is not null && view.Count >= Large)
        {
            (kept.key, kept.sorted) = (wanted, sorted);
        }

        return sorted;
    }

    public void Drop() => (key, sorted) = (null, []);
}
