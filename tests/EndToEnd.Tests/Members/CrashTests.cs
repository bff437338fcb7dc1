using System.Collections.Concurrent;
using FailureHistory.EndToEnd.Tests.Members.Harness;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.EndToEnd.Tests.Members;

/// <summary>Members killed with SIGKILL, one and all of them (R9.3, R9.4, R9.9).</summary>
[Collection(SharedClusterTests.Name)]
public sealed class CrashTests(Cluster3 cluster, ITestOutputHelper output)
{
    private static readonly TimeSpan AnswerBound = TimeSpan.FromSeconds(2);
    private static readonly ParallelOptions AtOnce = new() { MaxDegreeOfParallelism = 6 };

    [Fact]
    [Trait("Rule", "R6.4")]
    public async Task With_a_member_killed_every_history_reads_right_at_once_and_soon_from_its_own_copy_again()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var sample = cluster.Trace.Outages.Keys.Order(StringComparer.Ordinal).OrderBy(_ => random.Next()).Take(300).ToList();
        var dead = cluster.Ring[2];
        await dead.Kill();
        try
        {
            foreach (var member in cluster.Ring.Running)
            {
                await Reads(member, sample, "majority");
                await Reads(member, cluster.Trace.Outages.Keys, "one");
            }
        }
        finally
        {
            await dead.StartReady();
        }

        await Reads(dead, cluster.Trace.Outages.Keys, "one");
        await AnswersItself(dead, cluster.Trace.Outages.Keys);
        await Reads(dead, sample, "majority");
        await cluster.Ring.Ready(3);
    }

    [Fact]
    [Trait("Rule", "R9.3")]
    public async Task All_three_killed_in_the_middle_of_an_import_keep_everything_that_was_acknowledged()
    {
        var burst = new Burst(cluster.Ring);
        try
        {
            await burst.More(4_000);
            await Task.WhenAll(cluster.Ring.Members.Select(member => member.Kill()));
        }
        finally
        {
            await burst.End();
        }

        output.WriteLine($"{burst.Acknowledged} observations were acknowledged when all were killed");
        await RestartAll();
        await burst.NothingIsLost();
        foreach (var member in cluster.Ring.Members)
        {
            await Reads(member, cluster.Trace.Outages.Keys.Where((_, i) => i % 20 == 0), "majority");
        }
    }

    [Fact]
    [Trait("Rule", "R9.9")]
    public async Task Started_alone_after_a_power_cut_a_member_refuses_reports_and_owns_up_to_what_it_may_lack()
    {
        var node = cluster.Trace.Outages.MaxBy(pair => pair.Value.Count).Key;
        await Task.WhenAll(cluster.Ring.Members.Select(member => member.Kill()));
        var lone = cluster.Ring[0];
        try
        {
            lone.Start();
            await Wait.Until("the lone member to say that it has no majority", TimeSpan.FromSeconds(40), async () =>
            {
                var readiness = await lone.Http.Get("/readyz");
                return readiness.Status == 503 && (string?)readiness["status"] == "no-majority" ? null : readiness.ToString();
            }, () => lone.Log);

            var ready = await lone.Http.Get("/readyz");
            var waitsFor = string.Join('\n', ready["waitsFor"].AsArray().Select(line => (string)line!));
            Assert.Contains(cluster.Ring[1].Id, waitsFor, StringComparison.Ordinal);
            Assert.Contains(cluster.Ring[2].Id, waitsFor, StringComparison.Ordinal);
            Assert.Contains("fhs ring remove", waitsFor, StringComparison.Ordinal);

            var report = await lone.Http.Report(new { node = "alone-1", detector = "alone", kind = "failure" }, new { node = "alone-2", detector = "alone", kind = "failure" });
            Assert.Equal(503, report.Status);
            Assert.NotNull(report.RetryAfter);
            Assert.Equal([0, 1], report["retry"].AsArray().Select(i => (int)i!));

            Assert.Equal(503, (await lone.Http.State(node, "majority")).Status);
            var history = (await lone.Http.History(node)).Ok();
            Assert.False((bool)history["complete"], $"expected an answer marked incomplete; came {history["complete"]} of {history["answeredBy"]}");
            Assert.True(TraceCheck.PeriodsFault(history, node, cluster.Trace) is null, TraceCheck.PeriodsFault(history, node, cluster.Trace));
            Assert.Equal(503, (await lone.Http.State("nobody-ever-heard-of-it")).Status);
        }
        finally
        {
            await RestartAll();
        }

        await lone.Http.ReportSurely(new { id = "1", node = "alone-1", detector = "alone", kind = "failure" });
        Assert.True((bool)(await lone.Http.History(node)).Ok()["complete"], "expected complete answers once all are back");
    }

    [Fact]
    [Trait("Rule", "R9.3")]
    public async Task A_member_whose_log_is_gone_counts_for_nothing_until_it_has_fetched_it_anew()
    {
        await LostLog.IsNoticed(cluster.Ring, member =>
        {
            foreach (var file in Directory.GetFiles(member.Folder, "log.db*"))
            {
                File.Delete(file);
            }

            return Task.CompletedTask;
        });
        await Reads(cluster.Ring[1], cluster.Trace.Outages.Keys.Where((_, i) => i % 20 == 0), "one");
    }

    private async Task RestartAll()
    {
        foreach (var member in cluster.Ring.Members.Where(member => !member.IsRunning))
        {
            member.Start();
        }

        await cluster.Ring.Ready(3);
    }

    /// <summary>Another copy may be quicker, and is asked after a moment, as long as the member has only just started.</summary>
    private static Task AnswersItself(MemberProcess member, IEnumerable<string> nodes) =>
        Parallel.ForEachAsync(nodes, AtOnce, async (node, _) =>
            await Wait.Until($"{member.Name} to answer from its own copy of {node}", TimeSpan.FromSeconds(30), async () =>
            {
                var by = (string?)(await member.Http.History(node, "one")).Ok()["answeredBy"];
                return by == member.Name ? null : $"answered by {by}";
            }, () => member.Log));

    private async Task Reads(MemberProcess member, IEnumerable<string> nodes, string consistency)
    {
        var faults = new ConcurrentQueue<string>();
        var slowest = TimeSpan.Zero;
        await Parallel.ForEachAsync(nodes, AtOnce, async (node, _) =>
        {
            var history = await member.Http.History(node, consistency);
            if (TraceCheck.HistoryFault(history, node, cluster.Trace) is { } fault)
            {
                faults.Enqueue(fault);
            }

            lock (faults)
            {
                slowest = history.Took > slowest ? history.Took : slowest;
            }
        });
        output.WriteLine($"{member.Name}, {consistency}: slowest answer {slowest.TotalMilliseconds:0} ms");
        Assert.True(faults.IsEmpty, $"{member.Name}, {consistency}: {faults.Count} histories are wrong; the first: {string.Join("\n", faults.Take(5))}\n{cluster.Ring.Logs}");
        Assert.True(slowest <= AnswerBound, $"{member.Name}, {consistency}: expected every answer within {AnswerBound.TotalSeconds} s; the slowest took {slowest.TotalSeconds:0.0} s");
    }
}
