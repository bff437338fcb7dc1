using System.Diagnostics;
using FailureHistory.EndToEnd.Tests.Fhs;
using FailureHistory.EndToEnd.Tests.Lanl;
using FailureHistory.EndToEnd.Tests.Members.Harness;
using FailureHistory.Tests.Shared;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.EndToEnd.Tests.Members;

/// <summary>
/// What subscribers over HTTP are told by three members as processes (SPEC section 8): two of them publish nine batches of ten only, and the third
/// writes and answers but raises nothing, so that what is its to raise is always raised by another replica. Tests leave all three ready.
/// </summary>
[Collection(OwnMembersTests.Name)]
public sealed class NotificationTests(NotificationTests.ThreeMembers three, ITestOutputHelper output) : IClassFixture<NotificationTests.ThreeMembers>
{
    private readonly MemberRing ring = three.Ring;
    private readonly int seed = Random.Shared.Next();

    [Fact]
    [Trait("Rule", "R8.1")]
    [Trait("Rule", "R8.3")]
    [Trait("Rule", "R8.6")]
    public async Task Each_crossing_comes_once_to_each_subscriber_though_notices_are_lost_and_the_replica_that_should_raise_them_does_not_and_is_killed()
    {
        var script = new CrossingScript($"once{seed:x}", 60, seed);
        await Register(script);
        await using var high = new EventStream($"nodes={script.Glob}&above=0.9&below=0.3", ring[0]);
        await using var low = new EventStream($"nodes={string.Join(',', script.Nodes)}&above=0.4&below=0.1", ring[1]);
        await high.Synced();
        await low.Synced();
        try
        {
            for (var i = 0; i < 20; i++)
            {
                if (i == 10)
                {
                    await ring[2].Kill();
                }

                await Report(ring[i % 2], script);
            }

            await Check(script, high, 0.9, 0.3);
            await Check(script, low, 0.4, 0.1);
        }
        finally
        {
            await ring[2].StartReady();
        }

        await ring.Ready(3);
    }

    [Fact]
    [Trait("Rule", "R8.3")]
    public async Task A_subscriber_whose_connection_breaks_or_whose_member_is_killed_comes_back_and_has_seen_each_crossing_once()
    {
        var script = new CrossingScript($"away{seed:x}", 40, seed);
        await Register(script);
        await using var stream = new EventStream($"nodes={script.Glob}&above=0.5", ring[2], ring[0], ring[1]);
        await stream.Synced();
        try
        {
            for (var i = 0; i < 18; i++)
            {
                switch (i)
                {
                    case 4 or 12:
                        await stream.StayAway();
                        break;
                    case 7 or 15:
                        stream.ComeBack();
                        break;
                    case 9:
                        await ring[2].Kill(); // where it may be connected
                        break;
                }

                await Report(ring[i % 2], script);
            }

            await Check(script, stream, 0.5, 0.5);
        }
        finally
        {
            await ring[2].StartReady();
        }

        await ring.Ready(3);
    }

    [Fact]
    [Trait("Rule", "R8.3")]
    public async Task A_subscriber_that_comes_back_right_after_a_node_crossed_to_and_fro_is_told_of_neither_again()
    {
        var node = $"fro{seed:x}";
        await using var stream = new EventStream($"nodes={node}*&above=0.5", ring[1], ring[0]);
        await stream.Synced();
        await ring[0].Http.ReportSurely(new { id = "1", node, detector = "fro", kind = "failure" });
        await stream.Crossing("up", c => c.IsUp);
        await ring[0].Http.ReportSurely(new { id = "2", node, detector = "fro", kind = "alive" });
        await stream.Crossing("down", c => !c.IsUp);

        await stream.StayAway();
        await ring[0].Http.ReportSurely(new { id = "3", node, detector = "fro", kind = "failure" });
        stream.ComeBack();
        await stream.Synced(2);
        await stream.Crossing("up again", c => c.IsUp && (string)c.Data["observation"]! == "3");

        Assert.Equal(["1", "2", "3"], stream.Crossings.Select(c => (string)c.Data["observation"]!));
    }

    [Fact]
    [Trait("Rule", "R8.3")]
    public async Task One_that_was_away_too_long_is_told_of_the_gap_and_of_the_present_and_a_wrong_id_is_refused()
    {
        var node = $"gap{seed:x}";
        await ring[0].Http.ReportSurely(new { id = "1", node, detector = "gaps", kind = "failure" });
        await using var stream = new EventStream($"nodes={node}&above=0.5&lastEventId=0000000000000001-0123456789abcdef", ring[1]);
        await stream.Synced();
        Assert.Equal(["gap", "crossing", "synced"], stream.Events.Select(e => e.Kind));
        Assert.False((bool)stream.Events[0].Data["ended"]!);
        Assert.Equal((node, true), (stream.Crossings[0].Node, stream.Crossings[0].IsUp));

        var wrong = await ring[1].Http.Get("/v1/notifications?above=0.5&lastEventId=nonsense");
        Assert.Equal((400, true), (wrong.Status, wrong.ToString().Contains("nonsense", StringComparison.Ordinal)));
    }

