using System.Text.Json.Nodes;
using FailureHistory.Fhs.Http;
using FailureHistory.Fhs.Output;
using FailureHistory.Fhs.Traces;

namespace FailureHistory.Fhs.Import;

/// <summary>Counts what an import did. Batches settle at once, so what they count is behind a lock.</summary>
internal sealed class ImportTally
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, long> skipped = new(StringComparer.Ordinal);

    public long Records { get; private set; }

    /// <summary>Whether outages were made of the records.</summary>
    public bool IsTrace { get; private set; }

    public long Nodes { get; private set; }

    public long Outages { get; private set; }

    public long ZeroLength { get; private set; }

    /// <summary>How many observations there are to send; null while that is not known.</summary>
    public long? Observations { get; private set; }

    public long Accepted { get; private set; }

    public long Duplicates { get; private set; }

    public long Rejected { get; private set; }

    /// <summary>How many the service has said the last word about.</summary>
    public long SettledCount => Accepted + Duplicates + Rejected;

    public TimeSpan Elapsed { get; set; }

    public long Skipped => skipped.Values.Sum();

    public void CountRecord() => Records++;

    public void CountSkipped(SkippedLine line)
    {
        Records++;
        skipped[line.Why] = skipped.GetValueOrDefault(line.Why) + 1;
    }

    /// <summary>Counts what will be sent of a trace: the outages, node by node, and the first available spans among them.</summary>
    public void CountOutages(IEnumerable<TraceSpan> spans, CancellationToken cancel)
    {
        (IsTrace, Observations) = (true, 0);
        string? node = null;
        foreach (var span in spans)
        {
            cancel.ThrowIfCancellationRequested();
            Nodes += string.Equals(span.Node, node, StringComparison.OrdinalIgnoreCase) ? 0 : 1;
            node = span.Node;
            Observations += span.Down ? 2 : 1;
            Outages += span.Down ? 1 : 0;
            ZeroLength += span.Down && span.From == span.To ? 1 : 0;
        }
    }

    /// <summary>Says how many observations there are to send.</summary>
    public void Expect(long observations) => Observations = observations;

    public void Count(Settled settled)
    {
        lock (gate)
        {
            Accepted += settled.Accepted;
            Duplicates += settled.Duplicates;
            Rejected += settled.Rejected.Count;
        }
    }

    /// <summary>The counts for people, as names and values.</summary>
    public IEnumerable<(string Name, string Value)> Lines()
    {
        yield return ("records", N(Records));
        if (IsTrace)
        {
            yield return ("outages", $"{N(Outages)} of {N(Nodes)} nodes, {N(ZeroLength)} of zero length");
        }

        yield return ("observations sent", N(SettledCount));
        yield return ("accepted", N(Accepted));
        yield return ("duplicates", N(Duplicates));
        yield return ("rejected", N(Rejected));
        yield return ("lines skipped", N(Skipped));
        foreach (var (why, count) in skipped)
        {
            yield return ("  " + why, N(count));
        }

        yield return ("seconds", Wording.Number(Math.Round(Elapsed.TotalSeconds, 1)));
        yield return ("observations a second", N((long)Rate));
    }

    /// <summary>The counts for programs.</summary>
    public string ToJson()
    {
        var json = new JsonObject { ["records"] = Records };
        if (IsTrace)
        {
            (json["nodes"], json["outages"], json["zeroLength"]) = (Nodes, Outages, ZeroLength);
        }

        json["sent"] = SettledCount;
        json["accepted"] = Accepted;
        json["duplicates"] = Duplicates;
        json["rejected"] = Rejected;
        json["skipped"] = new JsonObject(skipped.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));
        json["seconds"] = Math.Round(Elapsed.TotalSeconds, 3);
        json["rate"] = Math.Round(Rate, 1);
        return json.ToJsonString(Shapes.Json);
    }

    private double Rate => Elapsed > TimeSpan.Zero ? SettledCount / Elapsed.TotalSeconds : 0;

    private static string N(long number) => Wording.Number(number);
}
