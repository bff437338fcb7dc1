using System.Globalization;
using System.Text.Json.Nodes;
using FailureHistory.EndToEnd.Tests.Lanl;

namespace FailureHistory.EndToEnd.Tests.Members.Harness;

/// <summary>
/// What a node's history must be according to the trace, straight from R4.4: at every begin and end of an outage a period ends and another
/// begins, those of no length are left out (R4.5), and the last one is open.
/// </summary>
internal static class TraceCheck
{
    public sealed record ExpectedPeriod(string From, string? To, double Probability, string? Reason);

    public static IReadOnlyList<ExpectedPeriod> Periods(IReadOnlyList<(DateTime Down, DateTime Up, string? Cause)> outages)
    {
        var periods = new List<ExpectedPeriod>();
        for (var i = 0; i < outages.Count; i++)
        {
            var (down, up, cause) = outages[i];
            if (down < up)
            {
                periods.Add(new ExpectedPeriod(Time(down), Time(up), 1, cause));
            }

            periods.Add(new ExpectedPeriod(Time(up), i + 1 < outages.Count ? Time(outages[i + 1].Down) : null, 0, null));
        }

        return periods;
    }

    /// <summary>Null where the history is what the trace says; else the first difference.</summary>
    public static string? HistoryFault(Reply history, string node, LanlReference trace)
    {
        if (!history.IsOk)
        {
            return $"{node}: {history}";
        }

        if (!(bool)history["complete"] || (string?)history["node"]["name"] != node)
        {
            return $"{node}: expected its complete history; came name {history["node"]["name"]}, complete {history["complete"]}";
        }

        return PeriodsFault(history, node, trace);
    }

    /// <summary>The same of the periods alone, complete or not.</summary>
    public static string? PeriodsFault(Reply history, string node, LanlReference trace) =>
        FirstDifference(node, Periods(trace.Outages[node]).Select(Describe), history["periods"].AsArray().Select(p => Describe(p!)));

    /// <summary>Null where the raw observations are what the trace says, zero lengths included; else the first difference.</summary>
    public static string? ObservationsFault(Reply page, string node, LanlReference trace)
    {
        if (!page.IsOk)
        {
            return $"{node}: {page}";
        }

        var expected = trace.Outages[node].SelectMany(outage => new[] { $"failure at {Time(outage.Down)}: {outage.Cause}", $"join at {Time(outage.Up)}: " });
        return FirstDifference(node, expected, page["observations"].AsArray().Select(o => $"{o!["kind"]} at {o["at"]}: {o["reason"]}"));
    }

    private static string Describe(ExpectedPeriod period) => period.Probability == 0
        ? $"{period.From} to {period.To ?? "now"}: P 0, nobody suspects, in no incident"
        : $"{period.From} to {period.To ?? "now"}: P 1, trace.lanl (100) since {period.From} because '{period.Reason}' suspects, in an incident";

    private static string Describe(JsonNode period)
    {
        var suspects = period["suspects"]!.AsArray();
        var who = suspects.Count == 0
            ? "nobody suspects"
            : string.Join(", ", suspects.Select(s => $"{s!["detector"]} ({s["accuracy"]}) since {s["since"]} because '{s["reason"]}'")) + " suspects";
        return $"{period["from"]} to {(string?)period["to"] ?? "now"}: P {period["probability"]?.ToJsonString() ?? "null"}, {who}, "
            + $"{(period["incident"] is null ? "in no incident" : "in an incident")}{((bool)period["planned"]! ? ", planned" : "")}";
    }

    private static string? FirstDifference(string node, IEnumerable<string> expected, IEnumerable<string> seen)
    {
        var (want, have) = (expected.ToList(), seen.ToList());
        for (var i = 0; i < Math.Max(want.Count, have.Count); i++)
        {
            if (i >= want.Count || i >= have.Count || want[i] != have[i])
            {
                return $"{node}, item {i} of {want.Count}: expected {(i < want.Count ? want[i] : "nothing")}; came {(i < have.Count ? have[i] : "nothing")}";
            }
        }

        return null;
    }

    private static string Time(DateTime time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
}
