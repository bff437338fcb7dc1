using FailureHistory.Messages;

namespace FailureHistory.Cluster.Tests;

/// <summary>Observations as reporters hand them in.</summary>
internal static class Reports
{
    public static ReportedObservation Failure(string node, string? id = null, string detector = "ping") =>
        new() { Node = node, Kind = "failure", Detector = detector, Id = id };

    public static ReportedObservation Alive(string node, string? id = null, string detector = "ping") =>
        new() { Node = node, Kind = "alive", Detector = detector, Id = id };

    public static ReportedObservation Join(string node, string? id = null, string? hardware = null) =>
        new() { Node = node, Kind = "join", Id = id, Hardware = hardware };

    /// <summary>A batch for so many nodes, so that every segment has some.</summary>
    public static ReportedObservation[] Fleet(int count, string prefix) => [.. Enumerable.Range(0, count).Select(i => Failure($"{prefix}-{i}", $"{prefix}-{i}"))];
}
