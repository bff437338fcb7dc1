using FailureHistory.Core.Probability;
using FailureHistory.Messages;

namespace FailureHistory.Node.Queries;

/// <summary>Which nodes a list shows (R6.7).</summary>
internal sealed class NodeFilter
{
    private readonly HashSet<NodeStatus> statuses;
    private readonly double? minProbability;
    private readonly Glob? name;
    private readonly IReadOnlyList<(string Key, Glob? Value)> labels;

    public NodeFilter(GetNodes query)
    {
        statuses = [.. query.Statuses];
        minProbability = query.MinProbability;
        name = query.Name is null ? null : Glob.Parse(query.Name);
        labels = [.. (query.Labels ?? []).Select(text =>
        {
            var parts = text.Split('=', 2);
            return (parts[0], parts.Length == 1 ? null : Glob.Parse(parts[1]));
        })];
    }

    /// <summary>What is wrong with a query, or null.</summary>
    public static InvalidRequest? Fault(GetNodes query)
    {
        if (query.Limit is < 1 or > 10_000)
        {
            return new InvalidRequest("limit", $"expected 1 to 10000; came {query.Limit}");
        }

        if (query.MinProbability is { } p && p is not (>= 0 and <= 1))
        {
            return new InvalidRequest("minProbability", $"expected 0 to 1; came {p}");
        }

        try
        {
            NodeOrder.ReadCursor(query.Cursor);
        }
        catch (FormatException e)
        {
            return new InvalidRequest("cursor", e.Message);
        }

        try
        {
            _ = new NodeFilter(query);
            return null;
        }
        catch (FormatException e)
        {
            return new InvalidRequest("name or label", e.Message);
        }
    }

    public bool Passes(NodeSummary node) =>
        (statuses.Count == 0 || statuses.Contains(node.Status))
        && (minProbability is not { } min || node.Probability >= min)
        && (name is null || name.IsMatch(node.Node.Name ?? node.Node.Id))
        && labels.All(wanted => node.Labels.Any(has => has.Key == wanted.Key && (wanted.Value?.IsMatch(has.Value) ?? true)));
}
