using FailureHistory.Core.Ring;
using Xunit;

namespace FailureHistory.Core.Tests.Ring;

[Trait("Rule", "R9.2")]
public sealed class RingAcceptorTests
{
    private static readonly RingMember[] People = Rings.Draw(new Random(5), 4);
    private static readonly RingRecord One = RingChanges.Form(9, People[0], 3);
    private static readonly RingRecord Two = RingChanges.Add(One, People[1]);
    private static readonly RingRecord Three = RingChanges.Add(Two, People[2]);
    private static readonly RingState AtTwo = new() { InForce = Two };

    [Fact]
    public void A_promise_is_kept_against_lower_ballots_and_given_again_to_the_same()
    {
        var (state, reply) = RingAcceptor.OnPrepare(AtTwo, 9, 3, B(5));

        Assert.Equal(new Promise(3, B(5), null, null), reply);
        Assert.Equal((state, new PrepareRefused(3, B(4), new Outbid(B(5)))), RingAcceptor.OnPrepare(state, 9, 3, B(4)));
        Assert.Equal((state, new AcceptRefused(3, B(4), new Outbid(B(5)))), RingAcceptor.OnAccept(state, B(4), Three));
        Assert.Equal((state, new Promise(3, B(5), null, null)), RingAcceptor.OnPrepare(state, 9, 3, B(5)));
    }

    [Fact]
    public void What_was_accepted_is_told_with_the_next_promise()
    {
        var (accepted, vote) = RingAcceptor.OnAccept(AtTwo, B(5), Three);
        var (_, promise) = RingAcceptor.OnPrepare(accepted, 9, 3, B(6));

        Assert.Equal(new RecordAccepted(3, B(5)), vote);
        Assert.Equal(new Promise(3, B(6), B(5), Three), promise);
    }

    [Fact]
    public void An_accept_binds_like_a_promise()
    {
        var (state, _) = RingAcceptor.OnAccept(AtTwo, B(5), Three);

        Assert.IsType<PrepareRefused>(RingAcceptor.OnPrepare(state, 9, 3, B(4)).Reply);
    }

    [Fact]
    public void Who_asks_about_a_decided_version_gets_the_ring_in_force()
    {
        Assert.Equal(new PrepareRefused(2, B(1), new Superseded(Two)), RingAcceptor.OnPrepare(AtTwo, 9, 2, B(1)).Reply);
        Assert.Equal(new AcceptRefused(2, B(1), new Superseded(Two)), RingAcceptor.OnAccept(AtTwo, B(1), Two).Reply);
    }

    [Fact]
    public void Who_lacks_the_predecessor_does_not_vote()
    {
        Assert.Equal((AtTwo, new PrepareRefused(4, B(1), new Lagging(2))), RingAcceptor.OnPrepare(AtTwo, 9, 4, B(1)));
        Assert.Equal((RingState.Empty, new AcceptRefused(3, B(1), new Lagging(0))), RingAcceptor.OnAccept(RingState.Empty, B(1), Three));
    }

    [Fact]
    public void Another_cluster_is_told_whose_member_this_is_and_changes_nothing()
    {
        var foreign = RingChanges.Form(8, People[3], 3);

        Assert.Equal((AtTwo, new PrepareRefused(3, B(1), new ForeignCluster(9))), RingAcceptor.OnPrepare(AtTwo, 8, 3, B(1)));
        Assert.Equal((AtTwo, new AcceptRefused(1, B(1), new ForeignCluster(9))), RingAcceptor.OnAccept(AtTwo, B(1), foreign));
        Assert.Equal((AtTwo, RingLearning.ForeignCluster), RingAcceptor.OnInForce(AtTwo, foreign with { Version = 99 }));
    }

    [Fact]
    public void The_highest_version_wins_and_ends_the_vote()
    {
        var (voted, _) = RingAcceptor.OnAccept(AtTwo, B(5), RingChanges.Add(Two, People[3]));

        Assert.Equal((new RingState { InForce = Three }, RingLearning.Learned), RingAcceptor.OnInForce(voted, Three));
        Assert.Equal((voted, RingLearning.AlreadyInForce), RingAcceptor.OnInForce(voted, Two));
        Assert.Equal((voted, RingLearning.Outdated), RingAcceptor.OnInForce(voted, One));
        Assert.Equal((new RingState { InForce = Three }, RingLearning.Learned), RingAcceptor.OnInForce(RingState.Empty, Three));
    }

    [Fact]
    public void Ballots_are_ordered_by_round_then_by_proposer()
    {
        Ballot[] ordered = [new(1, People.Min(p => p.Id)), new(1, People.Max(p => p.Id)), new(2, People.Min(p => p.Id))];

        Assert.Equal(ordered, ordered.Reverse().Order());
        Assert.True(ordered[0] < ordered[1] && ordered[2] > ordered[1] && ordered[0] <= ordered[1] && ordered[2] >= ordered[1]);
        Assert.Equal(1, Ballot.Above(null, People[0].Id).Round);
    }

    private static Ballot B(long round) => new(round, People[0].Id);
}
