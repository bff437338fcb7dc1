using System.Text.Json;
using FailureHistory.Messages;

namespace FailureHistory.Node.Http.Json;

/// <summary>A page of the fleet (R6.7).</summary>
internal static class NodesJson
{
    public static void Write(Utf8JsonWriter json, NodeList list)
    {
        json.WriteStartObject();
        json.WriteObjects("nodes", list.Nodes, WriteSummary);
        json.WriteIntegers("incomplete", list.Incomplete);
        json.WriteString("next", list.Next);
        json.WriteEndObject();
    }

    private static void WriteSummary(Utf8JsonWriter json, NodeSummary summary)
    {
        json.WriteNode(summary.Node);
        json.WriteString("status", Words.Of(Words.Statuses, summary.Status));
        json.WriteNumberOrNull("probability", summary.Probability);
        json.WriteStamp("since", summary.Since);
        json.WriteLabels(summary.Labels);
    }
}
