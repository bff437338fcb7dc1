using Akka.Actor;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Stewards;
using Xunit;

namespace FailureHistory.Cluster.Tests;

/// <summary>The stewards of the segments on real sharding: one each, where the first serving copy is, and what they are for.</summary>
public sealed class StewardTests
{
    // A role that no member has: nobody hosts a shard, so that no steward ever runs.
    private const string WithoutStewards = "akka.cluster.sharding.role = nobody";

    // akka.actor.serialize-messages: whatever sharding and the stewards tell each other must have a wire form or say that it never leaves (R13.1).
    [Fact]
    public async Task One_member_has_every_steward_a_second_takes_its_share_and_one_that_stops_leaves_them_to_the_other_D3()
    {
        await using var cluster = new TestCluster(AkkaByReferenceSerializer.Settings);
        await cluster.StartAndWait(1);
        await EveryStewardIsInItsPlace(cluster);
        var second = cluster.Start("b");
        await cluster.Ready(2);
        await EveryStewardIsInItsPlace(cluster);
        Assert.All(cluster.Members, m => Assert.InRange(Running(m).Result.Count, 1, 255));

        await cluster.Stop(second);
        await TestCluster.Until("the member that is left to have every steward", async () =>
        {
            var running = await Running(cluster[0]);
            return (running.Count == Segments.Count, $"{running.Count} of {Segments.Count}");
        });
        Assert.True(AkkaByReferenceSerializer.Refused.IsEmpty, string.Join("\n", AkkaByReferenceSerializer.Refused.Keys));
    }

    [Fact]
    public async Task Every_segment_has_one_steward_at_its_first_serving_copy_and_when_that_member_is_gone_elsewhere_and_then_back_D3()
    {
        await using var cluster = new TestCluster(TestCluster.Throttler);
        await cluster.StartAndWait(3);
        await EveryStewardIsInItsPlace(cluster);

        // The first member is the oldest, and has sharding's coordinator.
        var (gone, left) = (cluster[0], new[] { cluster[1], cluster[2] });
        Assert.NotEmpty(await Running(gone));
        await cluster.Cut([gone], left);
        await TestCluster.Until("every steward at the two members that are left", async () =>
        {
            var running = await Task.WhenAll(left.Select(Running));
            return (running.Sum(r => r.Count) == Segments.Count && running.SelectMany(r => r).Distinct().Count() == Segments.Count, $"{string.Join(" + ", running.Select(r => r.Count))} of {Segments.Count}");
        });

        await cluster.Heal();
        await cluster.Ready(3);
        await EveryStewardIsInItsPlace(cluster);
    }

    [Fact]
    public async Task A_write_that_only_one_copy_has_is_on_all_within_an_exchange_interval_whichever_copy_it_is_R9_3_R9_5()
    {
        var interval = TimeSpan.FromSeconds(6);
        await using var cluster = new TestCluster("failure-history.exchange-interval = 6s");
        await cluster.StartAndWait(3);
        await EveryStewardIsInItsPlace(cluster);
        await LoseAtTwoOfThree(cluster, 60);

        // The interval, and what a slow machine takes for the pulls of 60 segments; the next round would come later than that.
        await EveryCopyAnswersForAll(cluster, 60, interval + TimeSpan.FromSeconds(4));
    }

    [Fact]
    public async Task Without_any_steward_the_holders_compare_by_themselves_and_the_write_is_on_all_R9_3_R9_5()
    {
        await using var cluster = new TestCluster(WithoutStewards);
        await cluster.StartAndWait(3);
        await LoseAtTwoOfThree(cluster, 30);
        await EveryCopyAnswersForAll(cluster, 30, TimeSpan.FromSeconds(30));
        Assert.All(cluster.Members, m => Assert.Empty(Running(m).Result));
    }

    private static async Task<IReadOnlyList<int>> Running(TestMember member)
    {
        try
        {
            return member.Host.System is { } system
                ? (await system.ActorSelection("/user/fh/stewards").Ask<StewardsHere>(new GetStewards(), TimeSpan.FromSeconds(5))).Segments
                : [];
        }
        catch (AskTimeoutException)
        {
            return []; // between two actor systems
        }
    }

    private static Task EveryStewardIsInItsPlace(TestCluster cluster) => TestCluster.Until("one steward of every segment, at its first serving copy", async () =>
    {
        var ring = await cluster[0].Ask<RingInfo>(new GetRing());
        var faults = new List<string>();
        var at = new Dictionary<int, List<string>>();
        foreach (var member in cluster.Members)
        {
            foreach (var segment in await Running(member))
            {
                (at.TryGetValue(segment, out var members) ? members : at[segment] = []).Add(member.Id);
            }
        }

        foreach (var segment in ring.Segments)
        {
            var expected = segment.Members.FirstOrDefault(segment.Serving.Contains);
            var seen = at.GetValueOrDefault(segment.Segment) ?? [];
            if (seen.Count != 1 || seen[0] != expected)
            {
                faults.Add($"segment {segment.Segment}: expected at {expected}, seen at [{string.Join(", ", seen)}]");
            }
        }

        return (faults.Count == 0, $"{faults.Count} not so, such as {faults.FirstOrDefault()}");
    });

    // As if the gate's message had reached one member only, each of the three by turns: written past the gate to that one's log.
    private static async Task LoseAtTwoOfThree(TestCluster cluster, int count)
    {
        Assert.Equal(1, (await cluster[0].Report(Reports.Failure("known", "known"))).Accepted); // so that the detector is registered
        for (var i = 0; i < count; i++)
        {
            var now = Stamp.From(DateTimeOffset.UtcNow);
            var lost = new Observation
            {
                Node = NodeId.FromName($"lost-{i}"), Name = $"lost-{i}", Kind = ObservationKind.Failure, Detector = "ping", Id = $"lost-{i}", At = now, ReceivedAt = now, Accuracy = 50,
            };
            var member = cluster[i % 3];
            var written = await member.Host.System!.ActorSelection("/user/fh/log").Ask<BatchWritten>(
                new WriteBatch
                {
                    BatchId = i + 1,
                    From = WireIds.Bytes(MemberId.Parse(member.Id)),
                    RingVersion = 3,
                    Payload = ObservationBatchCodec.Encode([lost]),
                    HighestStamp = now.Ticks,
                },
                TimeSpan.FromSeconds(10));
            Assert.Empty(written.Duplicates);
        }
    }

    private static Task EveryCopyAnswersForAll(TestCluster cluster, int count, TimeSpan within) => TestCluster.Until("every member to have every write in its own copy", async () =>
    {
        var missing = 0;
        foreach (var member in cluster.Members)
        {
            for (var i = 0; i < count; i++)
            {
                var own = await member.AskAny(new GetState($"lost-{i}")) is NodeState state && state.AnsweredBy == $"127.0.0.1:{member.Address.Port}"
                    && state.Verdicts.Any(v => v.Observation == $"lost-{i}");
                missing += own ? 0 : 1;
            }
        }

        return (missing == 0, $"{missing} of {3 * count} missing");
    }, within);
}
