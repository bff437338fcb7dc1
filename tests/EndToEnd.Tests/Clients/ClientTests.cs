using System.Collections.Concurrent;
using System.Diagnostics;
using FailureHistory.Client;
using FailureHistory.EndToEnd.Tests.Members;
using FailureHistory.EndToEnd.Tests.Members.Harness;
using FailureHistory.Messages;
using FailureHistory.Tests.Shared;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.EndToEnd.Tests.Clients;

/// <summary>The typed client in a process outside the cluster, with members as processes that are killed (SPEC 11.1). Each test leaves three members ready.</summary>
[Collection(BareClusterTests.Name)]
public sealed class ClientTests(Ring3 three, ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly TimeSpan InFlightBound = TimeSpan.FromSeconds(2);

    private readonly MemberRing ring = three.Ring;
    private readonly int seed = Random.Shared.Next();

    public Task InitializeAsync() => three.Whole();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    [Trait("Rule", "R8.3")]
    public async Task A_subscriber_keeps_its_stream_while_the_members_it_talks_to_are_killed_one_after_the_other_nothing_twice_nothing_missed()
    {
        output.WriteLine($"seed {seed}");
        await using var outside = new ClientSystem(ring[0].Address);
        var script = new CrossingScript($"client{seed:x}", 50, seed);
        await Register(script, outside.Client);
        await using var high = new Listener(outside.Client, new Subscribe([script.Glob], 0.9, 0.3));
        await using var low = new Listener(outside.Client, new Subscribe(script.Nodes, 0.4, 0.1));
        await high.Synced();
        await low.Synced();

        // Whichever member a subscription is at, it is killed; first the only contact that the client was given.
        for (var i = 0; i < 30; i++)
        {
            if (i is 5 or 15)
            {
                await ring[i / 10].Kill();
            }
            else if (i is 10 or 20)
            {
                await ring.Removed(ring[(i - 10) / 10]);
                await ring[(i - 10) / 10].StartReady();
                await ring.Ready(3);
            }

            await Report(outside.Client, script);
        }

        await Check(script, high, 0.9, 0.3);
        await Check(script, low, 0.4, 0.1);
    }

    [Fact]
    [Trait("Rule", "R6.4")]
    public async Task Asks_and_reports_in_flight_at_a_member_that_is_killed_are_answered_by_another_within_2_s()
    {
        output.WriteLine($"seed {seed}");
        await using var outside = new ClientSystem(ring[0].Address, ring[1].Address, ring[2].Address);
        var nodes = Enumerable.Range(0, 30).Select(i => $"flight{seed:x}-{i}").ToList();
        await outside.Client.ReportAsync([.. nodes.Select(n => Failure(n, "first"))]);

        var asks = new ConcurrentQueue<(long Begun, long Ended)>();
        using var enough = new CancellationTokenSource();
        var asking = Enumerable.Range(0, 8).Select(lane => Task.Run(async () =>
        {
            for (var i = 0; !enough.IsCancellationRequested; i++)
            {
                var begun = Stopwatch.GetTimestamp();
                var node = nodes[(lane + (i * 8)) % nodes.Count];
                if (lane % 2 == 0)
                {
                    Assert.Equal(NodeStatus.Failed, (await outside.Client.GetStateAsync(node)).Status);
                }
                else
                {
                    var outcome = await outside.Client.ReportAsync([Failure(node, $"{lane}-{i}")]);
                    Assert.Empty(outcome.Rejected);
                }

                asks.Enqueue((begun, Stopwatch.GetTimestamp()));
            }
        })).ToList();
        await Wait.Until("asks to be answered", TimeSpan.FromSeconds(20), () => Task.FromResult(asks.Count > 200 ? null : $"{asks.Count} answers"));
        var killed = Stopwatch.GetTimestamp();
        await ring[1].Kill();
        await Task.WhenAny(Task.WhenAll(asking), Task.Delay(TimeSpan.FromSeconds(3))); // those in flight at the kill have had their 2 s by then
        await enough.CancelAsync();
        await Task.WhenAll(asking);

        var inFlight = asks.Where(a => a.Begun <= killed && a.Ended >= killed).Select(a => Stopwatch.GetElapsedTime(killed, a.Ended)).ToList();
        var slowest = asks.Where(a => a.Ended >= killed).Max(a => Stopwatch.GetElapsedTime(a.Begun, a.Ended));
        output.WriteLine($"{inFlight.Count} in flight at the kill, the last answered after {inFlight.Max().TotalMilliseconds:0} ms; slowest of all since: {slowest.TotalMilliseconds:0} ms; {asks.Count} in all");
        Assert.NotEmpty(inFlight);
        Assert.All(inFlight, took => Assert.True(took <= InFlightBound, $"expected every ask in flight to be answered within 2 s of the kill; one took {took.TotalSeconds:0.00} s\n{ring.Logs}"));
        await ring.Removed(ring[1]);
    }

    private static ReportedObservation Failure(string node, string id) => new() { Node = node, Id = id, Detector = "client", Kind = "failure" };

    private async Task Register(CrossingScript script, FailureHistoryClient client)
    {
        foreach (var (id, accuracy) in script.Detectors)
        {
            await client.RegisterDetectorAsync(new RegisterDetector(id, accuracy, [script.Glob]));
        }

        foreach (var member in ring.Running)
        {
            await Wait.Until($"{member.Name} to know the detectors", TimeSpan.FromSeconds(15), async () =>
                (await Task.WhenAll(script.Detectors.Select(d => member.Http.Get($"/v1/detectors/{d.Id}")))).All(r => r.IsOk) ? null : "it does not");
        }
    }

    private static async Task Report(FailureHistoryClient client, CrossingScript script)
    {
        var turns = script.Next();
        var outcome = await client.ReportAsync(
            [.. turns.Select(t => new ReportedObservation { Id = t.Id, Node = t.Node, Detector = t.Detector, Kind = t.Fails ? "failure" : "alive" })]);
        Assert.Equal((turns.Count, 0), (outcome.Accepted + outcome.Duplicates, outcome.Rejected.Count));
    }

    private async Task Check(CrossingScript script, Listener listener, double above, double below)
    {
        await Wait.Until("all crossings to be told", TimeSpan.FromSeconds(40), () => Task.FromResult(Difference()), () => ring.Logs);
        await Task.Delay(TimeSpan.FromSeconds(3)); // that nothing more comes can only be seen by waiting: longer than numbers take to be compared
        Assert.Null(Difference());
        Assert.Equal(Enumerable.Range(1, listener.Items.Count).Select(n => (long)n), listener.Items.Select(i => i.Number));
        Assert.Single(listener.Items, i => i is SubscriptionSynced);
        Assert.DoesNotContain(listener.Items, i => i is SubscriptionGap);
        Assert.Equal(listener.Crossings.Count, listener.Crossings.Select(c => c.Id).Distinct().Count());
        output.WriteLine($"above {above}, below {below}: {listener.Crossings.Count} crossings, each once");

        string? Difference() => script.Difference(above, below, listener.Crossings.Select(c => (c.Node.Name!, c.Direction == CrossingDirection.Up, c.Observation)));
    }
}
