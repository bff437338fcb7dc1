using System.Collections.Concurrent;
using System.Diagnostics;
using FailureHistory.EndToEnd.Tests.Members.Harness;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.EndToEnd.Tests.Members;

/// <summary>A ring that grows, loses a member for a while, and gets it back, under a stream of reports and questions (R9.2, R9.4, R9.8, R9.9).</summary>
[Collection(OwnMembersTests.Name)]
public sealed class GrowthTests(ITestOutputHelper output)
{
    private const int Readers = 3;

    // Longer than it takes to find out that a member is gone; a member that is stopped says goodbye.
    private static readonly TimeSpan SilenceBound = TimeSpan.FromSeconds(10);

    [Fact]
    [Trait("Rule", "R9.9")]
    public async Task From_one_member_to_three_and_one_of_them_stopped_and_started_no_majority_read_misses_what_was_acknowledged()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        await using var ring = await MemberRing.Of(1);
        var flips = new Flips("grow", 30, seed);
        await flips.Register(ring);
        using var stop = new CancellationTokenSource();
        var writing = flips.Write(ring, writers: 3, stop.Token);
        var silences = new ConcurrentQueue<TimeSpan>();
        var asked = 0;
        var reading = Enumerable.Range(0, Readers).Select(reader => Task.Run(() => Read(reader))).ToList();

        try
        {
            await Phase("alone");
            foreach (var size in new[] { 2, 3 })
            {
                await ring.Add().StartReady();
                await ring.Ready(size);
                await Phase($"a ring of {size}");
            }

            var version = await RingVersion();
            await ring[1].Stop();
            await LeftTheClusterButNotTheRing(ring, ring[1]);
            await Phase("one stopped");
            await ring[1].StartReady();
            await ring.Ready(3);
            Assert.Equal(version, await RingVersion());
            await Phase("started again");
        }
        finally
        {
            await stop.CancelAsync();
        }

        await Task.WhenAll([.. reading, writing]);
        output.WriteLine($"{flips.Acknowledged} reports acknowledged, {flips.Refused} sent again; {asked} asked; longest silence {silences.Max().TotalMilliseconds:0} ms");
        await flips.NothingIsMissing(ring);
        Assert.True(silences.Max() < SilenceBound, $"expected an answer at the latest after {SilenceBound.TotalSeconds} s; one took {silences.Max().TotalSeconds:0.0} s");

        async Task<long> RingVersion() => (long)(await ring[0].Http.Get("/v1/ring")).Ok()["version"];

        // Asks for one node after another, each until it is answered for; a wrong answer fails inside.
        async Task Read(int reader)
        {
            var random = new Random(seed + reader);
            while (!stop.IsCancellationRequested)
            {
                var node = random.Next(flips.Count);
                var begun = Stopwatch.GetTimestamp();
                while (!stop.IsCancellationRequested)
                {
                    var running = ring.Running.ToList();
                    var member = running[random.Next(running.Count)];
                    if (await flips.Ask(member, node, "majority") is not { } put)
                    {
                        break;
                    }

                    Assert.True(Stopwatch.GetElapsedTime(begun) < SilenceBound, $"expected an answer for {flips.Node(node)} within {SilenceBound.TotalSeconds} s; {member.Name}: {put}\n{ring.Logs}");
                    // Before asking again; how long in all is bounded above.
                    await Task.Delay(20);
                }

                silences.Enqueue(Stopwatch.GetElapsedTime(begun));
                Interlocked.Increment(ref asked);
                // Leaves the members some of the processor.
                await Task.Delay(2);
            }
        }

        // Every phase of the ring sees reports and questions.
        async Task Phase(string name)
        {
            var (reports, questions) = (flips.Acknowledged + 100, asked + 300);
            await Wait.Until($"100 more reports and 300 more questions ({name})", TimeSpan.FromSeconds(60), async () =>
            {
                foreach (var over in reading.Append(writing).Where(task => task.IsCompleted))
                {
                    await over;
                }

                return flips.Acknowledged >= reports && asked >= questions ? null : $"{flips.Acknowledged} reports, {asked} questions";
            }, () => ring.Logs);
        }
    }

    // R9.2: SIGTERM hands over and leaves the Akka cluster, but stays in the ring.
    private static async Task LeftTheClusterButNotTheRing(MemberRing ring, MemberProcess stopped)
    {
        foreach (var member in ring.Running)
        {
            await Wait.Until($"{stopped.Name} to be missing from the cluster and in the ring", TimeSpan.FromSeconds(10), async () =>
            {
                var seen = (await member.Http.Get("/v1/cluster")).Ok()["members"].AsArray().Single(m => (string?)m!["name"] == stopped.Name)!;
                return (string?)seen["status"] == "missing" && (bool)seen["inRing"]! ? null : seen.ToJsonString();
            });
            Assert.Equal(3, (await member.Http.Get("/v1/ring")).Ok()["members"].AsArray().Count);
        }
    }
}
