using System.Text.Json;
using FailureHistory.Messages;

namespace FailureHistory.Node.Http.Json;

/// <summary>How reliable a node was (R7.1). Spans of time are numbers of seconds, with 100 ns as decimals.</summary>
internal static class ReliabilityJson
{
    public static void Write(Utf8JsonWriter json, NodeReliability reliability)
    {
        json.WriteStartObject();
        json.WriteNode(reliability.Node);
        json.WriteStartObject("window");
        json.WriteStamp("from", reliability.From);
        json.WriteStamp("to", reliability.To);
        json.WriteEndObject();
        json.WriteNumberOrNull("availability", reliability.Availability);
        json.WriteNumber("failures", reliability.Failures);
        WriteSeconds(json, "mtbfSeconds", reliability.Mtbf);
        WriteSeconds(json, "mttrSeconds", reliability.Mttr);
        if (reliability.LastFailure is { } last)
        {
            json.WriteStartObject("lastFailure");
            json.WriteStamp("from", last.From);
            json.WriteStamp("to", last.To);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("lastFailure");
        }

        WriteSeconds(json, "sinceLastFailureSeconds", reliability.SinceLastFailure);
        json.WriteBoolean("flapping", reliability.Flapping);
        WriteSeconds(json, "observedSeconds", reliability.Observed);
        WriteSeconds(json, "upSeconds", reliability.Up);
        WriteSeconds(json, "failedSeconds", reliability.Failed);
        WriteSeconds(json, "plannedSeconds", reliability.Planned);
        WriteSeconds(json, "unknownSeconds", reliability.Unknown);
        json.WriteBoolean("complete", reliability.Complete);
        json.WriteNumber("replicas", reliability.Replicas);
        json.WriteString("answeredBy", reliability.AnsweredBy);
        json.WriteEndObject();
    }

    private static void WriteSeconds(Utf8JsonWriter json, string name, TimeSpan? span)
    {
        if (span is { } value)
        {
            json.WriteNumber(name, (decimal)value.Ticks / TimeSpan.TicksPerSecond);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
