using System.Text.Json;
using FailureHistory.Messages;

namespace FailureHistory.Node.Http.Json;

/// <summary>The cluster, the ring (R9.2) and a member's readiness (R9.11).</summary>
internal static class ClusterJson
{
    public static void Write(Utf8JsonWriter json, ClusterInfo cluster)
    {
        json.WriteStartObject();
        json.WriteString("clusterId", cluster.ClusterId);
        json.WriteObjects("members", cluster.Members, static (json, member) =>
        {
            json.WriteString("id", member.Id);
            json.WriteString("name", member.Name);
            json.WriteString("address", member.Address);
            json.WriteString("http", member.Http);
            json.WriteString("zone", member.Zone);
            json.WriteString("status", member.Status);
            json.WriteBoolean("inRing", member.InRing);
        });
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, RingInfo ring)
    {
        json.WriteStartObject();
        json.WriteString("clusterId", ring.ClusterId);
        json.WriteNumber("version", ring.Version);
        json.WriteNumber("replicationFactor", ring.ReplicationFactor);
        json.WriteObjects("members", ring.Members, static (json, member) =>
        {
            json.WriteString("id", member.Id);
            json.WriteString("name", member.Name);
            json.WriteString("zone", member.Zone);
            json.WriteNumber("copies", member.Copies);
        });
        json.WriteObjects("segments", ring.Segments, static (json, segment) =>
        {
            json.WriteNumber("segment", segment.Segment);
            json.WriteTexts("members", segment.Members);
            json.WriteTexts("serving", segment.Serving);
        });
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, RingChanged changed)
    {
        json.WriteStartObject();
        json.WriteNumber("version", changed.Version);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, Readiness readiness)
    {
        json.WriteStartObject();
        json.WriteString("status", readiness.Status);
        json.WriteNumber("ringVersion", readiness.RingVersion);
        json.WriteTexts("waitsFor", readiness.WaitsFor);
        json.WriteEndObject();
    }
}
