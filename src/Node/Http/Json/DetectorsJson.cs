using System.Text.Json;
using FailureHistory.Core.Time;
using FailureHistory.Messages;

namespace FailureHistory.Node.Http.Json;

/// <summary>Registered detectors (R3.1).</summary>
internal static class DetectorsJson
{
    public static void Write(Utf8JsonWriter json, DetectorList list)
    {
        json.WriteStartObject();
        json.WriteObjects("detectors", list.Detectors, WriteMembers);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, DetectorInfo detector)
    {
        json.WriteStartObject();
        WriteMembers(json, detector);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, DetectorDeleted deleted)
    {
        json.WriteStartObject();
        json.WriteString("id", deleted.Id);
        json.WriteEndObject();
    }

    private static void WriteMembers(Utf8JsonWriter json, DetectorInfo detector)
    {
        json.WriteString("id", detector.Id);
        json.WriteNumber("accuracy", detector.Accuracy);
        json.WriteTexts("scope", detector.Scope);
        json.WriteString("ttl", detector.Ttl is { } ttl ? DurationText.Format(ttl) : null);
        json.WriteString("timestamps", Words.Of(Words.Timestamps, detector.ReportedTimestamps));
        json.WriteString("description", detector.Description);
        json.WriteBoolean("explicit", detector.Explicit);
        json.WriteStamp("lastHeard", detector.LastHeard);
        json.WriteBoolean("stale", detector.Stale);
    }
}
