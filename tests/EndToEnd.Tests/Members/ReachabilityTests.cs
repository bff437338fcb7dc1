using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using FailureHistory.EndToEnd.Tests.Members.Harness;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.EndToEnd.Tests.Members;

/// <summary>Members watch each other: <c>akka.reachability</c>, out of the box (R3.4).</summary>
[Collection(BareClusterTests.Name)]
[Trait("Rule", "R3.4")]
public sealed class ReachabilityTests(Ring3 three, ITestOutputHelper output) : IAsyncLifetime
{
    private const string Detector = "akka.reachability";
    private static readonly TimeSpan FailedBound = TimeSpan.FromSeconds(5); // issue 3, what it must show, 5
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    private readonly MemberRing ring = three.Ring;

    public Task InitializeAsync() => three.Whole();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Every_member_is_a_node_that_joined_and_the_detector_is_registered_for_them_alone()
    {
        foreach (var member in ring.Members)
        {
            foreach (var watched in ring.Members)
            {
                await Status(member, watched, "up", Bound);
                var state = (await member.Http.State(watched.Name)).Ok();
                Assert.Equal(watched.Id, (string?)state["node"]["hardware"]);
            }

            var detector = (await member.Http.Get("/v1/detectors/" + Detector)).Ok();
            Assert.Equal(90, (double)detector["accuracy"]);
            Assert.True((bool)detector["explicit"]);
            Assert.Equal(ring.Members.Select(m => m.Name).Order(StringComparer.Ordinal), detector["scope"].AsArray().Select(n => (string?)n));
        }

        await ring[0].Http.ReportSurely(new { node = "no-member", kind = "join" });
        var other = (await ring[1].Http.State("no-member", "majority")).Ok();
        Assert.DoesNotContain(other["verdicts"].AsArray(), v => (string?)v!["detector"] == Detector);
    }

    [Fact]
    public async Task The_leader_killed_fails_within_5_s_and_is_recovered_when_it_is_back_and_one_that_was_stopped_has_left()
    {
        var (killed, stopped) = (Leader(), ring.Members.Last(m => m != Leader()));
        var before = new Dictionary<MemberProcess, int>();
        foreach (var member in ring.Members)
        {
            await Status(ring[0], member, "up", Bound);
            before[member] = (await Events(member)).Count;
        }

        var begun = Stopwatch.GetTimestamp();
        await killed.Kill();
        foreach (var member in ring.Running)
        {
            await Status(member, killed, "failed", FailedBound - Stopwatch.GetElapsedTime(begun));
        }

        output.WriteLine($"failed after {Stopwatch.GetElapsedTime(begun).TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture)} s");
        await Back(killed);
        await stopped.Stop();
        foreach (var member in ring.Running)
        {
            await Status(member, stopped, "left", Bound);
        }

        await Back(stopped);

        // One report for each event, whoever led.
        Assert.Equal(["failure", "join"], await Kinds(killed));
        Assert.Equal(["leave", "join"], await Kinds(stopped));
        Assert.Empty(await Kinds(ring.Members.Single(m => m != killed && m != stopped)));
        var failed = (await stopped.Http.History(killed.Name, "majority")).Ok()["periods"].AsArray().TakeLast(2).ToList();
        Assert.Equal([1.0, 0.0], failed.Select(p => (double)p!["probability"]!));
        Assert.Equal(Detector, (string?)Assert.Single(failed[0]!["suspects"]!.AsArray())!["detector"]);
        var left = (await killed.Http.History(stopped.Name, "majority")).Ok()["periods"].AsArray().TakeLast(2).ToList();
        Assert.Equal([true, false], left.Select(p => (bool)p!["planned"]!));
        Assert.All(left, p => Assert.Equal(0, (double)p!["probability"]!));

        async Task<IReadOnlyList<string?>> Kinds(MemberProcess of)
        {
            var events = (await Events(of)).Skip(before[of]).ToList();
            Assert.All(events, e => Assert.Equal((Detector, of.Id), ((string?)e["detector"], (string?)e["hardware"])));
            Assert.All(events, e => Assert.StartsWith(of.Id + "/", (string)e["id"]!, StringComparison.Ordinal));
            return [.. events.Select(e => (string?)e["kind"])];
        }
    }

    private async Task Back(MemberProcess member)
    {
        await ring.Removed(member);
        await member.StartReady();
        await ring.Ready(3);
        foreach (var at in ring.Members)
        {
            await Status(at, member, "up", Bound);
        }
    }

    // The leader is the lowest address; all hosts are the same here.
    private MemberProcess Leader() => ring.Members.MinBy(m => m.Port)!;

    private async Task<IReadOnlyList<JsonNode>> Events(MemberProcess of) =>
        [.. (await ring.Running.First().Http.Observations(of.Name, "majority")).Ok()["observations"].AsArray().Select(o => o!)];

    private Task Status(MemberProcess at, MemberProcess of, string status, TimeSpan bound) =>
        Wait.Until($"{of.Name} to be {status} at {at.Name}", bound, async () =>
        {
            var state = await at.Http.State(of.Name);
            return state.IsOk && (string?)state["status"] == status ? null : state.ToString();
        }, () => ring.Logs);
}
