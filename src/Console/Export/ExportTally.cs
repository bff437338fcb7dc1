using System.Text.Json.Nodes;
using FailureHistory.Fhs.Http;
using FailureHistory.Fhs.Output;

namespace FailureHistory.Fhs.Export;

/// <summary>Counts what an export did, and keeps what it lacks.</summary>
internal sealed class ExportTally
{
    private readonly List<(string Node, string Why)> missing = [];

    public long Nodes { get; set; }

    public long Observations { get; set; }

    public TimeSpan Elapsed { get; set; }

    /// <summary>The segments of the fleet that nobody listed.</summary>
    public IReadOnlyList<int> Segments { get; set; } = [];

    public bool IsComplete => missing.Count == 0 && Segments.Count == 0;

    public void Miss(string node, string why) => missing.Add((node, why));

    /// <summary>For people.</summary>
    public IEnumerable<string> Lines()
    {
        yield return $"exported {Wording.Number(Observations)} observations of {Wording.Number(Nodes)} ids in {Wording.Span(TimeSpan.FromSeconds(Math.Round(Elapsed.TotalSeconds, 1)))}";
        if (Segments.Count > 0)
        {
            yield return $"missing: whatever is in the segment{(Segments.Count == 1 ? "" : "s")} {string.Join(", ", Segments)}, which no member listed";
        }

        foreach (var (node, why) in missing)
        {
            yield return $"missing: {node}, or a part of it: {why}";
        }
    }

    /// <summary>For programs.</summary>
    public string ToJson() => new JsonObject
    {
        ["nodes"] = Nodes,
        ["observations"] = Observations,
        ["seconds"] = Math.Round(Elapsed.TotalSeconds, 3),
        ["complete"] = IsComplete,
        ["missingSegments"] = new JsonArray([.. Segments.Select(segment => (JsonNode)segment)]),
        ["missing"] = new JsonArray([.. missing.Select(it => (JsonNode)new JsonObject { ["node"] = it.Node, ["why"] = it.Why })]),
    }.ToJsonString(Shapes.Json);
}
