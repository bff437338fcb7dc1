using System.Text.Json;
using FailureHistory.Messages;

namespace FailureHistory.Node.Http.Json;

/// <summary>The state of a node (R6.1) and the deletion of its history (R10.2).</summary>
internal static class StateJson
{
    public static void Write(Utf8JsonWriter json, NodeState state)
    {
        json.WriteStartObject();
        json.WriteNode(state.Node);
        json.WriteStamp("asOf", state.AsOf);
        json.WriteString("status", Words.Of(Words.Statuses, state.Status));
        json.WriteNumberOrNull("probability", state.Probability);
        WriteIncident(json, state.Incident);
        json.WriteObjects("verdicts", state.Verdicts, WriteVerdict);
        json.WriteBoolean("complete", state.Complete);
        json.WriteNumber("replicas", state.Replicas);
        json.WriteString("answeredBy", state.AnsweredBy);
        json.WritePin("pinned", state.Pinned);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, HistoryRemoved removed)
    {
        json.WriteStartObject();
        json.WriteNode(removed.Node);
        json.WriteStamp("upTo", removed.UpTo);
        json.WriteEndObject();
    }

    private static void WriteIncident(Utf8JsonWriter json, IncidentInfo? incident)
    {
        if (incident is null)
        {
            json.WriteNull("incident");
            return;
        }

        json.WriteStartObject("incident");
        json.WriteString("id", incident.Id);
        json.WriteStamp("since", incident.Since);
        json.WriteEndObject();
    }

    private static void WriteVerdict(Utf8JsonWriter json, VerdictInfo verdict)
    {
        json.WriteString("detector", verdict.Detector);
        json.WriteNumber("accuracy", verdict.Accuracy);
        json.WriteBoolean("suspects", verdict.Suspects);
        json.WriteStamp("since", verdict.Since);
        json.WriteStamp("lastHeard", verdict.LastHeard);
        json.WriteBoolean("latestIncident", verdict.LatestIncident);
        json.WriteString("observation", verdict.Observation);
        json.WriteString("reason", verdict.Reason);
    }
}
