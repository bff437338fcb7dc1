using System.Collections.Concurrent;
using FailureHistory.EndToEnd.Tests.Members.Harness;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.EndToEnd.Tests.Members;

/// <summary>What was acknowledged is what is answered, whoever dies meanwhile (R6.5, R9.9).</summary>
[Collection(SharedClusterTests.Name)]
[Trait("Rule", "R6.5")]
public sealed class ConsistencyTests(Cluster3 cluster, ITestOutputHelper output)
{
    private const int Asks = 1_000;
    private const int Readers = 4;

    [Fact]
    public async Task A_thousand_states_by_majority_never_fail_nor_lag_while_a_member_is_killed_and_started_again()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var ring = cluster.Ring;
        var victim = ring[new Random(seed).Next(ring.Members.Count)];
        var flips = new Flips($"turn{seed:x}", 20, seed);
        await flips.Register(ring);
        using var stopWriting = new CancellationTokenSource();
        var writing = flips.Write(ring, writers: 2, stopWriting.Token);
        using var stopReading = new CancellationTokenSource();
        var (asked, excused) = (0, new ConcurrentQueue<string>());
        var reading = Enumerable.Range(0, Readers).Select(reader => Task.Run(async () =>
        {
            var random = new Random(seed + reader);
            while (!stopReading.IsCancellationRequested)
            {
                var member = ring[random.Next(ring.Members.Count)];
                var node = random.Next(flips.Count);
                var wasReady = member.IsReady;
                var fault = await flips.Ask(member, node, "majority");
                Interlocked.Increment(ref asked);
                if (fault is not null)
                {
                    // Only the dead one itself, or before it said that it is ready again, may give no answer: then another one must.
                    Assert.False(wasReady && member.IsReady, $"expected {member.Name} to answer for {flips.Node(node)}; came {fault}\n{ring.Logs}");
                    excused.Enqueue(fault);
                    var others = ring.Members.Where(m => m != victim).ToList();
                    var again = await flips.Ask(others[random.Next(others.Count)], node, "majority");
                    Assert.True(again is null, $"expected another member to answer for {flips.Node(node)} while {member.Name} is away; came {again}\n{ring.Logs}");
                }

                // Leaves the members some of the processor.
                await Task.Delay(2);
            }
        })).ToList();

        try
        {
            await AskedMore(200);
            await victim.Kill();
            output.WriteLine($"killed {victim.Name} after {asked} asks");
            await AskedMore(200);
            await Wait.Until($"the others to miss {victim.Name}", TimeSpan.FromSeconds(20), async () =>
            {
                var clusterSeen = (await ring.Running.First().Http.Get("/v1/cluster")).Ok();
                var status = (string?)clusterSeen["members"].AsArray().Single(m => (string?)m!["name"] == victim.Name)!["status"];
                return status != "up" ? null : status;
            });
            await AskedMore(200);
            await victim.StartReady();
            await AskedMore(Math.Max(200, Asks - asked));
        }
        finally
        {
            await stopReading.CancelAsync();
            await stopWriting.CancelAsync();
            if (!victim.IsRunning)
            {
                await victim.StartReady();
            }
        }

        await Task.WhenAll([.. reading, writing]);
        output.WriteLine($"{asked} asks, {excused.Count} of them at the dead or starting member; {flips.Acknowledged} reports acknowledged, {flips.Refused} sent again");
        foreach (var why in excused.Distinct().Take(20))
        {
            output.WriteLine("  " + why);
        }

        await flips.NothingIsMissing(ring);
        await OnceQuietOneIsAsGood(flips, seed);

        Task AskedMore(int more)
        {
            var goal = Volatile.Read(ref asked) + more;
            return Wait.Until($"{more} more states to be asked for", TimeSpan.FromSeconds(60), async () =>
            {
                // A reader or writer that failed is the test's failure, told at once.
                foreach (var over in reading.Append(writing).Where(task => task.IsCompleted))
                {
                    await over;
                }

                return asked >= goal ? null : $"{asked} of {goal}";
            });
        }
    }

    // R6.5: `one` may lag by the exchange interval (10 s), no longer.
    private async Task OnceQuietOneIsAsGood(Flips flips, int seed)
    {
        foreach (var member in cluster.Ring.Members)
        {
            for (var i = 0; i < flips.Count; i++)
            {
                var node = i;
                await Wait.Until($"{member.Name} to have caught up on {flips.Node(node)}", TimeSpan.FromSeconds(15), async () =>
                {
                    try
                    {
                        return await flips.Ask(member, node, "one");
                    }
                    catch (Xunit.Sdk.XunitException stale)
                    {
                        return stale.Message;
                    }
                });
            }
        }

        var random = new Random(seed);
        for (var i = 0; i < Asks; i++)
        {
            var member = cluster.Ring[random.Next(cluster.Ring.Members.Count)];
            var fault = await flips.Ask(member, random.Next(flips.Count), "one");
            Assert.True(fault is null, $"expected {member.Name} to answer; came {fault}");
        }
    }
}
