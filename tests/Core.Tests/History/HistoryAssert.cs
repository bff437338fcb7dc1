using FailureHistory.Core.History;
using Xunit;

namespace FailureHistory.Core.Tests.History;

/// <summary>Compares readings part by part, so that a difference names its place.</summary>
internal static class HistoryAssert
{
    public static void Same(DumbPeriods expected, FailureTimeline actual)
    {
        Same(expected.Periods(), actual.Periods);
        Assert.Equal(expected.LatestIncident(), actual.LatestIncident is { } i ? (i.Id, i.Since) : null);
        Assert.Equal(expected.Left, actual.Left);
        Same(expected.AutoDetectors(), actual.AutoDetectors);
        Same(expected.Standings(), actual.Standings);
    }

    public static void Same(FailureTimeline expected, FailureTimeline actual)
    {
        Same(expected.Periods, actual.Periods);
        Assert.Equal(expected.LatestIncident, actual.LatestIncident);
        Assert.Equal(expected.Left, actual.Left);
        Same(expected.AutoDetectors, actual.AutoDetectors);
        Same(expected.Standings, actual.Standings);
    }

    public static void Same(IReadOnlyList<Period> expected, IReadOnlyList<Period> actual)
    {
        Assert.Equal(Script.Show(expected), Script.Show(actual));
        for (var i = 0; i < expected.Count; i++)
        {
            Assert.Equal(expected[i].Suspects, actual[i].Suspects);
            Assert.Equal(expected[i].Incident, actual[i].Incident);
            Assert.Equal(expected[i].Probability ?? -1, actual[i].Probability ?? -1, 1e-12);
        }
    }

    public static void Same<T>(IReadOnlyDictionary<string, T> expected, IReadOnlyDictionary<string, T> actual) =>
        Assert.Equal(expected.OrderBy(e => e.Key, StringComparer.Ordinal), actual.OrderBy(e => e.Key, StringComparer.Ordinal));
}
