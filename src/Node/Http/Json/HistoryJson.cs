using System.Text.Json;
using FailureHistory.Messages;

namespace FailureHistory.Node.Http.Json;

/// <summary>A page of the periods of a node (R6.2).</summary>
internal static class HistoryJson
{
    public static void Write(Utf8JsonWriter json, NodeHistory history)
    {
        json.WriteStartObject();
        json.WriteNode(history.Node);
        json.WriteObjects("incarnations", history.Incarnations, WriteIncarnation);
        json.WriteObjects("periods", history.Periods, WritePeriod);
        json.WriteBoolean("complete", history.Complete);
        json.WriteString("next", history.Next);
        json.WriteNumber("replicas", history.Replicas);
        json.WriteString("answeredBy", history.AnsweredBy);
        json.WriteStamp("foldedUntil", history.FoldedUntil);
        json.WriteEndObject();
    }

    private static void WriteIncarnation(Utf8JsonWriter json, IncarnationInfo incarnation)
    {
        json.WriteString("id", incarnation.Id);
        json.WriteString("name", incarnation.Name);
        json.WriteString("hardware", incarnation.Hardware);
        json.WriteStamp("from", incarnation.From);
        json.WriteStamp("to", incarnation.To);
        json.WriteBoolean("clash", incarnation.Clash);
    }

    private static void WritePeriod(Utf8JsonWriter json, PeriodInfo period)
    {
        json.WriteStamp("from", period.From);
        json.WriteStamp("to", period.To);
        json.WriteNumberOrNull("probability", period.Probability);
        json.WriteObjects("suspects", period.Suspects, WriteSuspect);
        json.WriteString("incident", period.Incident);
        json.WriteBoolean("planned", period.Planned);
    }

    private static void WriteSuspect(Utf8JsonWriter json, SuspectInfo suspect)
    {
        json.WriteString("detector", suspect.Detector);
        json.WriteNumber("accuracy", suspect.Accuracy);
        json.WriteStamp("since", suspect.Since);
        json.WriteString("observation", suspect.Observation);
        json.WriteString("reason", suspect.Reason);
    }
}
