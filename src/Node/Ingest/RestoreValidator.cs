using FailureHistory.Core.Probability;
using FailureHistory.Core.Time;
using FailureHistory.Messages;

namespace FailureHistory.Node.Ingest;

/// <summary>
/// From an observation that was stored before to the same one (SPEC 11.4): everything that a report must satisfy, and besides all that the service
/// itself adds to a report, which here comes along. See docs/decisions/24-restore.md.
/// </summary>
internal static class RestoreValidator
{
    /// <summary>Checks one observation. Exactly one of the two results is null.</summary>
    /// <param name="reported">What came.</param>
    /// <param name="registry">The detectors; only those never heard of, not even deleted, may register themselves by it.</param>
    /// <param name="autoRegister">Whether detectors may.</param>
    /// <param name="wall">The member's wall clock: a restored stamp moves the hybrid clock, and must not move its own bound.</param>
    public static (ReportValidator.Draft? Draft, string? Error) Check(ReportedObservation reported, DetectorRegistry registry, bool autoRegister, Stamp wall)
    {
        // Whether a detector is registered says nothing of what was stored.
        var (draft, error) = ReportValidator.Check(reported, registry, autoRegister: true, wall);
        if (draft is null || (error = Fault(reported, wall)) is not null)
        {
            return (null, error);
        }

        var isExplicit = reported.Detector is not null && reported.Explicit != false;
        return (draft with
        {
            Observation = draft.Observation with
            {
                At = reported.At!.Value,
                ReceivedAt = reported.ReceivedAt!.Value,
                ReportedAt = reported.ReportedAt,
                Accuracy = reported.Accuracy ?? 0,
                Explicit = isExplicit,
                Total = reported.Total!.Value,
            },
            NewDetector = reported.Detector is not null && !isExplicit && autoRegister && registry.FindVersion(reported.Detector) is null,
            Restored = true,
        }, null);
    }

    private static string? Fault(ReportedObservation reported, Stamp wall) =>
        (reported.Id is null ? "id is missing; a restored observation keeps its own" : null)
        ?? (reported.At is null ? "at is missing; a restored observation keeps its own" : null)
        ?? (reported.ReceivedAt is null ? "receivedAt is missing; a restored observation keeps its own" : null)
        ?? ReportValidator.TimeFault("receivedAt", reported.ReceivedAt, wall)
        ?? (reported.ReportedAt < Stamp.Zero ? $"reportedAt is {reported.ReportedAt}; expected 1970-01-01T00:00:00Z or later" : null)
        ?? (reported.Total is not (>= 0 and < double.PositiveInfinity) ? $"total is {Came(reported.Total)}; expected a number from 0 on" : null)
        ?? (reported.Detector is not null && reported.Accuracy is not (>= 0 and <= 100) ? $"accuracy is {Came(reported.Accuracy)}; expected 0 to 100" : null)
        ?? (reported.Detector is null && reported.Accuracy is not (null or 0) ? $"accuracy is {Came(reported.Accuracy)}; expected none without a detector" : null);

    private static string Came(double? number) => number?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "missing";
}
