using FailureHistory.Messages;
using Xunit;

namespace FailureHistory.Cluster.Tests;

/// <summary>What is far larger than a message: remoting drops what exceeds its frame without a word, so every page must stay under 64 kB (DESIGN D7).</summary>
public sealed class LargeTests
{
    [Fact]
    public async Task A_history_of_100_000_observations_is_written_in_batches_of_10_000_read_in_pages_and_fetched_by_new_members_R6_2_R6_8_R9_4()
    {
        const int total = 100_000;
        await using var cluster = new TestCluster();
        await cluster.StartAndWait(2);
        for (var batch = 0; batch < 10; batch++)
        {
            // A failure, then its end, by turns: every observation opens a period.
            var reports = Enumerable.Range(batch * 10_000, 10_000)
                .Select(i => i % 2 == 0 ? Reports.Failure("busy", $"f{i:000000}") : Reports.Alive("busy", $"a{i:000000}"))
                .ToArray();
            var recorded = await cluster[batch % 2].Report(reports);
            Assert.Equal((10_000, 0), (recorded.Accepted, recorded.Retry.Count));
        }

        cluster.Start("c");
        await cluster.Ready(3);
        var late = cluster[2];
        Assert.Equal(total, await ReadObservations(late, Consistency.One));
        Assert.Equal(total, await ReadObservations(cluster[0], Consistency.Majority));
        Assert.Equal(total, await ReadPeriods(late));
    }

    private static async Task<int> ReadObservations(TestMember member, Consistency consistency)
    {
        var ids = new HashSet<string>();
        string? cursor = null;
        var last = default(FailureHistory.Core.Time.Stamp);
        do
        {
            var page = await member.Ask<NodeObservations>(new GetObservations("busy", Limit: 10_000, Cursor: cursor, Consistency: consistency));
            foreach (var observation in page.Observations)
            {
                Assert.True(ids.Add(observation.Id), $"{observation.Id} is on two pages");
                Assert.True(observation.At > last, $"{observation.Id} at {observation.At} comes after {last}");
                last = observation.At;
            }

            cursor = page.Next;
        }
        while (cursor is not null);
        return ids.Count;
    }

    private static async Task<int> ReadPeriods(TestMember member)
    {
        var periods = new List<PeriodInfo>();
        string? cursor = null;
        do
        {
            var page = await member.Ask<NodeHistory>(new GetHistory("busy", Limit: 10_000, Cursor: cursor));
            periods.AddRange(page.Periods);
            cursor = page.Next;
        }
        while (cursor is not null);
        for (var i = 1; i < periods.Count; i++)
        {
            Assert.Equal(periods[i - 1].To, periods[i].From); // neither gap nor overlap over the pages, R4.4
        }

        return periods.Count;
    }
}