    [Fact]
    [Trait("Rule", "R8.2")]
    public async Task Importing_a_whole_trace_tells_a_subscriber_on_everything_of_no_old_crossing()
    {
        await using var stream = new EventStream("above=0.5", ring[1]);
        await stream.Synced();
        var trace = SharedData.LanlCsv ?? Path.Combine(AppContext.BaseDirectory, "Lanl", "made-up.csv");
        var imported = await FhsRun.RunAsync("import", trace, "--format", "lanl", "--url", ring[0].Http.Url);
        Assert.Equal(0, imported.ExitCode);

        // What was reported late is told when it has held for 10 s: what should not be told would be by then. The live crossing shows that telling works.
        await Task.Delay(TimeSpan.FromSeconds(12)); // that nothing comes can only be seen by waiting
        await ring[0].Http.ReportSurely(new { id = "1", node = $"live{seed:x}", detector = "live", kind = "failure" });
        var live = await stream.Crossing("the live crossing", c => c.Node == $"live{seed:x}");
        Assert.True(live.IsUp);
        Assert.DoesNotContain(stream.Crossings, c => c.Node.StartsWith("lanl.", StringComparison.Ordinal));
        output.WriteLine($"{trace}: {stream.Crossings.Count} crossings told in all, none of the trace");
    }

    [Fact]
    [Trait("Rule", "R3.4")]
    public async Task A_killed_member_is_told_as_failed_within_5_s_and_as_recovered_when_it_is_back_and_a_stopped_one_is_not()
    {
        await using var stream = new EventStream($"nodes={ring[2].Name}&above=0.5", ring[1]);
        await stream.Synced();
        var seen = stream.Crossings.Count;
        var killed = Stopwatch.GetTimestamp();
        await ring[2].Kill();
        try
        {
            var failed = await stream.Crossing("the member that was killed", c => c.IsUp && c.At > killed);
            var took = Stopwatch.GetElapsedTime(killed, failed.At);
            output.WriteLine($"from SIGKILL to the subscriber: {took.TotalSeconds:0.00} s");
            Assert.True(took <= TimeSpan.FromSeconds(5), $"expected the subscriber to be told within 5 s of the SIGKILL; it took {took.TotalSeconds:0.00} s\n{ring.Logs}");
            await ring.Removed(ring[2]);
        }
        finally
        {
            await ring[2].StartReady();
        }

        await stream.Crossing("its recovery", c => !c.IsUp && c.At > killed);
        await ring.Ready(3);
        await ring[2].Stop();
        await Wait.Until("the stopped member to be left", TimeSpan.FromSeconds(10), async () =>
            await ring[0].Http.State(ring[2].Name) is { IsOk: true } state && (string)state["status"]! == "left" ? null : (await ring[0].Http.State(ring[2].Name)).ToString());
        await ring[2].StartReady();
        await ring.Ready(3);
        Assert.Equal([true, false], stream.Crossings.Skip(seen).Select(c => c.IsUp)); // killed and recovered, and nothing for the stop
    }

    private async Task Register(CrossingScript script)
    {
        output.WriteLine($"seed {script.Seed}");
        foreach (var (id, accuracy) in script.Detectors)
        {
            (await ring[0].Http.Put($"/v1/detectors/{id}", new { accuracy, scope = new[] { script.Glob } })).Ok();
        }

        foreach (var member in ring.Running)
        {
            await Wait.Until($"{member.Name} to know the detectors", TimeSpan.FromSeconds(15), async () =>
                (await Task.WhenAll(script.Detectors.Select(d => member.Http.Get($"/v1/detectors/{d.Id}")))).All(r => r.IsOk) ? null : "it does not");
        }
    }

    private static async Task Report(MemberProcess member, CrossingScript script) => await member.Http.ReportSurely(
        [.. script.Next().Select(t => new { id = t.Id, node = t.Node, detector = t.Detector, kind = t.Fails ? "failure" : "alive" })]);

    private async Task Check(CrossingScript script, EventStream stream, double above, double below)
    {
        await Wait.Until("all crossings to be told", TimeSpan.FromSeconds(30), () => Task.FromResult(Difference()), () => ring.Logs);
        await Task.Delay(TimeSpan.FromSeconds(3)); // that nothing more comes can only be seen by waiting: longer than numbers take to be compared
        Assert.Null(Difference());
        Assert.DoesNotContain(stream.Events, e => e.Kind == "gap");
        Assert.Equal(stream.Crossings.Count, stream.Crossings.Select(c => (string)c.Data["id"]!).Distinct().Count());
        Assert.True(stream.Crossings.Count > 20, $"expected a script with more to tell than {stream.Crossings.Count} crossings");
        output.WriteLine($"above {above}, below {below}: {stream.Crossings.Count} crossings, each once");

        string? Difference() => script.Difference(above, below, stream.Crossings.Select(c => (c.Node, c.IsUp, (string)c.Data["observation"]!)));
    }

    /// <summary>The members.</summary>
    public sealed class ThreeMembers : IAsyncLifetime
    {
        private const string Drop = "--notifications.drop-one-in";

        internal MemberRing Ring { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Ring = new MemberRing();
            Ring.Add(Drop, "10").Start();
            Ring.Add(Drop, "10").Start();
            Ring.Add(Drop, "10", "--notifications.never-raise", "on").Start();
            await Ring.Ready(3);
        }

        public async Task DisposeAsync() => await Ring.DisposeAsync();
    }
}
