using Akka.Actor;
using FailureHistory.Messages;
using FailureHistory.Node.Configuration;
using Xunit;

namespace FailureHistory.Cluster.Tests;

public sealed class FormationTests
{
    [Fact]
    public async Task Members_that_join_at_the_same_time_end_in_one_ring_that_never_forked_R9_2()
    {
        await using var cluster = new TestCluster();
        var seed = cluster.Start("a").Address;
        var others = await Task.WhenAll("bcde".Select(name => Task.Run(() => TestMember.Start(name.ToString(), cluster.FolderOf(name.ToString()), [seed.ToString()], string.Empty))));
        foreach (var other in others)
        {
            cluster.Adopt(other);
        }

        await cluster.Ready(5);
        var rings = new List<RingInfo>();
        foreach (var member in cluster.Members)
        {
            rings.Add(await member.Ask<RingInfo>(new GetRing()));
        }

        Assert.All(rings, r => Assert.Equal(
            (rings[0].ClusterId, 5L, string.Join(',', rings[0].Members.Select(m => m.Id))), (r.ClusterId, r.Version, string.Join(',', r.Members.Select(m => m.Id)))));
        Assert.All(rings.SelectMany(r => r.Segments), s => Assert.Equal(rings[0].Segments[s.Segment].Members, s.Members));
    }

    [Fact]
    public async Task All_start_again_at_once_on_other_ports_and_have_everything_two_that_recover_at_once_end_R9_4_R9_11()
    {
        await using var cluster = new TestCluster();
        await cluster.StartAndWait(3);
        Assert.Equal(100, (await cluster[0].Report(Reports.Fleet(100, "kept"))).Accepted);
        var ring = await cluster[0].Ask<RingInfo>(new GetRing());
        await Task.WhenAll(cluster.Members.ToList().Select(cluster.Stop));

        // Ports are drawn anew, so that nobody is where the ring says: they meet by one seed that is one of them.
        var first = cluster.Start("a", seeds: []);
        cluster.Start("b", seeds: [first.Address]);
        cluster.Start("c", seeds: [first.Address]);
        await cluster.Ready(3);
        Assert.Equal((ring.ClusterId, ring.Version), ((await cluster[2].Ask<RingInfo>(new GetRing())).ClusterId, (await cluster[2].Ask<RingInfo>(new GetRing())).Version));
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(NodeStatus.Failed, (await cluster[i % 3].Ask<NodeState>(new GetState($"kept-{i}", Consistency.Majority))).Status);
        }

        Assert.Equal(100, (await cluster[1].Report(Reports.Fleet(100, "kept"))).Duplicates);
    }

    [Fact]
    public async Task A_member_that_starts_alone_forms_provisionally_acknowledges_nothing_and_joins_the_larger_side_R9_9_R9_11()
    {
        await using var cluster = new TestCluster();
        await cluster.StartAndWait(3);
        Assert.Equal(50, (await cluster[0].Report(Reports.Fleet(50, "kept"))).Accepted);
        await Task.WhenAll(cluster.Members.ToList().Select(cluster.Stop));

        // One alone, with nobody where the ring says: provisional.
        var alone = cluster.Start("a", seeds: []);
        await TestCluster.Until("the member that is alone to be up without a majority", async () =>
        {
            var readiness = await alone.AskAny(new GetReadiness());
            return (readiness is Readiness { Status: "no-majority" }, $"{readiness}");
        });
        Assert.Equal(50, (await alone.Report(Reports.Fleet(50, "refused"))).Retry.Count);
        Assert.IsType<TryAgain>(await alone.AskAny(new GetState("kept-1", Consistency.Majority)));
        await TestCluster.Until("the member that is alone to answer with what it has, marked incomplete", async () =>
        {
            var state = await alone.AskAny(new GetState("kept-1"));
            return (state is NodeState { Status: NodeStatus.Failed, Complete: false }, $"{state}");
        });

        // The other two form a cluster of their own and only then hear of the one alone, which joins them.
        var b = cluster.Start("b", seeds: []);
        var c = cluster.Start("c", seeds: [b.Address]);
        await TestCluster.Until("the other two to be ready", async () =>
        {
            var (atB, atC) = (await b.AskAny(new GetReadiness()), await c.AskAny(new GetReadiness()));
            return (atB is Readiness { Ready: true } && atC is Readiness { Ready: true }, $"{atB}, {atC}");
        });
        Assert.Equal(50, (await b.Report(Reports.Fleet(50, "two"))).Accepted);
        await cluster.Stop(c);
        cluster.Start("c", seeds: [b.Address, alone.Address]);
        await cluster.Ready(3);
        Assert.Equal(NodeStatus.Failed, (await alone.Ask<NodeState>(new GetState("two-1"))).Status);
    }

    [Fact]
    public async Task A_member_of_another_cluster_is_told_so_and_ends_R9_2()
    {
        await using var one = new TestCluster();
        await using var other = new TestCluster();
        await one.StartAndWait(1);
        await other.StartAndWait(1);
        var ids = (One: (await one[0].Ask<RingInfo>(new GetRing())).ClusterId, Other: (await other[0].Ask<RingInfo>(new GetRing())).ClusterId);
        await other.Stop(other[0]);

        var lost = other.Start("a", seeds: [one[0].Address]);
        var line = await lost.Host.Ended.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.NotNull(line);
        Assert.Contains(ids.Other, line, StringComparison.Ordinal);
        Assert.Contains(ids.One, line, StringComparison.Ordinal);
        Assert.Contains("--seeds", line, StringComparison.Ordinal);
        Assert.True((await one[0].Ask<Readiness>(new GetReadiness())).Ready, "the cluster that it met is none the worse");
    }

    [Fact]
    public async Task A_member_with_another_replication_factor_is_refused_R9_1()
    {
        await using var cluster = new TestCluster();
        await cluster.StartAndWait(1);
        var wrong = cluster.Start("b", extra: "failure-history.replication-factor = 2");
        var line = await wrong.Host.Ended.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Contains("failure-history.replication-factor is 2 here and 3 in the cluster", line, StringComparison.Ordinal);
        Assert.Single((await cluster[0].Ask<RingInfo>(new GetRing())).Members);
    }

    [Fact]
    public async Task A_port_in_use_is_one_clear_line_and_the_folder_is_free_again()
    {
        await using var cluster = new TestCluster();
        var taken = cluster.Start("a").Address.Port;
        var fault = Assert.Throws<StartupException>(() => cluster.Start("b", extra: $"failure-history.port = {taken}", seeds: Array.Empty<Address>()));
        Assert.StartsWith($"port {taken} on 127.0.0.1 can't be used", fault.Message, StringComparison.Ordinal);
        cluster.Start("b");
        await cluster.Ready(2);
    }
}
