using FailureHistory.Messages;
using Xunit;

namespace FailureHistory.Cluster.Tests;

/// <summary>Members watch each other by <c>akka.reachability</c>, whoever leads and whatever is cut (R3.4).</summary>
[Trait("Rule", "R3.4")]
public sealed class ReachabilityTests
{
    private const string Detector = "akka.reachability";

    [Fact]
    public async Task A_link_that_is_cut_and_healed_twice_is_two_failures_of_one_life_each_withdrawn_each_told_once_R2_4()
    {
        // Long enough that nobody is downed meanwhile: the life goes on. And a pause that a starved machine does not take for a failure.
        await using var cluster = new TestCluster($$"""
            {{TestCluster.Throttler}}
            akka.cluster.split-brain-resolver.stable-after = 60s
            akka.cluster.failure-detector.acceptable-heartbeat-pause = 6s
            """);
        await cluster.StartAndWait(3);
        var leader = cluster.Members.MinBy(m => m.Address.Port)!;
        var cutOff = cluster.Members.Where(m => m != leader).MaxBy(m => m.Address.Port)!;
        var others = cluster.Members.Where(m => m != cutOff).ToList();
        await StatusAt(cluster.Members, cutOff, NodeStatus.Up);
        for (var i = 0; i < 2; i++)
        {
            await cluster.Cut([cutOff], others);
            await StatusAt(others, cutOff, NodeStatus.Failed);
            await cluster.Heal();
            await StatusAt(cluster.Members, cutOff, NodeStatus.Up);
        }

        // The member that was cut off saw the others unreachable and had no majority: nothing of that is told. What it was telling at the instant between
        // losing the one and losing the other may be stored once the link is back; that is withdrawn, each time.
        await cluster.Ready(3);
        var reports = await Reports(leader, cutOff);
        Assert.Equal(["join", "failure", "alive", "failure-2", "alive-2"], reports.Select(Short));
        Assert.Single(reports.Select(r => r.Id.Split('/')[1]).Distinct()); // one uid
        foreach (var other in others)
        {
            await TestCluster.Until($"{NameOf(other)}, which {NameOf(leader)} never lost, to have joined and, if anybody ever told otherwise, that to be withdrawn", async () =>
            {
                var kinds = (await Reports(leader, other)).Select(Short).ToList();
                return (kinds[0] == "join" && kinds.Count <= 5 && kinds.Skip(1).Chunk(2).All(pair => pair is [var lost, var back] && lost.StartsWith("failure", StringComparison.Ordinal) && back.StartsWith("alive", StringComparison.Ordinal)), string.Join(", ", kinds));
            });
        }
    }

    [Fact]
    public async Task What_happens_while_the_leader_goes_is_told_by_the_next_one_and_a_member_at_another_address_is_the_same_machine_R1_5()
    {
        await using var cluster = new TestCluster();
        await cluster.StartAndWait(4);
        var (first, second) = (cluster.Members.OrderBy(m => m.Address.Port).First(), cluster.Members.OrderBy(m => m.Address.Port).Skip(1).First());
        var names = new[] { first, second }.Select(NameOf).ToList();
        await StatusAt(cluster.Members, first, NodeStatus.Up);
        await StatusAt(cluster.Members, second, NodeStatus.Up);

        // Both leaders in turn leave at once: the third tells of both what they could not tell themselves.
        await Task.WhenAll(cluster.Stop(first), cluster.Stop(second));
        var third = cluster[0];
        foreach (var name in names)
        {
            await Status(third, name, NodeStatus.Left);
        }

        // Back under other ports (0 draws them anew).
        var back = cluster.Start(first.Name, seeds: [third.Address]);
        await TestCluster.Until($"{names[0]} to be up as {NameOf(back)}", async () =>
        {
            var state = await third.AskAny(new GetState(names[0]));
            return (state is NodeState { Status: NodeStatus.Up } s && s.Node.Name == NameOf(back), $"{state}");
        });
        var history = await third.Ask<NodeHistory>(new GetHistory(NameOf(back), Consistency: Consistency.Majority));
        Assert.Equal([names[0], NameOf(back)], history.Incarnations.Select(i => i.Name));
        Assert.All(history.Incarnations, i => Assert.Equal((back.Id, false), (i.Hardware, i.Clash)));
        Assert.Equal([false, true, false], history.Periods.Select(p => p.Planned));
        Assert.Equal(["join", "leave", "join"], (await Reports(third, back)).Select(Short));

        // The scope has the new name in the place of the old one.
        await TestCluster.Until("the scope to follow the member to its new address", async () =>
        {
            var scope = (await third.Ask<DetectorInfo>(new GetDetector(Detector))).Scope;
            return (scope.Contains(NameOf(back)) && !scope.Contains(names[0]), string.Join(", ", scope));
        });
    }

