using Akka.Actor;
using Akka.TestKit;
using FailureHistory.Messages;
using FailureHistory.Node.Actors;
using FailureHistory.Node.Member;
using FailureHistory.Node.Queries;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Actors;

/// <summary>A member that stops: what it says, and in which order it does what. The test plays the actors below the entry.</summary>
[Trait("Rule", "R9.8")]
public sealed class StoppingTests : ActorTest
{
    private const string Clustered = """
        akka.actor { provider = cluster, serialize-messages = off }
        akka.remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }
        akka.coordinated-shutdown.phases.cluster-exiting.timeout = 1s
        """;

    private readonly TestProbe node;
    private readonly TestProbe asker;
    private readonly MemberRig rig;

    public StoppingTests(ITestOutputHelper output)
        : base(output, Clustered)
    {
        node = CreateTestProbe("node");
        asker = CreateTestProbe("asker");
        rig = new MemberRig(Sys, 3);
    }

    [Fact]
    public void One_that_was_told_to_stop_is_not_ready_and_says_what_it_still_does_R9_11()
    {
        var views = new ClusterViews(rig.Context);
        Assert.NotEqual("stopping", views.Readiness().Status);
        rig.Context.IsStopping = true;
        var readiness = views.Readiness();
        Assert.Equal((false, "stopping", rig.Ring.Version), (readiness.Ready, readiness.Status, readiness.RingVersion));
        Assert.Contains("hands over what the other replicas lack", Assert.Single(readiness.WaitsFor), StringComparison.Ordinal);
    }

    [Fact]
    public void Its_entry_takes_reports_until_it_is_closed_and_says_then_that_they_are_for_another_member()
    {
        var entry = Sys.ActorOf(EntryActor.Props(rig.Context, node), "entry");
        rig.Context.IsStopping = true;
        var report = new ReportObservations([new ReportedObservation { Node = "n1", Kind = "failure", Detector = "ping", Id = "1" }]);
        entry.Tell(report, asker);
        node.ExpectMsg<ReportObservations>();

        entry.Tell(CloseEntry.Instance);
        entry.Tell(report, asker);
        entry.Tell(new GetState("n1"), asker);
        Assert.Contains("stopping", asker.ExpectMsg<TryAgain>().Reason, StringComparison.Ordinal);
        asker.ExpectMsg<TryAgain>();
        entry.Tell(new GetUnderWay(0), asker);
        node.ExpectMsg(new GetUnderWay(0)); // and nothing before it
        entry.Tell(new GetReadiness(), asker);
        Assert.Equal("stopping", asker.ExpectMsg<Readiness>().Status);
    }

    [Fact]
    public async Task It_is_unready_then_quiet_then_hands_over_and_is_closed_at_the_very_end()
    {
        var entry = CreateTestProbe("entry");
        Stopping.AddTo(rig.Context, entry, node);
        var stop = CoordinatedShutdown.Get(Sys).Run(CoordinatedShutdown.ClrExitReason.Instance);
        await entry.ExpectMsgAsync(new GetUnderWay(0));
        Assert.True(rig.Context.IsStopping, "it was expected to say that it stops before anything else");
        await node.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(200));
        entry.Reply(new UnderWay(0));
        await node.ExpectMsgAsync(HandOverNow.Instance);
        await entry.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(200));
        node.Reply(new HandedOver(0));
        await entry.ExpectMsgAsync(CloseEntry.Instance, TimeSpan.FromSeconds(20)); // once it has left the cluster
        await entry.ExpectMsgAsync(new GetUnderWay(0));
        entry.Reply(new UnderWay(0));
        await stop.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task One_that_was_downed_hands_nothing_over()
    {
        var entry = CreateTestProbe("entry");
        Stopping.AddTo(rig.Context, entry, node);
        await CoordinatedShutdown.Get(Sys).Run(CoordinatedShutdown.ClusterDowningReason.Instance).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.False(rig.Context.IsStopping, "a member that was downed is started again, and does not hand over");
        Assert.False(entry.HasMessages || node.HasMessages, "nobody was expected to be asked for anything");
    }
}
