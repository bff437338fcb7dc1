using System.Collections.Concurrent;
using Akka.Actor;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Time;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;
using Xunit;

namespace FailureHistory.Cluster.Tests;

/// <summary>The orderly stop of a member (R9.8). Nobody compares copies meanwhile: there are no stewards, and the interval is long.</summary>
public sealed class StopTests
{
    private const string NoExchange = """
        akka.cluster.sharding.role = nobody
        failure-history.exchange-interval = 10m
        """;

    // That a link is cut is noticed by nobody while a test lasts: whoever waits for the other side must wait for it.
    private const string PatientDetector = "akka.cluster.failure-detector.acceptable-heartbeat-pause = 60s";

    [Fact]
    public async Task What_only_the_member_that_stops_has_is_on_every_other_copy_R9_8()
    {
        await using var cluster = new TestCluster(NoExchange);
        await cluster.StartAndWait(3);
        var (leaving, left) = (cluster[0], new[] { cluster[1], cluster[2] });
        Assert.Equal(1, (await leaving.Report(Reports.Failure("known", "known"))).Accepted); // so that the detector is registered
        for (var i = 0; i < 40; i++)
        {
            await WriteAtOneAlone(leaving, $"alone-{i}");
        }

        string[] nodes = [.. Enumerable.Range(0, 40).Select(i => $"alone-{i}")];
        Assert.Equal(80, (await Lacking(left, nodes)).Count);
        await cluster.Stop(leaving);
        await HaveAll(left, nodes);
    }

    [Fact]
    public async Task While_a_member_stops_it_says_so_goes_on_answering_waits_for_who_is_behind_and_fails_no_request_R9_8_R9_11()
    {
        await using var cluster = new TestCluster($"{TestCluster.Throttler}\n{NoExchange}\n{PatientDetector}");
        await cluster.StartAndWait(3);
        var (leaving, other, behind) = (cluster[0], cluster[1], cluster[2]);
        await cluster.Cut([behind], [leaving, other]);
        var recorded = await leaving.Report(Reports.Fleet(50, "behind"));
        Assert.Equal((50, 0), (recorded.Accepted, recorded.Retry.Count));

        var stop = cluster.Stop(leaving);
        await TestCluster.Until("the member that stops to say so", async () =>
        {
            var reply = await leaving.AskAny(new GetReadiness());
            return (reply is Readiness { Ready: false, Status: "stopping" } readiness && readiness.WaitsFor.Any(w => w.Contains("hands over", StringComparison.Ordinal)), $"{reply}");
        }, TimeSpan.FromSeconds(5));
        Assert.Equal(1, (await leaving.Report(Reports.Failure("meanwhile", "meanwhile"))).Accepted);
        Assert.Equal(NodeStatus.Failed, (await leaving.Ask<NodeState>(new GetState("behind-7"))).Status);
        Assert.False(stop.IsCompleted, "a replica in reach lacks 51 reports: the member was expected to wait for it");

        await cluster.Heal();
        var acknowledged = await ReportUntilItEnds(leaving, stop);
        await stop;
        await HaveAll([behind], [.. Enumerable.Range(0, 50).Select(i => $"behind-{i}"), "meanwhile"]);
        await HaveAll([other, behind], acknowledged);
    }

    // Four at a time. Until the end each is acknowledged; then each is told to try elsewhere; none is taken and then given back.
    private static async Task<string[]> ReportUntilItEnds(TestMember member, Task stop)
    {
        var acknowledged = new ConcurrentQueue<string>();
        var failed = new ConcurrentQueue<string>();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async writer =>
        {
            for (var i = 0; !stop.IsCompleted; i++)
            {
                var node = $"end-{writer}-{i}";
                var reply = await member.Host.Report(new ReportObservations([Reports.Failure(node, node)]), CancellationToken.None);
                if (reply is TryAgain again && again.Reason.Contains("stopping", StringComparison.Ordinal))
                {
                    return; // it ends
                }

                if (reply is ObservationsRecorded { Accepted: 1 })
                {
                    acknowledged.Enqueue(node);
                }
                else
                {
                    failed.Enqueue($"{node}: {(reply is ObservationsRecorded r ? $"retry {string.Join(", ", r.Retry)}" : reply)}");
                }
            }
        }));
        Assert.True(failed.IsEmpty, $"{failed.Count} of {failed.Count + acknowledged.Count} reports failed while the member stopped: {string.Join("; ", failed.Take(5))}");
        Assert.NotEmpty(acknowledged);
        return [.. acknowledged];
    }

    // As if the gate's message had reached one member only: written past the gate to that one's log.
    private static async Task WriteAtOneAlone(TestMember member, string node)
    {
        var now = Stamp.From(DateTimeOffset.UtcNow);
        var observation = new Observation
        {
            Node = NodeId.FromName(node), Name = node, Kind = ObservationKind.Failure, Detector = "ping", Id = node, At = now, ReceivedAt = now, Accuracy = 50,
        };
        var written = await member.Host.System!.ActorSelection("/user/fh/log").Ask<BatchWritten>(
            new WriteBatch
            {
                BatchId = 1,
                From = WireIds.Bytes(MemberId.Parse(member.Id)),
                RingVersion = 3,
                Payload = ObservationBatchCodec.Encode([observation]),
                HighestStamp = now.Ticks,
            },
            TimeSpan.FromSeconds(10));
        Assert.Empty(written.Duplicates);
    }

    private static async Task HaveAll(IReadOnlyList<TestMember> members, string[] nodes) =>
        await TestCluster.Until($"every one of {nodes.Length} nodes in the own copy of {string.Join(" and ", members.Select(m => m.Name))}", async () =>
        {
            var lacking = await Lacking(members, nodes);
            return (lacking.Count == 0, $"{lacking.Count} lacking, such as {lacking.FirstOrDefault()}");
        }, TimeSpan.FromSeconds(20));

    // Which of the members can't answer for which of the nodes by its own copy.
    private static async Task<IReadOnlyList<string>> Lacking(IReadOnlyList<TestMember> members, string[] nodes)
    {
        var lacking = new List<string>();
        foreach (var member in members)
        {
            foreach (var node in nodes)
            {
                if (await member.AskAny(new GetState(node)) is not NodeState { Status: NodeStatus.Failed } state || state.AnsweredBy != $"127.0.0.1:{member.Address.Port}")
                {
                    lacking.Add($"{node} at {member.Name}");
                }
            }
        }

        return lacking;
    }
}
