using FailureHistory.Messages;
using Xunit;

namespace FailureHistory.Cluster.Tests;

/// <summary>Pins, removal and forgetting (R10.1, R10.2) by three members with real remoting; a node is forgotten after seconds.</summary>
public sealed class ForgettingTests
{
    private const string Soon = "failure-history.forget-after = 3s";

    [Fact]
    public async Task What_has_failed_for_long_is_forgotten_everywhere_and_what_is_up_or_pinned_is_not_R10_1()
    {
        await using var cluster = new TestCluster(Soon);
        await cluster.StartAndWait(3);
        await Report(cluster[0], "gone", "pinned", "back", "moved");
        Assert.Equal("ann", (await cluster[1].Ask<PinChanged>(new PinNode("pinned", "at the maker", "ann"))).Pinned?.By);
        Assert.Equal(1, (await cluster[0].Report(new ReportedObservation { Node = "back", Kind = "join", Id = "back" })).Accepted);
        Assert.Equal(1, (await cluster[0].Report(new ReportedObservation { Node = "moved", Kind = "join", Id = "m1", Hardware = "X-1" })).Accepted);
        Assert.Equal(1, (await cluster[0].Report(new ReportedObservation { Node = "moved-on", Kind = "join", Id = "m2", Hardware = "X-1" })).Accepted);
        Assert.Equal(1, (await cluster[0].Report(Reports.Failure("moved-on", "m3"))).Accepted);

        foreach (var member in cluster.Members)
        {
            await Forgotten(member, "gone");
            await Forgotten(member, "moved-on");
            await Forgotten(member, "moved");
            await Forgotten(member, "hw:X-1");
        }

        var pinned = await cluster[2].Ask<NodeState>(new GetState("pinned", Consistency.Majority));
        Assert.Equal((NodeStatus.Failed, "at the maker", "ann"), (pinned.Status, pinned.Pinned?.Reason, pinned.Pinned?.By));
        Assert.Equal(NodeStatus.Up, (await cluster[2].Ask<NodeState>(new GetState("back", Consistency.Majority))).Status);

        // Once it is no longer pinned it goes too.
        Assert.Null((await cluster[0].Ask<PinChanged>(new UnpinNode("pinned"))).Pinned);
        await Forgotten(cluster[0], "pinned");
    }

    [Fact]
    public async Task A_member_that_was_away_meanwhile_does_not_bring_back_what_was_forgotten_and_holds_the_pins_that_were_set_R9_7_R10_1()
    {
        await using var cluster = new TestCluster($"{Soon}\nfailure-history.replace-after = 10m");
        await cluster.StartAndWait(3);
        await Report(cluster[0], "gone", "pinned");
        await TestCluster.Until("all three to have the reports", async () =>
        {
            var there = await Task.WhenAll(cluster.Members.Select(m => m.AskAny(new GetState("gone"))));
            return (there.All(r => r is NodeState), string.Join(", ", there));
        });
        var folder = cluster.FolderOf("c");
        await cluster.Stop(cluster[2]);
        Assert.NotNull((await cluster[0].Ask<PinChanged>(new PinNode("pinned", "at the maker"))).Pinned);
        await Forgotten(cluster[0], "gone");
        await Forgotten(cluster[1], "gone");

        cluster.Start("c", folder: folder);
        await cluster.Ready(3);
        await TestCluster.Until("the member that was away to forget it and to know the pin", async () =>
        {
            var (gone, pinned) = (await cluster[2].AskAny(new GetState("gone")), await cluster[2].AskAny(new GetState("pinned")));
            return (gone is NodeNotFound && pinned is NodeState { Pinned: not null }, $"{gone}; {pinned}");
        });
        foreach (var member in cluster.Members)
        {
            Assert.IsType<NodeNotFound>(await member.AskAny(new GetState("gone", Consistency.Majority)));
        }

        // And it may come again, as a new history, which knows no detector yet.
        Assert.Equal(1, (await cluster[2].Report(new ReportedObservation { Node = "gone", Kind = "join", Id = "again" })).Accepted);
        Assert.Equal(NodeStatus.Unknown, (await cluster[0].Ask<NodeState>(new GetState("gone", Consistency.Majority))).Status);
    }

    [Fact]
    public async Task A_pinned_node_is_removed_with_force_alone_and_then_is_pinned_no_more_R10_2()
    {
        await using var cluster = new TestCluster();
        await cluster.StartAndWait(3);
        Assert.IsType<NodeNotFound>(await cluster[0].AskAny(new PinNode("unknown", "x")));
        Assert.IsType<NodeNotFound>(await cluster[0].AskAny(new UnpinNode("unknown")));
        await Report(cluster[0], "n");
        await cluster[0].Ask<PinChanged>(new PinNode("n", "first", "ann"));
        await cluster[1].Ask<PinChanged>(new PinNode("n", "second", "bob"));

        var refusal = await cluster[2].Ask<NodeIsPinned>(new RemoveHistory("n", null, Force: false));
        Assert.Equal(("n", "second", "bob"), (refusal.Node.Name, refusal.Pin.Reason, refusal.Pin.By));
        Assert.Equal("bob", (await cluster[2].Ask<NodeState>(new GetState("n", Consistency.Majority))).Pinned?.By);

        await cluster[2].Ask<HistoryRemoved>(new RemoveHistory("n", null, Force: true));
        Assert.IsType<NodeNotFound>(await cluster[0].AskAny(new GetState("n", Consistency.Majority)));
        await Report(cluster[1], "n");
        Assert.Null((await cluster[0].Ask<NodeState>(new GetState("n", Consistency.Majority))).Pinned);
        await cluster[0].Ask<HistoryRemoved>(new RemoveHistory("n", null, Force: false));
    }

