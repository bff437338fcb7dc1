using Akka.Actor;
using FailureHistory.Messages;
using FailureHistory.Node.Configuration;
using FailureHistory.Node.Hosting;
using FailureHistory.Tests.Shared;
using Xunit;

namespace FailureHistory.Cluster.Tests;

/// <summary>Applications with Akka.Hosting that become members (SPEC 11.1, docs/decisions/22), in a cluster of their own with another name, beside a node that is none.</summary>
public sealed class HostedMemberTests : IAsyncLifetime
{
    private readonly string root = Directory.CreateTempSubdirectory("fh-hosted-").FullName;
    private readonly List<HostedApplication> running = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var application in Enumerable.Reverse(running))
        {
            await application.DisposeAsync();
        }

        Directory.Delete(root, recursive: true);
    }

    [Fact]
    [Trait("Rule", "R9.2")]
    [Trait("Rule", "R3.4")]
    public async Task Three_applications_form_one_ring_answer_tell_and_come_back_and_what_they_did_before_goes_on_beside()
    {
        var a = await Start("a");
        var bystander = await Start("bystander", a, isMember: false);
        var b = await Start("b", a);
        var c = await Start("c", a);
        await Ready([a, b, c], 3);

        // The service.
        await using var watcher = await Watcher.Open(b.Service, new Subscribe(["node-*"], 0.5));
        Assert.Equal(20, (await a.Report(Reports.Fleet(20, "node"))).Accepted);
        foreach (var member in new[] { a, b, c })
        {
            Assert.Equal(NodeStatus.Failed, (await member.Ask<NodeState>(new GetState("node-7"))).Status);
        }

        await TestCluster.Until("20 crossings at another member", () => Task.FromResult((watcher.Told.Count == 20, $"{watcher.Told.Count}; gaps: {string.Join("; ", watcher.Gaps)}; ended: {watcher.HasEnded}")));

        // The application: its own actor, journal and serializer, also from node to node.
        var till = a.System.ActorSelection(new RootActorPath(b.Address) / "user" / "till");
        Assert.Equal(500, (await till.Ask<HostedApplication.Till.Total>(new HostedApplication.Till.Sold(500), TimeSpan.FromSeconds(10))).Cents);
        Assert.True(File.Exists(Path.Combine(root, "b", "shop.db")) && File.Exists(Path.Combine(root, "b", "fh", "log.db")));

        await watcher.DisposeAsync();

        // A restart of one, on another port, gracefully.
        var was = b.Node;
        await Stop(b);
        await TestCluster.Until("the member that was stopped to be left", async () => await a.Service.Ask(new GetState(was), default) is NodeState state ? (state.Status == NodeStatus.Left, state.Status.ToString()) : (false, "?"));
        b = await Start("b", a);
        await Ready([a, b, c], 3);
        Assert.Equal(500, (await b.System.ActorSelection("/user/till").Ask<HostedApplication.Till.Total>(new HostedApplication.Till.Total(0), TimeSpan.FromSeconds(10))).Cents);
        Assert.Equal(20, (await b.Ask<NodeList>(new GetNodes([], Name: "node-*"))).Nodes.Count);
        await TestCluster.Until("three of four nodes of the Akka cluster to be members of ours", async () =>
        {
            var ours = (await a.Ask<ClusterInfo>(new GetCluster())).Members.Count;
            var all = Akka.Cluster.Cluster.Get(bystander.System).State.Members.Count; // the life of the member that was stopped may still be on its way out
            return ((ours, all) == (3, 4), $"{ours} of {all}");
        });
    }

    [Fact]
    [Trait("Rule", "R9.1")]
    public async Task One_with_the_ring_of_another_cluster_or_another_k_ends_and_harms_nobody()
    {
        var a = await Start("a");
        await Ready([a], 1);
        var other = await Start("other"); // a cluster and a ring of its own
        await Ready([other], 1);
        await Stop(other);

        var foreign = await HostedApplication.Start(Path.Combine(root, "other"), a.Address);
        await foreign.Stopped.WaitAsync(TimeSpan.FromSeconds(40));
        await foreign.DisposeAsync();
        Assert.Equal(StartupException.ExitCode, Environment.ExitCode);
        Environment.ExitCode = 0;

        var differs = await HostedApplication.Start(Path.Combine(root, "k2"), a.Address, options: new FailureHistoryOptions { ReplicationFactor = 2 });
        await differs.Stopped.WaitAsync(TimeSpan.FromSeconds(40));
        await differs.DisposeAsync();
        Assert.Equal(StartupException.ExitCode, Environment.ExitCode);
        Environment.ExitCode = 0;

        Assert.True((await a.Ask<Readiness>(new GetReadiness())).Ready);
        Assert.Single((await a.Ask<RingInfo>(new GetRing())).Members);
    }

    [Fact]
    public async Task Where_it_may_not_form_the_ring_it_waits_for_one_that_may_and_says_so()
    {
        var a = await Start("a", options: new FailureHistoryOptions { MayForm = false });
        await TestCluster.Until("the member to say what it waits for", async () =>
        {
            var readiness = await a.Ask<Readiness>(new GetReadiness());
            return (readiness.WaitsFor.Any(w => w.Contains("MayForm", StringComparison.Ordinal)), string.Join("; ", readiness.WaitsFor));
        });
        await Task.Delay(TimeSpan.FromSeconds(4)); // twice form-after: that it forms none can only be seen by waiting
        Assert.IsType<TryAgain>(await a.Service.Ask(new GetRing(), default));

        var b = await Start("b", a); // younger, but it may
        await Ready([a, b], 2);
    }

    [Fact]
    [Trait("Rule", "R9.3")]
    public async Task A_ring_that_a_member_without_its_disk_formed_alone_does_not_stand_against_the_old_one()
    {
        var (a, b) = (await Start("a"), (HostedApplication?)null);
        b = await Start("b", a);
        await Ready([a, b], 2);
        Assert.Equal(1, (await b.Report(new ReportedObservation { Node = "kept", Kind = "join" })).Accepted);
        await Stop(b);
        await Stop(a);

        var emptied = await HostedApplication.Start(Path.Combine(root, "a-emptied"));
        await Ready([emptied], 1);
        b = await Start("b", emptied);
        await emptied.Stopped.WaitAsync(TimeSpan.FromSeconds(40));
        await emptied.DisposeAsync();
        Assert.Equal(StartupException.ExitCode, Environment.ExitCode);
        Environment.ExitCode = 0;

        a = await Start("a", b);
        await Ready([a, b], 2);
        Assert.Equal("kept", (await a.Ask<NodeState>(new GetState("kept", Consistency.Majority))).Node.Name);
    }

    [PostgresFact]
    public async Task Its_log_may_be_on_PostgreSQL_beside_the_applications_own_journal()
    {
        await using var server = await PostgresServer.Start();
        var options = new FailureHistoryOptions
        {
            Settings = new Dictionary<string, string> { ["journal"] = "postgresql", ["postgresql.connection"] = server.Connection() },
        };
        var a = await Start("a", options: options);
        await Ready([a], 1);
        Assert.Equal(1, (await a.Report(new ReportedObservation { Node = "kept", Kind = "join" })).Accepted);
        Assert.Equal(500, (await a.System.ActorSelection("/user/till").Ask<HostedApplication.Till.Total>(new HostedApplication.Till.Sold(500), TimeSpan.FromSeconds(10))).Cents);
        await Stop(a);
        Assert.False(File.Exists(Path.Combine(root, "a", "fh", "log.db")));

        a = await Start("a", options: options);
        await Ready([a], 1);
        Assert.Equal("kept", (await a.Ask<NodeState>(new GetState("kept", Consistency.Majority))).Node.Name);
        Assert.Equal(500, (await a.System.ActorSelection("/user/till").Ask<HostedApplication.Till.Total>(new HostedApplication.Till.Total(0), TimeSpan.FromSeconds(10))).Cents);
    }

    [Fact]
    public async Task Called_before_WithClustering_it_says_what_to_do_and_ends()
    {
        var (before, error) = (Console.Error, new StringWriter());
        Console.SetError(error);
        try
        {
            var wrong = await HostedApplication.Start(Path.Combine(root, "wrong"), wrongOrder: true);
            await wrong.Stopped.WaitAsync(TimeSpan.FromSeconds(40));
            await wrong.DisposeAsync();
        }
        finally
        {
            Console.SetError(before);
        }

        Assert.Contains("after WithClustering", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(StartupException.ExitCode, Environment.ExitCode);
        Environment.ExitCode = 0;
        var key = Assert.Throws<StartupException>(() => new FailureHistoryOptions { Settings = new Dictionary<string, string> { ["port"] = "1" } }.ToSettings());
        Assert.Contains("port", key.Message, StringComparison.Ordinal);
    }

    private async Task<HostedApplication> Start(string name, HostedApplication? seed = null, bool isMember = true, FailureHistoryOptions? options = null)
    {
        var application = await HostedApplication.Start(Path.Combine(root, name), seed?.Address, isMember: isMember, options: options);
        running.Add(application);
        return application;
    }

    private async Task Stop(HostedApplication application)
    {
        running.Remove(application);
        await application.DisposeAsync();
    }

    private static Task Ready(IReadOnlyList<HostedApplication> members, int ringSize) => TestCluster.Until($"{members.Count} hosted members to be ready", async () =>
    {
        foreach (var member in members)
        {
            var readiness = await member.Ask<Readiness>(new GetReadiness());
            if (!readiness.Ready)
            {
                return (false, $"{member.Node}: {readiness.Status}: {string.Join("; ", readiness.WaitsFor)}");
            }

            var ring = await member.Ask<RingInfo>(new GetRing());
            var silent = ring.Segments.Count(s => s.Serving.Count < s.Members.Count);
            if (ring.Members.Count != ringSize || silent > 0)
            {
                return (false, $"{member.Node}: a ring of {ring.Members.Count}, {silent} segments without all their copies");
            }
        }

        return (true, string.Empty);
    });
}
