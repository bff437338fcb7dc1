namespace FailureHistory.Fhs.Traces;

/// <summary>
/// Makes one outage of those of one node that overlap or touch (SPEC 11.4), and finds the first available span of each node. One sweep over
/// spans in the order of <see cref="SpanOrder"/>: whatever stands far apart in the file stands together there, so that one outage at a time
/// is all that is remembered.
/// </summary>
internal static class Outages
{
    // Available spans of one node that overlap are a fault of the trace; those beyond so many give no reasons.
    private const int MostUps = 256;

    /// <summary>The outages, node by node and each node's by time; behind them the node's first available span, where no outage ends at its begin.</summary>
    /// <param name="sorted">Spans in the order of <see cref="SpanOrder"/>.</param>
    public static IEnumerable<TraceSpan> Of(IEnumerable<TraceSpan> sorted)
    {
        TraceSpan? open = null;
        TraceSpan? firstUp = null;
        var ups = new List<TraceSpan>();
        var upIsTold = false;
        string? node = null;
        foreach (var span in sorted)
        {
            if (!string.Equals(span.Node, node, StringComparison.OrdinalIgnoreCase))
            {
                foreach (var left in Left(open, firstUp, upIsTold))
                {
                    yield return left;
                }

                (node, open, firstUp, upIsTold) = (span.Node, null, null, false);
                ups.Clear();
            }

            if (!span.Down)
            {
                firstUp ??= span;
                ups.RemoveAll(up => up.To < span.From); // no outage that is still to come begins where it ends
                if (span.Reason is not null && ups.Count < MostUps)
                {
                    ups.Add(span);
                }
            }
            else if (open is not null && span.From <= open.To)
            {
                // The one that began first, or of two that began together stands first in the file, gives the reason.
                open = open.To >= span.To ? open : open with { To = span.To };
            }
            else
            {
                if (open is not null)
                {
                    yield return open;
                    upIsTold |= open.To == firstUp?.From;
                }

                // What ended the available span before it is why it began.
                ups.RemoveAll(up => up.To < span.From);
                open = span.Reason is null ? span with { Reason = ups.Where(up => up.To == span.From).MinBy(up => up.Line)?.Reason } : span;
            }
        }

        foreach (var left in Left(open, firstUp, upIsTold))
        {
            yield return left;
        }
    }

    private static IEnumerable<TraceSpan> Left(TraceSpan? open, TraceSpan? firstUp, bool upIsTold)
    {
        if (open is not null)
        {
            yield return open;
        }

        if (firstUp is not null && !upIsTold && open?.To != firstUp.From)
        {
            yield return firstUp;
        }
    }
}
