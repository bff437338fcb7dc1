namespace FailureHistory.Fhs.Traces;

/// <summary>
/// Makes one outage of those of one node that overlap or touch (SPEC 11.4), whatever the order in which they come. Holds the merged outages
/// only: what it needs grows with the outages of the trace, not with its records or bytes.
/// </summary>
public sealed class OutageMerger
{
    // Per node disjoint, with a gap between any two, and sorted: so by their ends as well as by their begins.
    private readonly Dictionary<string, List<TraceOutage>> byNode = new(StringComparer.Ordinal);

    /// <summary>How many nodes have an outage.</summary>
    public int NodeCount => byNode.Count;

    /// <summary>How many outages there are by now.</summary>
    public int OutageCount { get; private set; }

    /// <summary>How many of them begin and end at the same instant.</summary>
    public int ZeroLengthCount => byNode.Values.Sum(outages => outages.Count(outage => outage.From == outage.To));

    /// <summary>The outages, node by node in the order in which nodes first came, each node's by time.</summary>
    public IEnumerable<TraceOutage> Outages => byNode.Values.SelectMany(outages => outages);

    /// <summary>Takes in a record.</summary>
    public void Add(TraceOutage record)
    {
        if (!byNode.TryGetValue(record.Node, out var outages))
        {
            byNode.Add(record.Node, outages = []);
        }

        var first = FirstEndingFrom(outages, record);
        var end = first;
        var merged = record;
        for (; end < outages.Count && outages[end].From <= record.To; end++)
        {
            merged = Join(merged, outages[end]);
        }

        if (end == first)
        {
            outages.Insert(first, merged);
        }
        else
        {
            outages[first] = merged;
            outages.RemoveRange(first + 1, end - first - 1);
        }

        OutageCount += 1 - (end - first);
    }

    // The one that began first gives the reason; of two that began together, the one that stands first in the file.
    private static TraceOutage Join(TraceOutage left, TraceOutage right)
    {
        var (first, second) = (left.From, left.Line).CompareTo((right.From, right.Line)) <= 0 ? (left, right) : (right, left);
        return first with { To = first.To >= second.To ? first.To : second.To };
    }

    private static int FirstEndingFrom(List<TraceOutage> outages, TraceOutage record)
    {
        var (low, high) = (0, outages.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (outages[middle].To < record.From)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
