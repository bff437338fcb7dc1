using FailureHistory.Core.Time;

namespace FailureHistory.Messages;

/// <summary>How a list of nodes is sorted; ties by id.</summary>
public enum NodeSort
{
    /// <summary>By name, then id; nameless ones by id.</summary>
    Name = 0,

    /// <summary>By P, highest first; unknown last.</summary>
    Probability = 1,

    /// <summary>By the begin of the present period, latest first.</summary>
    Since = 2,

    /// <summary>By status: failed, suspected, unknown, left, up.</summary>
    Status = 3,
}

/// <summary>Asks for the nodes of the whole fleet (R6.7). Answered by <see cref="NodeList"/> or <see cref="InvalidRequest"/>.</summary>
/// <param name="Statuses">Only these; empty for all.</param>
/// <param name="MinProbability">Only nodes with P at or above, 0 to 1, or null.</param>
/// <param name="Name">A glob over names (ids of nameless ones): <c>*</c> and <c>?</c>, case-insensitive; or null.</param>
/// <param name="Labels">Only nodes with these labels: <c>key=value</c> (the value a glob) or <c>key</c>.</param>
/// <param name="Sort">The order.</param>
/// <param name="Limit">The most nodes of a page, 1 to 10,000; a page is also cut at 48 kB.</param>
/// <param name="Cursor">The <c>next</c> of the page before, or null.</param>
/// <param name="Stored">
/// True to list every id that something was reported under, also one whose machine goes under another id now and is listed there, each under its own
/// name.
/// </param>
public sealed record GetNodes(
    IReadOnlyList<NodeStatus> Statuses, double? MinProbability = null, string? Name = null, IReadOnlyList<string>? Labels = null,
    NodeSort Sort = NodeSort.Name, int Limit = 100, string? Cursor = null, bool Stored = false);

/// <summary>One node of the list.</summary>
/// <param name="Node">The node.</param>
/// <param name="Status">Its status.</param>
/// <param name="Probability">P or null.</param>
/// <param name="Since">Since when its present period lasts.</param>
/// <param name="Labels">The latest value of each label key.</param>
public sealed record NodeSummary(NodeRef Node, NodeStatus Status, double? Probability, Stamp Since, IReadOnlyList<KeyValuePair<string, string>> Labels);

/// <summary>A page of nodes.</summary>
/// <param name="Nodes">The nodes.</param>
/// <param name="Incomplete">The segments that did not answer, sorted.</param>
/// <param name="Next">The cursor of the next page, or null at the end.</param>
public sealed record NodeList(IReadOnlyList<NodeSummary> Nodes, IReadOnlyList<int> Incomplete, string? Next);
