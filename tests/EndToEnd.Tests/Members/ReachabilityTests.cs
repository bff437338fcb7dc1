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
public sealed class ReachabilityTests(Ring3 three, ITestOutputHelper output)
{
    private const string Detector = "akka.reachability";
    private static readonly TimeSpan FailedBound = TimeSpan.FromSeconds(5); // issue 3, what it must show, 5
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    private readonly MemberRing ring = three.Ring;

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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_killed_member_fails_within_5_s_and_is_recovered_when_it_is_back_and_a_stopped_one_has_left(bool leads)
    {
        var victim = leads ? Leader() : ring.Members.Last(m => m != Leader());
        await Status(ring[0], victim, "up", Bound);
        var before = await Events(victim);

        var begun = Stopwatch.GetTimestamp();
        await victim.Kill();
        foreach (var member in ring.Running)
        {
            await Status(member, victim, "failed", FailedBound - Stopwatch.GetElapsedTime(begun));
        }

        output.WriteLine($"failed after {Stopwatch.GetElapsedTime(begun).TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture)} s");
        await victim.StartReady();
        foreach (var member in ring.Members)
        {
            await Status(member, victim, "up", Bound);
        }

        await victim.Stop();
        foreach (var member in ring.Running)
        {
            await Status(member, victim, "left", Bound);
        }

        await victim.StartReady();
        foreach (var member in ring.Members)
        {
            await Status(member, victim, "up", Bound);
        }

        // One report for each event, whoever led: the failure, the new start, the stop, the start.
        var events = (await Events(victim)).Skip(before.Count).ToList();
        Assert.Equal(["failure", "join", "leave", "join"], events.Select(e => (string?)e["kind"]));
        Assert.All(events, e => Assert.Equal((Detector, victim.Id), ((string?)e["detector"], (string?)e["hardware"])));
        Assert.All(events, e => Assert.StartsWith(victim.Id + "/", (string)e["id"]!, StringComparison.Ordinal));
        var periods = (await victim.Http.History(victim.Name, "majority")).Ok()["periods"].AsArray().TakeLast(4).ToList();
        Assert.Equal([1.0, 0.0, 0.0, 0.0], periods.Select(p => (double)p!["probability"]!));
        Assert.Equal([false, false, true, false], periods.Select(p => (bool)p!["planned"]!));
        Assert.Equal(Detector, (string?)Assert.Single(periods[0]!["suspects"]!.AsArray())!["detector"]);
        await ring.Ready(3);
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
