namespace FailureHistory.Fhs.Traces;

/// <summary>By node, then time, then line: the order in which <see cref="Outages"/> reads spans. Total, since lines differ.</summary>
internal sealed class SpanOrder : IComparer<TraceSpan>
{
    public static SpanOrder Instance { get; } = new();

    public int Compare(TraceSpan? x, TraceSpan? y)
    {
        var order = string.Compare(x!.Node, y!.Node, StringComparison.OrdinalIgnoreCase);
        order = order != 0 ? order : x.From.CompareTo(y.From);
        return order != 0 ? order : x.Line.CompareTo(y.Line);
    }
}
