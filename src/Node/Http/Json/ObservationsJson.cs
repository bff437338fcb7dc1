using System.Text.Json;
using FailureHistory.Messages;

namespace FailureHistory.Node.Http.Json;

/// <summary>A page of raw observations (R6.8), and what became of reported ones (R2.7).</summary>
internal static class ObservationsJson
{
    public static void Write(Utf8JsonWriter json, NodeObservations page)
    {
        json.WriteStartObject();
        json.WriteObjects("observations", page.Observations, WriteObservation);
        json.WriteBoolean("complete", page.Complete);
        json.WriteString("next", page.Next);
        json.WriteNumber("replicas", page.Replicas);
        json.WriteString("answeredBy", page.AnsweredBy);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, ObservationsRecorded recorded)
    {
        json.WriteStartObject();
        WriteMembers(json, recorded);
        json.WriteEndObject();
    }

    /// <summary>The four members that the answers 200, 400 and 503 share.</summary>
    public static void WriteMembers(Utf8JsonWriter json, ObservationsRecorded recorded)
    {
        json.WriteNumber("accepted", recorded.Accepted);
        json.WriteNumber("duplicates", recorded.Duplicates);
        json.WriteObjects("rejected", recorded.Rejected, static (json, rejection) =>
        {
            json.WriteNumber("index", rejection.Index);
            json.WriteString("error", rejection.Error);
        });
        json.WriteIntegers("retry", recorded.Retry);
    }

    // The node is shown as the reporter wrote it: by name, or by id where it gave none.
    private static void WriteObservation(Utf8JsonWriter json, ObservationInfo observation)
    {
        json.WriteString("id", observation.Id);
        json.WriteString("node", observation.Name ?? observation.Node);
        json.WriteString("hardware", observation.Hardware);
        json.WriteString("detector", observation.Detector);
        json.WriteString("kind", observation.Kind);
        json.WriteStamp("at", observation.At);
        json.WriteStamp("receivedAt", observation.ReceivedAt);
        json.WriteStamp("reportedAt", observation.ReportedAt);
        json.WriteString("reason", observation.Reason);
        json.WriteLabels(observation.Labels);
        json.WriteNumberOrNull("accuracy", observation.Accuracy);
        json.WriteNumberOrNull("total", observation.Total);
        json.WriteBooleanOrNull("explicit", observation.Explicit);
        json.WriteString("signature", observation.Signature);
    }
}