    [Fact]
    public async Task Without_a_majority_nothing_is_told_and_once_it_is_back_everything_is_R9_9()
    {
        await using var cluster = new TestCluster();
        await cluster.StartAndWait(3);
        foreach (var member in cluster.Members)
        {
            await StatusAt(cluster.Members, member, NodeStatus.Up);
        }

        var names = cluster.Members.Select(NameOf).ToList();
        await Task.WhenAll(cluster.Members.ToList().Select(cluster.Stop));
        var alone = cluster.Start("a", seeds: []);
        await TestCluster.Until("the member that is alone to be up without a majority", async () =>
        {
            var readiness = await alone.AskAny(new GetReadiness());
            return (readiness is Readiness { Status: "no-majority" }, $"{readiness}");
        });

        // With the second one there is a majority: both have joined anew, and the third one, which is not there, is missed.
        var second = cluster.Start("b", seeds: [alone.Address]);
        await StatusAt([alone, second], alone, NodeStatus.Up);
        await StatusAt([alone, second], second, NodeStatus.Up);
        await TestCluster.Until($"{names[2]} to be missed or to have left", async () =>
        {
            var state = await alone.AskAny(new GetState(names[2], Consistency.Majority));
            return (state is NodeState { Status: NodeStatus.Failed or NodeStatus.Left }, $"{state}");
        });
        var third = cluster.Start("c", seeds: [alone.Address]);
        await cluster.Ready(3);
        await StatusAt(cluster.Members, third, NodeStatus.Up);
        foreach (var member in cluster.Members)
        {
            var reports = await Reports(alone, member);
            Assert.Equal(2, reports.Select(r => r.Id.Split('/')[1]).Distinct().Count()); // two lives
            Assert.Equal("join", Short(reports[^1]));
            Assert.Equal(reports.Count, reports.Select(r => r.Id).Distinct().Count());
            Assert.InRange(reports.Count, 2, 3);
        }
    }

    [Fact]
    public async Task What_an_administrator_says_of_the_detector_counts_and_a_deleted_one_is_silent_until_it_is_registered_again()
    {
        await using var cluster = new TestCluster();
        await cluster.StartAndWait(2);
        var names = cluster.Members.Select(NameOf).ToList();
        await Accuracy(cluster[0], 90, names);
        var ttl = TimeSpan.FromSeconds(2);
        await cluster[1].Ask<DetectorInfo>(new RegisterDetector(Detector, 35, Ttl: ttl));
        FailureHistory.Core.Time.Stamp? since = null;
        await Accuracy(cluster[0], 35, names);

        // It is heard from though there is nothing to tell, so that a ttl does not make it stale.
        await TestCluster.Until("the detector to be heard from for longer than its ttl", async () =>
        {
            var detector = await cluster[1].Ask<DetectorInfo>(new GetDetector(Detector));
            since ??= detector.LastHeard;
            return (!detector.Stale && detector.LastHeard - since > ttl * 1.5, $"{detector}, heard last {since} before");
        });

        await cluster[1].Ask<DetectorDeleted>(new DeleteDetector(Detector));
        var third = cluster.Start("c");
        await cluster.Ready(3);
        await TestCluster.Until("the detector to be deleted at the new member too", async () =>
        {
            var reply = await third.AskAny(new GetDetector(Detector));
            return (reply is DetectorNotFound, $"{reply}");
        });
        Assert.IsType<NodeNotFound>(await cluster[0].AskAny(new GetState(NameOf(third), Consistency.Majority)));

        await third.Ask<DetectorInfo>(new RegisterDetector(Detector, 80));
        await Accuracy(cluster[0], 80, [.. names, NameOf(third)]);
        await StatusAt(cluster.Members, third, NodeStatus.Up);
        Assert.Equal(["join"], (await Reports(cluster[0], third)).Select(Short));
    }

