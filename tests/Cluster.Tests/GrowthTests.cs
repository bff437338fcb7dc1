using Akka.Actor;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;
using Google.Protobuf;
using Xunit;

namespace FailureHistory.Cluster.Tests;

public sealed class GrowthTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // akka.actor.serialize-messages: everything that actors tell each other, here or there, must have a wire form or say that it never leaves.
    [Fact]
    public async Task A_cluster_grows_from_one_to_three_to_five_with_zones_loses_nothing_acknowledged_and_keeps_no_copy_too_many_R9_2_R9_4()
    {
        await using var cluster = new TestCluster(AkkaByReferenceSerializer.Settings);
        cluster.Start("a", zone: "red");
        await cluster.Ready(1);
        Assert.Equal(300, (await cluster[0].Report(Reports.Fleet(300, "one"))).Accepted);

        cluster.Start("b", zone: "green");
        cluster.Start("c", zone: "blue");
        await cluster.Ready(3);
        Assert.Equal(300, (await cluster[1].Report(Reports.Fleet(300, "three"))).Accepted);
        await AllKnown(cluster, "one", "three");

        cluster.Start("d", zone: "red");
        cluster.Start("e", zone: "green");
        await cluster.Ready(5);
        Assert.Equal(300, (await cluster[4].Report(Reports.Fleet(300, "five"))).Accepted);
        await AllKnown(cluster, "one", "three", "five");

        var ring = await cluster[3].Ask<RingInfo>(new GetRing());
        var zones = ring.Members.ToDictionary(m => m.Id, m => m.Zone);
        Assert.All(ring.Segments, s => Assert.Equal(3, s.Members.Distinct().Count()));
        Assert.All(ring.Segments, s => Assert.True(s.Members.Select(m => zones[m]).Distinct().Count() >= 2, $"segment {s.Segment} has all copies in one zone"));
        Assert.All(ring.Members, m => Assert.InRange(m.Copies, 1, 192)); // 1.25 × 256 × 3 / 5

        // DESIGN D3: what the ring gives to others is handed over and deleted, also by what the disk says.
        await NoOrphans(cluster);
        await AllKnown(cluster, "one", "three", "five");
        var first = cluster[0];
        await cluster.Stop(first);
        cluster.Start("a", zone: "red");
        await cluster.Ready(5);
        await NoOrphans(cluster);
        await AllKnown(cluster, "one", "three", "five");

        Assert.NotEmpty(AkkaByReferenceSerializer.Passed); // the check was on
        Assert.True(AkkaByReferenceSerializer.Refused.IsEmpty, string.Join("\n", AkkaByReferenceSerializer.Refused.Keys));
    }

    [Fact]
    public async Task When_a_member_is_killed_its_copies_are_made_anew_elsewhere_without_a_request_R9_6()
    {
        await using var cluster = new TestCluster("failure-history.replace-after = 5s");
        await cluster.StartAndWait(5);
        var recorded = await cluster[0].Report(Reports.Fleet(300, "kept"));
        Assert.Equal((300, 0), (recorded.Accepted, recorded.Retry.Count));
        await HaveAll(cluster, "kept");

        await cluster.Kill(cluster[2]);
        await cluster.Ready(4); // asks for readiness and the ring alone
        await HaveAll(cluster, "kept");
    }

    [Fact]
    public async Task A_cluster_that_grows_to_five_and_shrinks_to_three_while_it_is_reported_to_refuses_nothing_and_has_all_R9_9()
    {
        // Five members in one process: a stall of seconds is the machine's, and no reason to give a report back.
        await using var cluster = new TestCluster("akka.cluster.failure-detector.acceptable-heartbeat-pause = 30s\nfailure-history.gate.timeout = 20s");
        var first = cluster.Start("a");
        await cluster.Ready(1);
        using var enough = new CancellationTokenSource();
        var reports = ReportUntil(first, enough.Token);
        try
        {
            foreach (var (names, size) in new[] { ("bc", 3), ("de", 5) })
            {
                foreach (var name in names)
                {
                    cluster.Start(name.ToString());
                }

                await cluster.Ready(size);
            }

            for (var size = 4; size >= 3; size--)
            {
                var last = cluster[size];
                await cluster.Stop(last);
                await TestCluster.Until($"the ring to let {last.Name} go", async () => (await first.AskAny(new RemoveRingMember(last.Id)) is RingChanged or NodeNotFound, "it does not"));
                await cluster.Ready(size);
            }
        }
        finally
        {
            await enough.CancelAsync();
        }

        var (acknowledged, refused) = await reports;
        Assert.True(refused.Count == 0, $"{refused.Count} of {refused.Count + acknowledged.Count} reports were refused: {string.Join("; ", refused.Take(5))}");
        Assert.True(acknowledged.Count > 100, $"expected reports all the while; {acknowledged.Count} were acknowledged");
        await HaveAll(cluster, acknowledged);
    }

    // One at a time, at a member that stays; the gate sends again what meets a ring that changes.
    private static Task<(List<string> Acknowledged, List<string> Refused)> ReportUntil(TestMember member, CancellationToken end) => Task.Run(async () =>
    {
        var (acknowledged, refused) = (new List<string>(), new List<string>());
        for (var i = 0; !end.IsCancellationRequested; i++)
        {
            var node = $"under-way-{i}";
            var reply = await member.Host.Report(new ReportObservations([Reports.Failure(node, node)]), CancellationToken.None);
            if (reply is ObservationsRecorded { Accepted: 1 })
            {
                acknowledged.Add(node);
            }
            else
            {
                refused.Add($"{node}: {reply}");
            }

            await Task.Delay(10, CancellationToken.None); // a report every now and then, not load
        }

        return (acknowledged, refused);
    });

    private static Task HaveAll(TestCluster cluster, string prefix) => HaveAll(cluster, [.. Enumerable.Range(0, 300).Select(i => $"{prefix}-{i}")]);

    // Each copy by itself; with nobody asking, the exchange has to bring what one of them lacks.
    private static Task HaveAll(TestCluster cluster, IReadOnlyCollection<string> nodes) => TestCluster.Until("each replica to have its nodes", async () =>
    {
        var ring = await cluster[0].Ask<RingInfo>(new GetRing());
        foreach (var node in nodes.Select(NodeId.FromName))
        {
            var segment = Segments.Of(node);
            foreach (var member in cluster.Members.Where(m => ring.Segments[segment].Members.Contains(m.Id)))
            {
                var answer = await member.Host.System!.ActorSelection($"/user/fh/segment-{segment}").Ask<DigestAnswer>(new DigestQuery { RingVersion = ring.Version, Node = WireIds.Bytes(node) }, TimeSpan.FromSeconds(5));
                if (answer.Count == 0)
                {
                    return (false, $"{member.Name} lacks a node of segment {segment}");
                }
            }
        }

        return (true, string.Empty);
    });

    private static Task NoOrphans(TestCluster cluster) => TestCluster.Until("no member to keep what the ring gives to others", async () =>
    {
        var ring = await cluster[0].Ask<RingInfo>(new GetRing());
        foreach (var member in cluster.Members)
        {
            foreach (var node in Enumerable.Range(0, 300).Select(i => NodeId.FromName($"one-{i}")))
            {
                var held = ring.Segments[Segments.Of(node)].Members.Contains(member.Id);
                var answer = await member.Host.System!.ActorSelection($"/user/fh/segment-{Segments.Of(node)}").Ask<DigestAnswer>(new DigestQuery { Node = WireIds.Bytes(node) }, TimeSpan.FromSeconds(5));
                if (held != answer.Count > 0)
                {
                    return (false, $"{member.Name} {(held ? "should hold" : "should no longer hold")} segment {Segments.Of(node)}, and has {answer.Count} observations of one of its nodes");
                }
            }
        }

        return (true, string.Empty);
    });

    // A proposer that dies between the votes and the news: what was voted for may be decided, so that nobody may read by majority until it is finished.
    [Fact]
    public async Task A_version_that_was_voted_for_and_never_told_of_is_finished_and_reads_by_majority_go_on_R6_5_R9_2()
    {
        await using var cluster = new TestCluster();
        await cluster.StartAndWait(3);
        Assert.Equal(300, (await cluster[0].Report(Reports.Fleet(300, "before"))).Accepted);
        var version = (await cluster[0].Ask<RingInfo>(new GetRing())).Version;
        foreach (var member in cluster.Members.Take(2))
        {
            var voter = member.Host.System!.ActorSelection("/user/fh-ring");
            var record = (await voter.Ask<RingInForce>(new RingQuery { Member = ByteString.Empty }, Patience)).Record;
            var proposer = record.Members[0].Id;
            var next = record.Clone();
            next.Version++;
            next.PreviousMembers.Clear();
            next.PreviousMembers.Add(record.Members);
            Assert.True((await voter.Ask<RingPromise>(new RingPrepare { ClusterId = record.ClusterId, Version = next.Version, Round = 1000, Proposer = proposer }, Patience)).Promised);
            Assert.True((await voter.Ask<RingAccepted>(new RingAccept { Round = 1000, Proposer = proposer, Record = next }, Patience)).Accepted);
        }

        await TestCluster.Until("a majority read to succeed under the version that was voted for", async () =>
        {
            var reply = await cluster[2].AskAny(new GetState("before-7", Consistency.Majority));
            var now = (await cluster[2].Ask<RingInfo>(new GetRing())).Version;
            return (reply is NodeState && now > version, $"{reply} under version {now}, {version} before");
        });
        await AllKnown(cluster, "before");
    }

    // From the moment that the ring takes it in majorities count on it, in a ring of two all of them.
    [Fact]
    public async Task A_new_member_is_taken_into_the_ring_only_once_it_can_store_R9_4()
    {
        await using var cluster = new TestCluster();
        cluster.Start("a");
        await cluster.Ready(1);
        var joining = cluster.Start("b");
        var seen = new List<string>();
        await TestCluster.Until("the new member to be ready", async () =>
        {
            // In this order: what it is not yet when it is asked first it may be by the time of the second question, and not the other way round.
            var ring = await cluster[0].Ask<RingInfo>(new GetRing());
            var readiness = (Readiness)await joining.AskAny(new GetReadiness());
            seen.Add($"{readiness.Status} in a ring of {ring.Members.Count}");
            return (readiness.Ready, seen[^1]);
        });
        Assert.Contains(seen, s => s.EndsWith("in a ring of 1", StringComparison.Ordinal));
        Assert.DoesNotContain("recovering in a ring of 2", seen);
        Assert.DoesNotContain("starting in a ring of 2", seen);
    }

    private static async Task AllKnown(TestCluster cluster, params string[] prefixes)
    {
        for (var i = 0; i < 300; i += 7)
        {
            foreach (var prefix in prefixes)
            {
                var member = cluster[i % cluster.Members.Count];
                var state = await member.Ask<NodeState>(new GetState($"{prefix}-{i}", Consistency.Majority));
                Assert.Equal(NodeStatus.Failed, state.Status);
                Assert.Equal($"{prefix}-{i}", Assert.Single(state.Verdicts, v => v.Suspects).Observation);
            }
        }
    }
}