    [Fact]
    public async Task The_pin_of_a_machine_ends_under_any_of_its_ids_and_not_with_the_removal_of_one_that_held_the_id_before_R10_1_R10_2()
    {
        await using var cluster = new TestCluster();
        await cluster.StartAndWait(3);
        async Task Join(string node, string hardware) =>
            Assert.Equal(1, (await cluster[0].Report(new ReportedObservation { Node = node, Kind = "join", Id = $"{node} {hardware}", Hardware = hardware })).Accepted);
        async Task<string?> PinOf(string node) => (await cluster[0].Ask<NodeState>(new GetState(node, Consistency.Majority))).Pinned?.Reason;

        // Pinned as one, unpinned as the other.
        await Join("old", "X-1");
        await cluster[0].Ask<PinChanged>(new PinNode("old", "on loan"));
        await Join("new", "X-1");
        Assert.Equal("on loan", await PinOf("new"));
        Assert.Null((await cluster[1].Ask<PinChanged>(new UnpinNode("new"))).Pinned);
        Assert.Equal((null, null), (await PinOf("new"), await PinOf("old")));

        // Another machine has the id now, and is pinned.
        await Join("n", "Y-1");
        await Join("n", "Z-1");
        await cluster[0].Ask<PinChanged>(new PinNode("n", "the present one"));
        await cluster[2].Ask<HistoryRemoved>(new RemoveHistory("n", "Y-1", Force: true));
        Assert.Equal("the present one", await PinOf("n"));
        await cluster[2].Ask<HistoryRemoved>(new RemoveHistory("n", "Z-1", Force: true));
        await Join("n", "Y-2");
        Assert.Null(await PinOf("n"));

        // Half of a surrogate pair is no text.
        Assert.Equal("reason", (await cluster[0].Ask<InvalidRequest>(new PinNode("n", "broken \ud800"))).Field);
        Assert.Equal("by", (await cluster[0].Ask<InvalidRequest>(new PinNode("n", "well", "broken \ud800"))).Field);
        Assert.Equal("by", (await cluster[0].Ask<InvalidRequest>(new UnpinNode("n", "\udc00"))).Field);
    }

    [Fact]
    public async Task Reliability_is_the_same_from_every_member_and_for_a_machine_under_two_ids_R7_1_R6_4()
    {
        await using var cluster = new TestCluster();
        await cluster.StartAndWait(3);
        await cluster[0].Ask<DetectorInfo>(new RegisterDetector("trace", 100, ["*"], null, true, null));
        var start = DateTimeOffset.UtcNow.AddHours(-10);
        ReportedObservation At(double hours, string node, string kind, string id) => new()
        {
            Node = node, Kind = kind, Id = id, Detector = "trace", At = Core.Time.Stamp.From(start.AddHours(hours)), Hardware = "X-1",
        };

        // Up 2 h, down 1 h, up 2 h, then moves to another id, is down 1 h, and up since.
        Assert.Equal(6, (await cluster[0].Report(
            At(0, "old", "join", "1"), At(2, "old", "failure", "2"), At(3, "old", "join", "3"), At(5, "new", "join", "4"), At(6, "new", "failure", "5"), At(7, "new", "join", "6"))).Accepted);

        foreach (var member in cluster.Members)
        {
            foreach (var node in new[] { "old", "new", "hw:X-1" })
            {
                var found = await member.Ask<NodeReliability>(new GetReliability(node, TimeSpan.FromDays(1), Consistency.Majority));
                Assert.Equal((2, TimeSpan.FromHours(2), TimeSpan.FromHours(1)), (found.Failures, found.Failed, found.Mttr!.Value));
                Assert.Equal(new FailureInfo(Core.Time.Stamp.From(start.AddHours(6)), Core.Time.Stamp.From(start.AddHours(7))), found.LastFailure);
                Assert.Equal(0.8, found.Availability!.Value, 2);
                Assert.Equal(2, found.Replicas);
            }
        }

        Assert.Equal("window", (await cluster[0].Ask<InvalidRequest>(new GetReliability("new", TimeSpan.Zero))).Field);
        Assert.IsType<NodeNotFound>(await cluster[0].AskAny(new GetReliability("unknown", TimeSpan.FromDays(1))));
    }

    private static async Task Report(TestMember member, params string[] nodes)
    {
        var recorded = await member.Report([.. nodes.Select(n => Reports.Failure(n, $"{n}-{Guid.NewGuid()}"))]);
        Assert.Equal(nodes.Length, recorded.Accepted);
    }

    private static Task Forgotten(TestMember member, string node) => TestCluster.Until($"{node} to be forgotten at {member.Name}", async () =>
    {
        var reply = await member.AskAny(new GetState(node, Consistency.Majority));
        return (reply is NodeNotFound, reply.ToString()!);
    });
}