    [Fact]
    public async Task A_member_that_failed_and_was_taken_out_of_the_ring_stays_failed_until_it_is_back()
    {
        await using var cluster = new TestCluster($"{TestCluster.Throttler}\nfailure-history.replace-after = 1s\nfailure-history.replication-factor = 2");
        await cluster.StartAndWait(4);
        var gone = cluster.Members.MaxBy(m => m.Address.Port)!;
        var others = cluster.Members.Where(m => m != gone).ToList();
        var name = NameOf(gone);
        await StatusAt(cluster.Members, gone, NodeStatus.Up);
        await cluster.Cut([gone], others);
        foreach (var other in others)
        {
            await Status(other, name, NodeStatus.Failed);
        }

        await TestCluster.Until("a ring of three", async () =>
        {
            var ring = await others[0].Ask<RingInfo>(new GetRing());
            return (ring.Members.Count == 3, $"version {ring.Version} of {ring.Members.Count}");
        });
        // Looked up again and again (every two exchange intervals, 2 s here), and still there each time.
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await TestCluster.Until($"{name} to have been failed for 5 s", async () =>
        {
            foreach (var other in others)
            {
                var state = await other.AskAny(new GetState(name, Consistency.Majority));
                Assert.True(state is NodeState { Status: NodeStatus.Failed } or TryAgain, $"{name} at {other.Name} after {clock.Elapsed}: {state}");
            }

            return (clock.Elapsed > TimeSpan.FromSeconds(5), $"{clock.Elapsed}");
        });
        Assert.Contains(name, (await others[0].Ask<DetectorInfo>(new GetDetector(Detector))).Scope);

        await cluster.Heal();
        await cluster.Ready(4);
        await StatusAt(cluster.Members, gone, NodeStatus.Up);
        var reports = await Reports(others[0], gone);
        Assert.Equal(["join", "failure", "join"], reports.Select(Short));
        Assert.NotEqual(reports[0].Id, reports[2].Id);
    }

    private static string NameOf(TestMember member) => $"{member.Address.Host}:{member.Address.Port}";

    private static async Task<IReadOnlyList<ObservationInfo>> Reports(TestMember at, TestMember of) =>
        (await at.Ask<NodeObservations>(new GetObservations(NameOf(of), Consistency: Consistency.Majority))).Observations;

    private static string Short(ObservationInfo report) => report.Id.Split('/')[2];

    private static async Task StatusAt(IEnumerable<TestMember> members, TestMember of, NodeStatus status)
    {
        foreach (var member in members.ToList())
        {
            await Status(member, NameOf(of), status);
        }
    }

    private static Task Status(TestMember at, string node, NodeStatus status) => TestCluster.Until($"{node} to be {status} at {at.Name}", async () =>
    {
        var state = await at.AskAny(new GetState(node));
        return (state is NodeState known && known.Status == status, $"{state}");
    });

    private static Task Accuracy(TestMember at, double accuracy, IEnumerable<string> scope) =>
        TestCluster.Until($"{Detector} to weigh {accuracy} and to watch {string.Join(", ", scope)} at {at.Name}", async () =>
        {
            var reply = await at.AskAny(new GetDetector(Detector));
            return (reply is DetectorInfo d && d.Accuracy == accuracy && d.Scope.SequenceEqual(scope.Order(StringComparer.Ordinal)), $"{reply}");
        });
}
