using System.Text.Json.Nodes;
using FailureHistory.EndToEnd.Tests.Members.Harness;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Members;

/// <summary>Who is who (R1.3–R1.8): reported at one member over HTTP, read at the others.</summary>
[Collection(SharedClusterTests.Name)]
public sealed class IdentityTests(Cluster3 cluster) : IAsyncLifetime
{
    private readonly string run = $"id{Random.Shared.Next():x8}";
    private int asked;

    private string Detector => "watcher." + run;

    // A detector that watches all of these nodes, so that P is a number from the first report on.
    public async Task InitializeAsync()
    {
        (await cluster.Ring[0].Http.Put($"/v1/detectors/{Detector}", new { accuracy = 80, scope = new[] { run + "-*" } })).Ok();
        foreach (var member in cluster.Ring.Members)
        {
            await Wait.Until($"{member.Name} to know {Detector}", TimeSpan.FromSeconds(15), async () =>
                (await member.Http.Get($"/v1/detectors/{Detector}")).IsOk ? null : "it does not");
        }
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    [Trait("Rule", "R1.3")]
    public async Task A_join_with_the_same_address_is_a_recovery_and_is_appended()
    {
        var (node, address) = (Node("same"), Address(1));
        await Join(node, address);
        await Fail(node, address, "disk");
        Assert.Equal(("failed", 1.0), await Status(node));
        await Join(node, address.ToUpperInvariant());

        Assert.Equal(("up", 0.0), await Status(node));
        var history = await History(node);
        Assert.Equal([$"{node} {address}"], Incarnations(history));
        Assert.Equal([0, 1, 0], history["periods"].AsArray().Select(p => (double)p!["probability"]!));
        Assert.Equal("disk", (string?)history["periods"][1]!["suspects"]![0]!["reason"]);
    }

    [Fact]
    [Trait("Rule", "R1.4")]
    public async Task A_join_with_another_address_starts_afresh_and_the_old_machine_is_found_by_its_address()
    {
        var (node, old, young) = (Node("taken"), Address(1), Address(2));
        await Join(node, old);
        await Fail(node, old, "old disk");
        await Join(node, young);

        var state = await State(node);
        Assert.Equal(("up", young), ((string?)state["status"], (string?)state["node"]["hardware"]));
        var history = await History(node);
        Assert.Equal([$"{node} {young}"], Incarnations(history));
        Assert.Equal([0], history["periods"].AsArray().Select(p => (double)p!["probability"]!));

        var before = await History("hw:" + old);
        Assert.Equal([$"{node} {old}"], Incarnations(before));
        Assert.Equal([0, 1], before["periods"].AsArray().Select(p => (double)p!["probability"]!));
        Assert.Equal((string?)history["incarnations"][0]!["from"], (string?)before["incarnations"][0]!["to"]);
        Assert.Equal(2, (await Observations("hw:" + old)).Count);
        Assert.Single(await Observations(node));
    }

    [Fact]
    [Trait("Rule", "R1.5")]
    public async Task A_machine_that_comes_back_under_a_new_id_has_one_history_by_new_id_address_and_old_id()
    {
        var (first, second, address) = (Node("first"), Node("second"), Address(1));
        await Join(first, address);
        await Fail(first, address, "moved while down");
        await Join(second, address);

        foreach (var name in new[] { second, "hw:" + address, first })
        {
            var history = await History(name);
            Assert.Equal([$"{first} {address}", $"{second} {address}"], Incarnations(history));
            Assert.Equal([0, 1, 0], history["periods"].AsArray().Select(p => (double)p!["probability"]!));
            Assert.Equal(second, (string?)history["node"]["name"]);
            Assert.Equal(("up", 0.0), await Status(name));
            Assert.Equal(3, (await Observations(name)).Count);
        }

        foreach (var name in new[] { second, "hw:" + address, first })
        {
            await AtEveryMemberSoon(name, history => Incarnations(history).Count == 2 && history["periods"].AsArray().Count == 3);
        }

        // Once another machine takes the old id, it answers for that one.
        var other = Address(2);
        await Join(first, other);
        Assert.Equal([$"{first} {other}"], Incarnations(await History(first)));
        Assert.Equal([$"{first} {address}", $"{second} {address}"], Incarnations(await History(second)));
    }

    [Fact]
    [Trait("Rule", "R1.5")]
    public async Task What_is_reported_under_the_new_id_is_seen_under_the_old_one()
    {
        var (first, second, address) = (Node("was"), Node("is"), Address(1));
        await Join(first, address);
        await Join(second, address);
        await Fail(second, null, "fan");

        foreach (var name in new[] { first, second, "hw:" + address })
        {
            var state = await State(name);
            Assert.Equal(("failed", second), ((string?)state["status"], (string?)state["node"]["name"]));
            Assert.Equal("fan", (string?)state["verdicts"].AsArray().Single(v => (string?)v!["detector"] == Detector)!["reason"]);
        }
    }

    [Fact]
    [Trait("Rule", "R1.7")]
    public async Task A_failure_that_names_another_address_never_changes_the_state_of_the_present_machine()
    {
        var (node, old, young) = (Node("stray"), Address(1), Address(2));
        await Join(node, old);
        await Join(node, young);
        await Fail(node, old, "late news of the old one");

        Assert.Equal(("up", 0.0), await Status(node));
        Assert.Equal(("failed", 1.0), await Status("hw:" + old));
        Assert.Single(await Observations(node));

        await Fail(node, null, "of whoever holds the id");
        Assert.Equal(("failed", 1.0), await Status(node));
        await Alive(node, old);
        Assert.Equal(("failed", 1.0), await Status(node));
        await Alive(node, null);
        Assert.Equal(("up", 0.0), await Status(node));
    }

    [Theory]
    [Trait("Rule", "R1.8")]
    [InlineData("00:00:00:00:00:00")]
    [InlineData("ff:ff:ff:ff:ff:ff")]
    [InlineData("None")]
    [InlineData("To Be Filled By O.E.M.")]
    [InlineData("Default string")]
    public async Task A_placeholder_counts_as_no_address_and_joins_nothing(string placeholder)
    {
        var (one, other, address) = (Node("one"), Node("other"), Address(1));
        await Join(one, placeholder);
        await Join(other, placeholder);
        await Fail(one, placeholder, "psu");

        Assert.Equal([$"{one} "], Incarnations(await History(one)));
        Assert.Equal([$"{other} "], Incarnations(await History(other)));
        Assert.Equal((("failed", 1.0), ("up", 0.0)), (await Status(one), await Status(other)));
        Assert.Null((string?)(await State(one)).Body["node"]!["hardware"]);

        // R1.7: an incarnation without an address takes the first one named.
        await Join(one, address);
        var history = await History(one);
        Assert.Equal([$"{one} {address}"], Incarnations(history));
        Assert.Equal([0, 1, 0], history["periods"].AsArray().Select(p => (double)p!["probability"]!));
    }

    [Fact]
    [Trait("Rule", "R1.8")]
    public async Task An_address_that_two_ids_use_by_turns_is_shown_as_a_clash_and_their_histories_stay_apart()
    {
        var (a, b, address) = (Node("clash-a"), Node("clash-b"), Address(1));
        await Join(a, address);
        await Fail(a, address, "of a");
        await Join(b, address);
        await Join(a, address);
        await Fail(b, address, "of b");

        foreach (var (node, periods) in new[] { (a, new double[] { 0, 1, 0 }), (b, [0, 1]) })
        {
            var history = await History(node);
            Assert.Equal([$"{node} {address} clash"], Incarnations(history));
            Assert.Equal(periods, history["periods"].AsArray().Select(p => (double)p!["probability"]!));
            await AtEveryMemberSoon(node, seen => Incarnations(seen) is [var only] && only.EndsWith("clash", StringComparison.Ordinal));
        }

        Assert.Equal((("up", 0.0), ("failed", 1.0)), (await Status(a), await Status(b)));
    }

    [Fact]
    [Trait("Rule", "R6.6")]
    public async Task Never_heard_of_and_never_failed_are_not_the_same()
    {
        var node = Node("sound");
        await Join(node, Address(1));

        foreach (var consistency in new[] { "one", "majority" })
        {
            Assert.Equal(404, (await cluster.Ring[1].Http.State(Node("nobody"), consistency)).Status);
            Assert.Equal(404, (await cluster.Ring[2].Http.State("hw:" + Address(9), consistency)).Status);
            Assert.Equal("up", (string?)(await cluster.Ring[2].Http.State(node, consistency)).Ok()["status"]);
        }
    }

    private string Node(string name) => $"{run}-{name}";

    private string Address(int number) => $"{run}:{number:x2}";

    // Each report at the next member in turn.
    private Task Report(object observation) => cluster.Ring[asked++ % 3].Http.ReportSurely(observation);

    private Task Join(string node, string hardware) => Report(new { id = $"{asked}", node, hardware, kind = "join" });

    private Task Fail(string node, string? hardware, string reason) => Report(new { id = $"{asked}", node, hardware, detector = Detector, kind = "failure", reason });

    private Task Alive(string node, string? hardware) => Report(new { id = $"{asked}", node, hardware, detector = Detector, kind = "alive" });

    private async Task<Reply> State(string node) => (await cluster.Ring[asked++ % 3].Http.State(node, "majority")).Ok();

    private async Task<(string? Status, double? Probability)> Status(string node)
    {
        var state = await State(node);
        return ((string?)state["status"], (double?)state.Body["probability"]);
    }

    private async Task<Reply> History(string node) => (await cluster.Ring[asked++ % 3].Http.History(node, "majority")).Ok();

    private async Task<JsonArray> Observations(string node) => (await cluster.Ring[asked++ % 3].Http.Observations(node, "majority")).Ok()["observations"].AsArray();

    // `one` may lag by the exchange interval (R6.5).
    private async Task AtEveryMemberSoon(string node, Func<Reply, bool> isRight)
    {
        foreach (var member in cluster.Ring.Members)
        {
            await Wait.Until($"{member.Name} to tell the whole of {node} by itself", TimeSpan.FromSeconds(15), async () =>
            {
                var history = await member.Http.History(node);
                return history.IsOk && isRight(history) ? null : history.ToString();
            });
        }
    }

    private static List<string> Incarnations(Reply history) =>
        [.. history["incarnations"].AsArray().Select(i => $"{i!["name"]} {i["hardware"]}{((bool)i["clash"]! ? " clash" : "")}")];
}
