using Akka.Actor;
using FailureHistory.Messages;
using Xunit;

namespace FailureHistory.Cluster.Tests;

/// <summary>Three members whose links are cut and healed. The members live through all tests of the class; nodes are each test's own.</summary>
public sealed class LinkTests(LinkTests.ThreeMembers three) : IClassFixture<LinkTests.ThreeMembers>
{
    private readonly TestCluster cluster = three.Cluster;

    [Fact]
    public async Task A_report_is_acknowledged_while_one_replica_is_cut_off_and_reaches_it_within_the_exchange_interval_R2_7_R9_3_R9_5()
    {
        await cluster.Ready(3);
        var (writer, lagging) = (cluster[0], cluster[2]);
        await cluster.Cut([lagging], [cluster[0], cluster[1]]);
        var reports = Reports.Fleet(50, "lagging");
        var recorded = await writer.Report(reports);
        Assert.Equal((50, 0), (recorded.Accepted, recorded.Retry.Count));
        Assert.Equal(50, (await writer.Report(reports)).Duplicates);

        // Cut off, it has none of it. Cut for less than the failure detector takes, so that nobody is removed.
        Assert.IsNotType<NodeState>(await lagging.AskAny(new GetState("lagging-7")));
        await cluster.Heal();
        await TestCluster.Until("every report at the member that was cut off, by its own copy", async () =>
        {
            for (var i = 0; i < 50; i++)
            {
                var reply = await lagging.AskAny(new GetState($"lagging-{i}"));
                if (reply is not NodeState { Status: NodeStatus.Failed } state || state.AnsweredBy != $"127.0.0.1:{lagging.Address.Port}")
                {
                    return (false, $"lagging-{i}: {reply}");
                }
            }

            return (true, string.Empty);
        }, TimeSpan.FromSeconds(15));
    }

    [Fact]
    public async Task A_minority_refuses_reports_and_majority_reads_and_after_healing_it_is_back_with_everything_R9_9_R9_10()
    {
        await cluster.Ready(3);
        Assert.Equal(20, (await cluster[0].Report(Reports.Fleet(20, "before"))).Accepted);
        var minority = cluster[2];
        var address = minority.Address;
        await cluster.Cut([minority], [cluster[0], cluster[1]]);

        var refused = await minority.Report(Reports.Fleet(20, "refused"));
        Assert.Equal((0, 20), (refused.Accepted, refused.Retry.Count));
        Assert.IsType<TryAgain>(await minority.AskAny(new GetState("before-3", Consistency.Majority)));
        Assert.Equal(NodeStatus.Failed, (await minority.Ask<NodeState>(new GetState("before-3"))).Status); // what it has, it gives
        Assert.Equal(20, (await cluster[1].Report(Reports.Fleet(20, "during"))).Accepted);
        Assert.Equal(NodeStatus.Failed, (await cluster[0].Ask<NodeState>(new GetState("during-3", Consistency.Majority))).Status);

        // Until it is removed by the others, and downs itself and starts again alone.
        await TestCluster.Until("the majority to have removed the member that is cut off", async () =>
        {
            var members = (await cluster[0].Ask<ClusterInfo>(new GetCluster())).Members;
            return (members.Any(m => m.Id == minority.Id && m.Status == "missing"), string.Join(", ", members.Select(m => $"{m.Name} {m.Status}")));
        });
        await TestCluster.Until("the member that is cut off to say that it has no majority", async () =>
        {
            var readiness = await minority.AskAny(new GetReadiness());
            return (readiness is Readiness { Ready: false, Status: "no-majority" or "joining" }, $"{readiness}");
        });
        Assert.Equal(20, (await cluster[0].Report(Reports.Fleet(20, "removed"))).Accepted);

        await cluster.Heal();
        await cluster.Ready(3);
        Assert.Equal(address, minority.Address); // the same port, R9.2: the ring knows it by id
        foreach (var prefix in new[] { "before", "during", "removed" })
        {
            for (var i = 0; i < 20; i++)
            {
                Assert.Equal(NodeStatus.Failed, (await minority.Ask<NodeState>(new GetState($"{prefix}-{i}"))).Status);
                Assert.Equal(NodeStatus.Failed, (await minority.Ask<NodeState>(new GetState($"{prefix}-{i}", Consistency.Majority))).Status);
            }
        }

        // What was given back was not acknowledged; sent again it counts, as new or as a duplicate of what one replica kept.
        var again = await minority.Report(Reports.Fleet(20, "refused"));
        Assert.Equal(20, again.Accepted + again.Duplicates);
    }

    [Fact]
    public async Task A_member_that_hears_nobody_though_they_listen_starts_its_actor_system_anew_and_is_back_once_it_hears_them_R9_10()
    {
        await cluster.Ready(3);
        var deaf = cluster[2];
        await cluster.Cut([deaf], [cluster[0], cluster[1]]);
        var systems = new HashSet<ActorSystem>();
        await TestCluster.Until("its actor system to be started anew, after it was downed and once more", () =>
        {
            if (deaf.Host.System is { } system)
            {
                systems.Add(system);
            }

            return Task.FromResult((systems.Count >= 3, $"{systems.Count} actor systems"));
        }, TimeSpan.FromMinutes(3));
        await cluster.Heal();
        await cluster.Ready(3);
        Assert.Equal(1, (await deaf.Report(Reports.Failure("heard-again"))).Accepted);
    }

    /// <summary>Members with cuttable links.</summary>
    public sealed class ThreeMembers : IAsyncLifetime
    {
        internal TestCluster Cluster { get; } = new(TestCluster.Throttler);

        public async Task InitializeAsync() => await Cluster.StartAndWait(3);

        public async Task DisposeAsync() => await Cluster.DisposeAsync();
    }
}
