using System.Security.Cryptography;
using System.Text;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Time;
using FailureHistory.Fhs.Http;

namespace FailureHistory.Fhs.Traces;

/// <summary>An observation that a trace gives rise to, and the line it came from.</summary>
internal sealed record TraceReport(long Line, ReportShape Report)
{
    /// <summary>
    /// A failure where an outage begins, with its reason, and a join where it ends; of an available span a join at its begin. The ids follow
    /// from node, kind and time, so that a trace that is imported again is stored once (R2.4).
    /// </summary>
    /// <remarks>The join comes first: stored one by one they never show the node as down, and so raise nothing on the way (R8.2).</remarks>
    public static IEnumerable<TraceReport> Of(TraceSpan span, string detector)
    {
        yield return Make(span, detector, "join", span.Down ? span.To : span.From, null);
        if (span.Down)
        {
            yield return Make(span, detector, "failure", span.From, span.Reason);
        }
    }

    /// <summary>The id of an observation that has none of its own: node, kind and time; the hash of them where that is too long for an id.</summary>
    public static string IdOf(string node, string kind, Stamp at)
    {
        var text = $"{node}/{kind}/{at}";
        return Printable.Fault("id", text) is null ? text : "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    private static TraceReport Make(TraceSpan span, string detector, string kind, Stamp at, string? reason) => new(
        span.Line,
        new ReportShape
        {
            Id = IdOf(span.Node, kind, at), Node = span.Node, Kind = kind, Detector = detector, At = at.ToString(), Reason = reason,
        });
}
