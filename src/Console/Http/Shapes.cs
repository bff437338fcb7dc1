using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FailureHistory.Fhs.Http;

// The JSON of SPEC 11.2, as far as fhs shows it. What a newer service adds is ignored.

/// <summary>How the shapes are read and written.</summary>
internal static class Shapes
{
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,

        // Read by programs and in terminals, never as HTML: quotes and umlauts stay as they are.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}

internal sealed record ProblemShape(string? Title, string? Detail);

internal sealed record NodeShape(string Id, string? Name, string? Hardware);

internal sealed record IncidentShape(string Id, DateTimeOffset Since);

internal sealed record VerdictShape(
    string Detector, double Accuracy, bool Suspects, DateTimeOffset? Since, DateTimeOffset? LastHeard, bool LatestIncident, string? Observation, string? Reason);

internal sealed record StateShape(
    NodeShape Node, DateTimeOffset AsOf, string Status, double? Probability, IncidentShape? Incident, IReadOnlyList<VerdictShape>? Verdicts,
    bool Complete, int Replicas, string? AnsweredBy, PinShape? Pinned = null);

internal sealed record PinShape(string Reason, string By, DateTimeOffset Since);

/// <summary>Why a node is pinned.</summary>
internal sealed record PinRequestShape(string Reason, string By);

internal sealed record WindowShape(DateTimeOffset From, DateTimeOffset To);

internal sealed record FailureShape(DateTimeOffset From, DateTimeOffset? To);

internal sealed record ReliabilityShape(
    NodeShape Node, WindowShape Window, double? Availability, int Failures, double? MtbfSeconds, double? MttrSeconds, FailureShape? LastFailure,
    double? SinceLastFailureSeconds, bool Flapping, double ObservedSeconds, double UpSeconds, double FailedSeconds, double PlannedSeconds, double UnknownSeconds,
    bool Complete);

internal sealed record IncarnationShape(string Id, string? Name, string? Hardware, DateTimeOffset From, DateTimeOffset? To, bool Clash);

internal sealed record SuspectShape(string Detector, double Accuracy, DateTimeOffset Since, string? Observation, string? Reason);

internal sealed record PeriodShape(
    DateTimeOffset From, DateTimeOffset? To, double? Probability, IReadOnlyList<SuspectShape>? Suspects, string? Incident, bool Planned);

internal sealed record HistoryShape(
    NodeShape Node, IReadOnlyList<IncarnationShape>? Incarnations, IReadOnlyList<PeriodShape>? Periods, bool Complete, string? Next,
    DateTimeOffset? FoldedUntil = null);

internal sealed record NodeSummaryShape(
    NodeShape Node, string Status, double? Probability, DateTimeOffset? Since, IReadOnlyDictionary<string, string>? Labels);

internal sealed record NodesShape(IReadOnlyList<NodeSummaryShape>? Nodes, IReadOnlyList<int>? Incomplete, string? Next);

internal sealed record DetectorShape(
    string Id, double Accuracy, IReadOnlyList<string>? Scope, string? Ttl, string? Timestamps, string? Description, bool Explicit,
    DateTimeOffset? LastHeard, bool Stale);

internal sealed record DetectorsShape(IReadOnlyList<DetectorShape>? Detectors);

/// <summary>What a detector is registered with (R3.1); null is left out and so takes the service's default.</summary>
internal sealed record RegistrationShape(double Accuracy, IReadOnlyList<string>? Scope, string? Ttl, string? Timestamps, string? Description);

internal sealed record MemberShape(string Id, string? Name, string? Address, string? Http, string? Zone, string? Status, bool InRing);

internal sealed record ClusterShape(string? ClusterId, IReadOnlyList<MemberShape>? Members);

internal sealed record RingMemberShape(string Id, string? Name, string? Zone, int Copies);

internal sealed record SegmentShape(int Segment, IReadOnlyList<string>? Members, IReadOnlyList<string>? Serving);

internal sealed record RingShape(
    string? ClusterId, long Version, int ReplicationFactor, IReadOnlyList<RingMemberShape>? Members, IReadOnlyList<SegmentShape>? Segments);

internal sealed record CrossingShape(string Id, NodeShape Node, string Direction, double? Probability, DateTimeOffset At, string? Observation);

internal sealed record GapShape(string? Reason, bool Ended);

/// <summary>An observation as it is reported (SPEC §2).</summary>
internal sealed record ReportShape
{
    public required string Id { get; init; }

    public required string Node { get; init; }

    public required string Kind { get; init; }

    public string? Detector { get; init; }

    public string? Hardware { get; init; }

    public string? At { get; init; }

    public string? Reason { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    // What only a restored one says (SPEC 11.4).

    public string? ReceivedAt { get; init; }

    public string? ReportedAt { get; init; }

    public double? Accuracy { get; init; }

    public double? Total { get; init; }

    public bool? Explicit { get; init; }

    public string? Signature { get; init; }

    /// <summary>About its length as JSON, in characters.</summary>
    [JsonIgnore]
    public int Length => 200 + Id.Length + Node.Length + (Detector?.Length ?? 0) + (Hardware?.Length ?? 0) + (Reason?.Length ?? 0)
        + (Signature?.Length ?? 0) + (Labels?.Sum(label => label.Key.Length + label.Value.Length + 6) ?? 0);
}

/// <summary>An observation as it is stored (R6.8); times as the service wrote them.</summary>
internal sealed record StoredShape(
    string Id, string Node, string? Hardware, string? Detector, string Kind, string At, string ReceivedAt, string? ReportedAt, string? Reason,
    IReadOnlyDictionary<string, string>? Labels, double? Accuracy, double? Total, bool? Explicit, string? Signature);

internal sealed record StoredPageShape(IReadOnlyList<StoredShape>? Observations, bool Complete, string? Next);

internal sealed record RejectionShape(int Index, string Error);

/// <summary>What became of a batch (R2.7); null members where the answer is a problem without them.</summary>
internal sealed record RecordedShape(int? Accepted, int? Duplicates, IReadOnlyList<RejectionShape>? Rejected, IReadOnlyList<int>? Retry);
