using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using Akka.Cluster.Tools.Singleton;
using Akka.TestKit;
using FailureHistory.Core.Ring;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Member;
using FailureHistory.Node.Registry;
using FailureHistory.Node.Ring;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Ring;

/// <summary>The keeper of a ring of three; the test plays all three members' votes.</summary>
[Trait("Rule", "R9.2")]
public sealed class RingKeeperTests : ActorTest
{
    // The keeper looks at the members of an Akka cluster; this one has none.
    private const string Clustered = """
        akka.actor { provider = cluster, serialize-messages = off }
        akka.remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }
        """;

    private readonly TestProbe votes;
    private readonly MemberRig rig;
    private readonly IActorRef keeper;

    public RingKeeperTests(ITestOutputHelper output)
        : base(output, Clustered)
    {
        votes = CreateTestProbe("votes");
        Sys.Settings.InjectTopLevelFallback(ClusterSharding.DefaultConfig());
        Sys.Settings.InjectTopLevelFallback(ClusterSingleton.DefaultConfig());
        rig = new MemberRig(Sys, 3, tools: new ClusterTools(CreateTestProbe("replicator"), TestActor, ClusterShardingSettings.Create(Sys), ClusterSingletonManagerSettings.Create(Sys)));
        var told = votes.Ref;
        Sys.ActorOf(Props.Create(() => new Forwarder(told)), "fh-ring");
        keeper = Sys.ActorOf(RingKeeper.Props(rig.Context), "keeper");
    }

    [Fact]
    public void A_vote_that_nobody_was_told_of_is_finished_by_proposing_the_next_version()
    {
        AVoteStandsTooLong();
        keeper.Tell(new RingActor.NextBallot(new Ballot(1, rig.Self)));
        Assert.Equal(rig.Ring.Version + 1, votes.FishForMessage<RingPrepare>(_ => true).Version);
    }

    [Fact]
    public void What_was_found_safe_under_one_version_is_not_proposed_under_the_next()
    {
        AVoteStandsTooLong();
        rig.Grow();
        keeper.Tell(new RingActor.NextBallot(new Ballot(1, rig.Self)));
        Assert.DoesNotContain(votes.ReceiveWhile<object>(_ => true, TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(600)), m => m is RingPrepare);

        AVoteStandsTooLong(); // and it goes on with what the new version wants
        keeper.Tell(new RingActor.NextBallot(new Ballot(2, rig.Self)));
        Assert.Equal(rig.Ring.Version + 1, votes.FishForMessage<RingPrepare>(_ => true).Version);
    }

    [Fact]
    public void A_removal_on_request_waits_for_copies_that_are_just_being_fetched_but_not_for_ever()
    {
        rig.Context.Peers.SetReachable(rig.Ids[2], false);
        keeper.Tell(new RingRemoval { RequestId = "r", Member = WireIds.Bytes(rig.Ids[2]) }, TestActor);
        Assert.DoesNotContain(votes.ReceiveWhile<object>(_ => true, TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(600)), m => m is RingActor.GetBallot);

        rig.Time.Advance(TimeSpan.FromSeconds(6)); // who is left has not come to count by then
        votes.FishForMessage<RingActor.GetBallot>(_ => true);
        keeper.Tell(new RingActor.NextBallot(new Ballot(1, rig.Self)));
        Assert.Equal(rig.Ring.Version + 1, votes.FishForMessage<RingPrepare>(_ => true).Version);
    }

    [Fact]
    public void A_removal_on_request_goes_at_once_where_all_that_are_left_count()
    {
        rig.Context.Peers.SetReachable(rig.Ids[2], false);
        var all = Enumerable.Range(0, Segments.Count).ToList();
        foreach (var segment in all)
        {
            rig.Context.Board[segment] = rig.Context.Board[segment] with { RingVersion = rig.Ring.Version, Counts = true };
        }

        rig.Context.Peers.Learn(rig.Ids[1], new UniqueAddress(rig.Context.Peers.SelfAddress, 7));
        rig.Context.Serving = rig.Context.Serving.With(rig.Ids[1], 1, ServingMap.BitmapOf(all, all, rig.Ring.Version, 7));
        keeper.Tell(new RingRemoval { RequestId = "r", Member = WireIds.Bytes(rig.Ids[2]) }, TestActor);
        votes.FishForMessage<RingActor.GetBallot>(_ => true, TimeSpan.FromSeconds(3));
    }

    private void AVoteStandsTooLong()
    {
        var answer = new RingChecked
        {
            Member = WireIds.Bytes(rig.Ids[1]), ClusterId = WireIds.Bytes(rig.Ring.Record.ClusterId), Version = rig.Ring.Version, VotedForNext = true,
        };
        keeper.Tell(answer);
        keeper.Tell(new Identify(1), TestActor);
        ExpectMsg<ActorIdentity>(); // it has taken it
        rig.Time.Advance(UntoldVotes.Patience + TimeSpan.FromSeconds(1));
        votes.FishForMessage<RingActor.GetBallot>(_ => true);
    }

    private sealed class Forwarder : ReceiveActor
    {
        public Forwarder(IActorRef to) => ReceiveAny(m => to.Forward(m));
    }
}
