using System.Text.Json;
using FailureHistory.Core.Time;
using FailureHistory.Messages;

namespace FailureHistory.Node.Queries;

/// <summary>The order of a list of nodes, ties by id, and the cursor that names a place in it.</summary>
internal sealed class NodeOrder(NodeSort sort) : IComparer<NodeSummary>
{
    public int Compare(NodeSummary? x, NodeSummary? y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        var first = sort switch
        {
            NodeSort.Name => string.Compare(x.Node.Name ?? x.Node.Id, y.Node.Name ?? y.Node.Id, StringComparison.OrdinalIgnoreCase),
            NodeSort.Probability => (y.Probability ?? -1).CompareTo(x.Probability ?? -1),
            NodeSort.Since => y.Since.CompareTo(x.Since),
            NodeSort.Status => Rank(x.Status).CompareTo(Rank(y.Status)),
            _ => throw new ArgumentOutOfRangeException(nameof(x), sort, "no such order"),
        };
        return first != 0 ? first : string.CompareOrdinal(x.Node.Id, y.Node.Id);
    }

    public static string CursorAfter(NodeSummary node) => Convert.ToHexStringLower(JsonSerializer.SerializeToUtf8Bytes(
        new Place(node.Node.Id, node.Node.Name, node.Probability, node.Since.Ticks, (int)node.Status)));

    /// <summary>The place that a cursor names; null for none.</summary>
    /// <exception cref="FormatException">Not a cursor of ours.</exception>
    public static NodeSummary? ReadCursor(string? cursor)
    {
        if (string.IsNullOrEmpty(cursor))
        {
            return null;
        }

        try
        {
            var place = JsonSerializer.Deserialize<Place>(Convert.FromHexString(cursor)) ?? throw new FormatException("empty");
            return new NodeSummary(new NodeRef(place.Id, place.Name, null), (NodeStatus)place.Status, place.Probability, new Stamp(place.Since), []);
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            throw new FormatException($"'{cursor}' is not a cursor; expected the 'next' of the page before", e);
        }
    }

    private static int Rank(NodeStatus status) => status switch
    {
        NodeStatus.Failed => 0,
        NodeStatus.Suspected => 1,
        NodeStatus.Unknown => 2,
        NodeStatus.Left => 3,
        _ => 4,
    };

    private sealed record Place(string Id, string? Name, double? Probability, long Since, int Status);
}
