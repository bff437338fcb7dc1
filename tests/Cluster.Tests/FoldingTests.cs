using FailureHistory.Core.Time;
using FailureHistory.Messages;
using Xunit;

namespace FailureHistory.Cluster.Tests;

/// <summary>Folding (R10.3) by three members with real remoting: a node that failed 60 times in ten days, told of by a trace.</summary>
public sealed class FoldingTests
{
    private const int Failures = 60;

    [Fact]
    public async Task Old_periods_are_folded_and_archived_reliability_keeps_its_numbers_and_a_member_that_was_away_folds_too_R10_3()
    {
        var archive = Directory.CreateTempSubdirectory("fh-archive-");
        try
        {
            await using var cluster = new TestCluster(
                $"failure-history {{ full-detail = 1d, fold-interval = 5s, archive = \"{archive.FullName}\", replace-after = 10m }}");
            await cluster.StartAndWait(3);
            await cluster[0].Ask<DetectorInfo>(new RegisterDetector("trace", 100, ["*"], null, true, null));
            var start = DateTimeOffset.UtcNow.AddDays(-12);
            ReportedObservation At(double hours, string kind, string id) =>
                new() { Node = "n", Kind = kind, Id = id, Detector = "trace", At = Stamp.From(start.AddHours(hours)) };
            var reports = Enumerable.Range(0, Failures).SelectMany(i => new[] { At(i * 4, "failure", $"f{i}"), At((i * 4) + 1, "join", $"j{i}") }).ToArray();
            Assert.Equal(2 * Failures, (await cluster[0].Report(reports)).Accepted);
            var before = await cluster[0].Ask<NodeReliability>(new GetReliability("n", TimeSpan.FromDays(30), Consistency.Majority));
            var whole = await cluster[0].Ask<NodeHistory>(new GetHistory("n", Consistency: Consistency.Majority));
            Assert.Equal((Failures, null), (before.Failures, whole.FoldedUntil));
            var folder = cluster.FolderOf("c");
            await cluster.Stop(cluster[2]);

            await Folded(cluster[0]);
            await Folded(cluster[1]);
            cluster.Start("c", folder: folder);
            await cluster.Ready(3);
            await Folded(cluster[2]);

            foreach (var member in cluster.Members)
            {
                var after = await member.Ask<NodeReliability>(new GetReliability("n", TimeSpan.FromDays(30), Consistency.Majority));
                Assert.Equal(
                    (before.Failures, before.Failed, before.Mttr, before.LastFailure, before.Flapping, before.Unknown),
                    (after.Failures, after.Failed, after.Mttr, after.LastFailure, after.Flapping, after.Unknown));
                Assert.Equal(after.To - Stamp.From(start), after.Observed);
                var history = await member.Ask<NodeHistory>(new GetHistory("n", Consistency: Consistency.Majority));
                Assert.Equal(history.FoldedUntil, history.Periods[0].From);
                Assert.Equal(whole.Periods.Where(p => p.From > history.FoldedUntil).Select(p => (p.From, p.Probability)), history.Periods.Skip(1).Select(p => (p.From, p.Probability)));
                Assert.Equal(whole.Incarnations, history.Incarnations);
            }

            // What is gone is in the archive, and what is left is not.
            var left = (await cluster[1].Ask<NodeObservations>(new GetObservations("n", Consistency: Consistency.Majority))).Observations.Select(o => o.Id).ToHashSet();
            var rows = Directory.GetFiles(archive.FullName, "segment-*.csv").SelectMany(File.ReadLines).ToList();
            Assert.StartsWith("at,node,hardware,detector,kind,reason,id,name,labels,receivedAt,accuracy,total", rows[0], StringComparison.Ordinal);
            var archived = rows.Where(r => r.Contains(",n,", StringComparison.Ordinal)).Select(r => r.Split(',')[6]).ToHashSet();
            Assert.Equal(reports.Select(r => r.Id!).Order(), left.Concat(archived).Distinct().Order());
            Assert.Empty(left.Intersect(archived));
            Assert.True(left.Count < Failures / 2, $"expected most to be dropped; {left.Count} are left");

            // What comes late is told so, by name, and not to be sent again.
            var late = await cluster[2].Report(At(5.5, "failure", "late"), At(24 * 11.9, "join", "later"));
            Assert.Equal((1, 0), (late.Accepted, late.Retry.Count));
            Assert.StartsWith("folded: ", Assert.Single(late.Rejected).Error, StringComparison.Ordinal);

            // A removal takes the fold with it.
            await cluster[0].Ask<HistoryRemoved>(new RemoveHistory("n", null, false));
            Assert.Equal(1, (await cluster[0].Report(At(5.5, "failure", "anew"))).Accepted);
            Assert.Null((await cluster[0].Ask<NodeHistory>(new GetHistory("n", Consistency: Consistency.Majority))).FoldedUntil);
        }
        finally
        {
            archive.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Where_the_archive_can_t_be_written_nothing_is_folded_R10_3()
    {
        var file = Path.GetTempFileName(); // no folder
        try
        {
            await using var cluster = new TestCluster($"failure-history {{ full-detail = 1d, fold-interval = 2s, archive = \"{file}\" }}");
            await cluster.StartAndWait(1);
            await cluster[0].Ask<DetectorInfo>(new RegisterDetector("trace", 100, ["*"], null, true, null));
            var start = DateTimeOffset.UtcNow.AddDays(-12);
            var reports = Enumerable.Range(0, 40).Select(i => new ReportedObservation
            {
                Node = "n", Kind = i % 2 == 0 ? "failure" : "join", Id = $"{i}", Detector = "trace", At = Stamp.From(start.AddHours(i)),
            });
            Assert.Equal(40, (await cluster[0].Report([.. reports])).Accepted);

            await TestCluster.Until("a warning that the archive can't be written", () =>
            {
                var lines = MemberLogFile.Last(400);
                return Task.FromResult((lines.Contains(file, StringComparison.Ordinal), lines));
            });

            Assert.Null((await cluster[0].Ask<NodeHistory>(new GetHistory("n"))).FoldedUntil);
            Assert.Equal(40, (await cluster[0].Ask<NodeObservations>(new GetObservations("n"))).Observations.Count);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static Task Folded(TestMember member) => TestCluster.Until($"the history to be folded at {member.Name}", async () =>
    {
        var reply = await member.AskAny(new GetHistory("n"));
        return (reply is NodeHistory { FoldedUntil: not null }, reply.ToString()!);
    });
}
