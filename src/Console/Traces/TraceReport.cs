using FailureHistory.Core.Time;
using FailureHistory.Fhs.Http;

namespace FailureHistory.Fhs.Traces;

/// <summary>An observation that a trace gives rise to, and the line it came from.</summary>
internal sealed record TraceReport(long Line, ReportShape Report)
{
    /// <summary>
    /// A failure where the outage begins, with its reason, and a join where it ends. The ids follow from node, kind and time, so that a trace
    /// that is imported again is stored once (R2.4).
    /// </summary>
    public static IEnumerable<TraceReport> Of(TraceOutage outage, string detector)
    {
        yield return Make(outage, detector, "failure", outage.From, outage.Reason);
        yield return Make(outage, detector, "join", outage.To, null);
    }

    private static TraceReport Make(TraceOutage outage, string detector, string kind, Stamp at, string? reason) => new(
        outage.Line,
        new ReportShape
        {
            Id = $"{outage.Node}/{kind}/{at}", Node = outage.Node, Kind = kind, Detector = detector, At = at.ToString(), Reason = reason,
        });
}
