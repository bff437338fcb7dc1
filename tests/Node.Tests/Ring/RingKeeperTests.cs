using Akka.Actor;
using Akka.Cluster;
using Akka.TestKit;
using FailureHistory.Core.Ring;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Registry;
using FailureHistory.Node.Ring;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Ring;

/// <summary>The keeper of a ring of three; the test plays all three members' votes.</summary>
[Trait("Rule", "R9.2")]
public sealed class RingKeeperTests : ClusteredTest
{
    private readonly TestProbe votes;
    private readonly IActorRef keeper;

    public RingKeeperTests(ITestOutputHelper output)
        : base(output)
    {
        votes = CreateTestProbe("votes");
        MemberRig.At("fh-ring", votes);
        keeper = Sys.ActorOf(RingKeeper.Props(Rig.Context), "keeper");
    }

    [Fact]
    public void A_vote_that_nobody_was_told_of_is_finished_by_proposing_the_next_version()
    {
        AVoteStandsTooLong();
        keeper.Tell(new RingActor.NextBallot(new Ballot(1, Rig.Self)));
        Assert.Equal(Rig.Ring.Version + 1, votes.FishForMessage<RingPrepare>(_ => true).Version);
    }

    [Fact]
    public void What_was_found_safe_under_one_version_is_not_proposed_under_the_next()
    {
        AVoteStandsTooLong();
        Rig.Grow();
        keeper.Tell(new RingActor.NextBallot(new Ballot(1, Rig.Self)));
        Assert.DoesNotContain(votes.ReceiveWhile<object>(_ => true, TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(600)), m => m is RingPrepare);

        AVoteStandsTooLong(); // and it goes on with what the new version wants
        keeper.Tell(new RingActor.NextBallot(new Ballot(2, Rig.Self)));
        Assert.Equal(Rig.Ring.Version + 1, votes.FishForMessage<RingPrepare>(_ => true).Version);
    }

    [Fact]
    public void A_removal_on_request_waits_for_copies_that_are_just_being_fetched_but_not_for_ever()
    {
        Rig.Context.Peers.SetReachable(Rig.Ids[2], false);
        keeper.Tell(new RingRemoval { RequestId = "r", Member = WireIds.Bytes(Rig.Ids[2]) }, TestActor);
        Assert.DoesNotContain(votes.ReceiveWhile<object>(_ => true, TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(600)), m => m is RingActor.GetBallot);

        Rig.Time.Advance(TimeSpan.FromSeconds(6)); // who is left has not come to count by then
        votes.FishForMessage<RingActor.GetBallot>(_ => true);
        keeper.Tell(new RingActor.NextBallot(new Ballot(1, Rig.Self)));
        Assert.Equal(Rig.Ring.Version + 1, votes.FishForMessage<RingPrepare>(_ => true).Version);
    }

    [Fact]
    public void A_removal_on_request_goes_at_once_where_all_that_are_left_count()
    {
        Rig.Context.Peers.SetReachable(Rig.Ids[2], false);
        var all = Enumerable.Range(0, Segments.Count).ToList();
        foreach (var segment in all)
        {
            Rig.Context.Board[segment] = Rig.Context.Board[segment] with { RingVersion = Rig.Ring.Version, Counts = true };
        }

        Rig.Context.Peers.Learn(Rig.Ids[1], new UniqueAddress(Rig.Context.Peers.SelfAddress, 7));
        Rig.Context.Serving = Rig.Context.Serving.With(Rig.Ids[1], 1, ServingMap.BitmapOf(all, all, Rig.Ring.Version, 7));
        keeper.Tell(new RingRemoval { RequestId = "r", Member = WireIds.Bytes(Rig.Ids[2]) }, TestActor);
        votes.FishForMessage<RingActor.GetBallot>(_ => true, TimeSpan.FromSeconds(3));
    }

    private void AVoteStandsTooLong()
    {
        var answer = new RingChecked
        {
            Member = WireIds.Bytes(Rig.Ids[1]), ClusterId = WireIds.Bytes(Rig.Ring.Record.ClusterId), Version = Rig.Ring.Version, VotedForNext = true,
        };
        keeper.Tell(answer);
        keeper.Tell(new Identify(1), TestActor);
        ExpectMsg<ActorIdentity>(); // it has taken it
        Rig.Time.Advance(UntoldVotes.Patience + TimeSpan.FromSeconds(1));
        votes.FishForMessage<RingActor.GetBallot>(_ => true);
    }
}
