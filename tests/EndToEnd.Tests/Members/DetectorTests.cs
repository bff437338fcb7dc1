using System.Text.Json.Nodes;
using FailureHistory.EndToEnd.Tests.Members.Harness;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Members;

/// <summary>What detectors and nodes can say beside "failed": nothing for too long, gone as planned, and two machines of one address.</summary>
[Collection(BareClusterTests.Name)]
public sealed class DetectorTests(Ring3 three) : IAsyncLifetime
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(10);

    // R3.1 and DESIGN D8: heard of by all within max(1 s, ttl/10) and a round of gossip (1 s); the rest is room for a busy machine.
    private static readonly TimeSpan SpreadBound = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan StaleBound = Ttl + TimeSpan.FromSeconds(5);

    private readonly MemberRing ring = three.Ring;
    private readonly string run = $"t{Random.Shared.Next():x}";

    public Task InitializeAsync() => three.Whole();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    [Trait("Rule", "R3.1")]
    public async Task A_detector_not_heard_within_its_ttl_is_stale_and_in_neither_sum_until_a_heartbeat_at_any_member()
    {
        var (silent, steady, never, node) = ($"{run}-silent", $"{run}-steady", $"{run}-never", $"{run}-1");
        await Register(silent, new { accuracy = 60, scope = new[] { run + "-*" }, ttl = $"{Ttl.TotalSeconds}s" });
        await Register(never, new { accuracy = 10, scope = new[] { run + "-*" }, ttl = "10m" });
        await Register(steady, new { accuracy = 40, scope = new[] { run + "-*" } });
        await ring[0].Http.ReportSurely(new { node, detector = silent, kind = "failure" });
        await Task.WhenAll(ring.Members.Select(async member =>
        {
            await Probability(member, node, 0.6, [silent, steady], SpreadBound);
            await Stale(member, silent, false, SpreadBound);
            await Stale(member, never, true, SpreadBound); // it has a ttl and was never heard from
        }));

        foreach (var member in ring.Members)
        {
            await Stale(member, silent, true, StaleBound);
            await Probability(member, node, 0, [steady], SpreadBound);
            Assert.Equal("up", (string?)(await member.Http.State(node)).Ok()["status"]);
        }

        Assert.True((await ring[1].Http.Send(HttpMethod.Post, $"/v1/detectors/{silent}/heartbeat")).IsOk);
        await Task.WhenAll(ring.Members.Select(async member =>
        {
            await Probability(member, node, 0.6, [silent, steady], SpreadBound);
            await Stale(member, silent, false, SpreadBound);
        }));

        // What was stored is not touched by any of that: one failure, one open period, of 60 among the 100 that watched then.
        var period = Assert.Single((await ring[2].Http.History(node, "majority")).Ok()["periods"].AsArray())!;
        Assert.Equal(silent, (string?)Assert.Single(period["suspects"]!.AsArray())!["detector"]);
        Assert.Null(period["to"]);
    }

    [Fact]
    [Trait("Rule", "R2.1")]
    public async Task Between_a_planned_leave_and_the_next_join_failures_are_stored_and_do_not_count()
    {
        var (node, detector) = ($"{run}-1", $"{run}-ping");
        await Register(detector, new { accuracy = 80, scope = new[] { run + "-*" } });
        await ring[0].Http.ReportSurely(new { node, kind = "join" });
        await ring[1].Http.ReportSurely(new { node, kind = "leave", reason = "new disk" });
        await ring[2].Http.ReportSurely(new { node, kind = "failure", detector });
        foreach (var member in ring.Members)
        {
            var state = (await member.Http.State(node, "majority")).Ok();
            Assert.Equal(("left", 0.0), ((string?)state["status"], (double)state["probability"]));
            Assert.False((bool)Assert.Single(state["verdicts"].AsArray())!["suspects"]!);
        }

        Assert.Equal([(false, 0.0), (true, 0.0)], await Periods(node));
        await ring[0].Http.ReportSurely(new { node, kind = "join" });
        Assert.Equal("up", (string?)(await ring[2].Http.State(node, "majority")).Ok()["status"]);
        await ring[1].Http.ReportSurely(new { node, kind = "failure", detector, id = "after" });
        Assert.Equal("failed", (string?)(await ring[0].Http.State(node, "majority")).Ok()["status"]);
        Assert.Equal([(false, 0.0), (true, 0.0), (false, 0.0), (false, 1.0)], await Periods(node));
        var kinds = (await ring[1].Http.Observations(node, "majority")).Ok()["observations"].AsArray().Select(o => (string?)o!["kind"]);
        Assert.Equal(["join", "leave", "failure", "join", "failure"], kinds);
    }

    [Fact]
    [Trait("Rule", "R1.8")]
    public async Task Two_nodes_that_come_up_by_turns_under_one_address_are_shown_as_a_clash_and_keep_histories_of_their_own()
    {
        var (one, other, hardware) = ($"{run}-1", $"{run}-2", $"clash-{run}");
        await ring[0].Http.ReportSurely(new { node = one, kind = "join", hardware });
        await ring[1].Http.ReportSurely(new { node = other, kind = "join", hardware });
        Assert.All(await Incarnations(other), i => Assert.False((bool)i!["clash"]!)); // so far a machine that moved (R1.5)
        await ring[2].Http.ReportSurely(new { node = one, kind = "join", hardware });
        await ring[0].Http.ReportSurely(new { node = other, kind = "failure", detector = run });
        foreach (var node in new[] { one, other })
        {
            var incarnation = Assert.Single(await Incarnations(node))!;
            Assert.Equal((node, hardware, true), ((string?)incarnation["name"], (string?)incarnation["hardware"], (bool)incarnation["clash"]!));
        }

        Assert.Equal("failed", (string?)(await ring[1].Http.State(other, "majority")).Ok()["status"]);
        Assert.NotEqual("failed", (string?)(await ring[1].Http.State(one, "majority")).Ok()["status"]);

        // An address that says nothing is none: these two have nothing to do with each other (R1.8).
        foreach (var node in new[] { $"{run}-3", $"{run}-4", $"{run}-3" })
        {
            await ring[0].Http.ReportSurely(new { node, kind = "join", hardware = "To Be Filled By O.E.M." });
        }

        var nameless = Assert.Single(await Incarnations($"{run}-3"))!;
        Assert.Null(nameless["hardware"]);
        Assert.False((bool)nameless["clash"]!);
    }

    private async Task<IEnumerable<(bool Planned, double Probability)>> Periods(string node) =>
        (await ring[1].Http.History(node, "majority")).Ok()["periods"].AsArray().Select(p => ((bool)p!["planned"]!, (double)p["probability"]!));

    private async Task<JsonArray> Incarnations(string node) => (await ring[2].Http.History(node, "majority")).Ok()["incarnations"].AsArray();

    private async Task Register(string id, object registration)
    {
        (await ring[0].Http.Put($"/v1/detectors/{id}", registration)).Ok();
        foreach (var member in ring.Members)
        {
            await Wait.Until($"{member.Name} to know {id}", SpreadBound, async () => await member.Http.Get($"/v1/detectors/{id}") is { IsOk: true } ? null : "it does not");
        }
    }

    private static Task Stale(MemberProcess at, string detector, bool stale, TimeSpan bound) =>
        Wait.Until($"{detector} {(stale ? "" : "not ")}to be stale at {at.Name}", bound, async () =>
        {
            var all = (await at.Http.Get("/v1/detectors")).Ok()["detectors"].AsArray();
            var one = all.Single(d => (string?)d!["id"] == detector)!;
            return (bool)one["stale"]! == stale ? null : one.ToJsonString();
        });

    private static Task Probability(MemberProcess at, string node, double probability, string[] detectors, TimeSpan bound) =>
        Wait.Until($"P of {node} to be {probability} by {string.Join(" and ", detectors)} at {at.Name}", bound, async () =>
        {
            var state = (await at.Http.State(node)).Ok();
            var asked = state["verdicts"].AsArray().Select(v => (string?)v!["detector"]);
            return Math.Abs((double)state["probability"] - probability) < 1e-9 && asked.SequenceEqual(detectors) ? null : state.ToString();
        });
}
