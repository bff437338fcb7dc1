using FailureHistory.Messages;
using FailureHistory.Tests.Shared;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Cluster.Tests;

/// <summary>Three members, one of which publishes nine batches of ten only; what subscribers are told. Nodes and detectors are each test's own.</summary>
public sealed class NotificationTests(NotificationTests.ThreeMembers three, ITestOutputHelper output) : IClassFixture<NotificationTests.ThreeMembers>
{
    private readonly TestCluster cluster = three.Cluster;
    private readonly int seed = Random.Shared.Next();

    [Fact]
    [Trait("Rule", "R8.1")]
    [Trait("Rule", "R8.3")]
    [Trait("Rule", "R8.6")]
    public async Task Every_subscriber_is_told_each_crossing_of_its_own_threshold_once_wherever_it_sits_and_whoever_reports()
    {
        output.WriteLine($"seed {seed}");
        var script = new CrossingScript($"each{seed:x}", 60, seed);
        await Register(script);
        await using var high = await Watcher.Open(cluster[1], new Subscribe([script.Glob], 0.9, 0.3));
        await using var low = await Watcher.Open(cluster[2], new Subscribe(script.Nodes, 0.4, 0.1));
        for (var i = 0; i < 12; i++)
        {
            await Report(i % 3, script);
        }

        await Check(script, high);
        await Check(script, low);
    }

    [Fact]
    [Trait("Rule", "R8.3")]
    public async Task A_subscriber_that_comes_back_with_its_last_id_at_another_member_has_seen_every_crossing_once()
    {
        output.WriteLine($"seed {seed}");
        var script = new CrossingScript($"back{seed:x}", 40, seed);
        await Register(script);
        await using var watcher = await Watcher.Open(cluster[1], new Subscribe([script.Glob], 0.5));
        for (var i = 0; i < 12; i++)
        {
            await Report(i % 3, script);
            if (i % 4 == 1)
            {
                await watcher.Break();
            }
            else if (i % 4 == 3)
            {
                await watcher.OpenAt(cluster[(i / 4) % 3]);
            }
        }

        await Check(script, watcher);
    }

    [Fact]
    [Trait("Rule", "R8.2")]
    public async Task A_new_subscriber_is_told_who_is_up_and_then_synced_and_named_nodes_are_told_as_they_are()
    {
        var prefix = $"now{seed:x}";
        await cluster[0].Report(Reports.Fleet(10, prefix));
        await cluster[0].Report([.. Enumerable.Range(0, 5).Select(i => Reports.Join($"{prefix}-{i}", $"{prefix}-j{i}"))]);
        await using var all = await Watcher.Open(cluster[1], new Subscribe([$"{prefix}-*"], 0.5));
        Assert.Equal(Enumerable.Range(5, 5).Select(i => $"{prefix}-{i}"), all.Told.Select(c => c.Node.Name).Order());
        Assert.All(all.Told, c => Assert.Equal((CrossingDirection.Up, 1.0), (c.Direction, c.Probability)));

        await using var named = await Watcher.Open(cluster[2], new Subscribe([$"{prefix}-1", $"{prefix}-7", $"{prefix}-unheard-of"], 0.5));
        Assert.Equal(
            [($"{prefix}-1", CrossingDirection.Down), ($"{prefix}-7", CrossingDirection.Up)],
            named.Told.Select(c => (c.Node.Name!, c.Direction)).Order());
        Assert.Equal(all.Told.Single(c => c.Node.Name == $"{prefix}-7").Id, named.Told.Single(c => c.Node.Name == $"{prefix}-7").Id); // R8.3: the same at any member
    }

    private async Task Register(CrossingScript script)
    {
        foreach (var (detector, accuracy) in script.Detectors)
        {
            await cluster[0].Ask<DetectorInfo>(new RegisterDetector(detector, accuracy, [script.Glob]));
        }

        // What a gate stores rests on it (R2.5).
        foreach (var member in cluster.Members)
        {
            await TestCluster.Until($"{member.Name} to know the detectors", async () =>
            {
                var known = await Task.WhenAll(script.Detectors.Select(d => member.AskAny(new GetDetector(d.Id))));
                return (known.All(k => k is DetectorInfo { Explicit: true }), string.Join(", ", known.Select(k => k.GetType().Name)));
            });
        }
    }

    private async Task Report(int member, CrossingScript script)
    {
        var turns = script.Next();
        var recorded = await cluster[member].Report([.. turns.Select(t => t.Fails ? Reports.Failure(t.Node, t.Id, t.Detector) : Reports.Alive(t.Node, t.Id, t.Detector))]);
        Assert.Equal((turns.Count, 0), (recorded.Accepted, recorded.Retry.Count));
    }

    private static async Task Check(CrossingScript script, Watcher watcher)
    {
        await TestCluster.Until($"the crossings of {watcher.Request}", () => Task.FromResult((Difference() is null, Difference() ?? "")), TimeSpan.FromSeconds(30));
        await Task.Delay(1500); // that nothing more comes can only be seen by waiting: longer than the last replica's turn to raise takes
        Assert.Null(Difference());
        Assert.Empty(watcher.Gaps);
        Assert.Equal(watcher.Told.Count, watcher.Told.Select(c => c.Id).Distinct().Count());

        string? Difference() => script.Difference(
            watcher.Request.Above, watcher.Request.Below ?? watcher.Request.Above,
            watcher.Told.Select(c => (c.Node.Name!, c.Direction == CrossingDirection.Up, c.Observation)));
    }

    /// <summary>Members of which one loses every tenth notice.</summary>
    public sealed class ThreeMembers : IAsyncLifetime
    {
        internal TestCluster Cluster { get; } = new();

        public async Task InitializeAsync()
        {
            Cluster.Start("a", extra: "failure-history.notifications.drop-one-in = 10");
            Cluster.Start("b", extra: "failure-history.notifications.drop-one-in = 10");
            Cluster.Start("c", extra: "failure-history.notifications.drop-one-in = 10");
            await Cluster.Ready(3);
        }

        public async Task DisposeAsync() => await Cluster.DisposeAsync();
    }
}
