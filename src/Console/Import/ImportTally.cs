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

    public long Nodes { get; private set; }

    public long Outages { get; private set; }

    public long ZeroLength { get; private set; }

    /// <summary>How many observations there are to send.</summary>
    public long Observations { get; private set; }

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

    public void CountOutages(OutageMerger merger)
    {
        Nodes = merger.NodeCount;
        Outages = merger.OutageCount;
        ZeroLength = merger.ZeroLengthCount;
        Observations = 2L * merger.OutageCount;
    }

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
        yield return ("outages", $"{N(Outages)} of {N(Nodes)} nodes, {N(ZeroLength)} of zero length");
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
    public string ToJson() => new JsonObject
    {
        ["records"] = Records,
        ["nodes"] = Nodes,
        ["outages"] = Outages,
        ["zeroLength"] = ZeroLength,
        ["sent"] = SettledCount,
        ["accepted"] = Accepted,
        ["duplicates"] = Duplicates,
        ["rejected"] = Rejected,
        ["skipped"] = new JsonObject(skipped.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
        ["seconds"] = Math.Round(Elapsed.TotalSeconds, 3),
        ["rate"] = Math.Round(Rate, 1),
    }.ToJsonString(Shapes.Json);

    private double Rate => Elapsed > TimeSpan.Zero ? SettledCount / Elapsed.TotalSeconds : 0;

    private static string N(long number) => Wording.Number(number);
}
