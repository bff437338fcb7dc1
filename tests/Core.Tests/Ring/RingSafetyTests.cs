using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using Xunit;

namespace FailureHistory.Core.Tests.Ring;

/// <summary>When the ring may change, and when a version is known to be the latest (R9.2, R9.9).</summary>
public sealed class RingSafetyTests
{
    private static readonly MemberId[] Four = [.. Enumerable.Range(1, 4).Select(i => new MemberId((UInt128)i))];
    private static readonly RingView Ring = RingView.Of(Rings.Of(Four.Select(id => Rings.Member(id)), 3));

    [Fact]
    public void It_may_change_while_every_copy_counts() => Assert.True(RingSafety.MayChange(Ring, null, _ => true, (_, _) => true));

    [Fact]
    public void Not_while_a_copy_that_can_be_reached_still_fetches()
    {
        Assert.False(RingSafety.MayChange(Ring, null, _ => true, (member, segment) => member != Ring.Placement.Replicas(7)[1] || segment != 7));
        Assert.Equal(7, RingSafety.WaitsFor(Ring, null, _ => true, (member, segment) => member != Ring.Placement.Replicas(7)[1] || segment != 7));
    }

    [Fact]
    public void One_that_is_down_may_be_taken_out_while_the_rest_of_each_set_counts() =>
        Assert.True(RingSafety.MayChange(Ring, Four[0], m => m != Four[0], (member, _) => member != Four[0]));

    [Fact]
    public void Of_two_that_are_down_none_is_taken_out_where_the_rest_is_no_majority() =>
        Assert.False(RingSafety.MayChange(Ring, Four[0], m => m != Four[0] && m != Four[1], (member, _) => member != Four[0] && member != Four[1]));

    [Fact]
    public void A_version_is_the_latest_once_a_majority_of_its_members_has_voted_for_no_next()
    {
        var confirmation = new RingConfirmation(Ring.Record);
        Assert.False(confirmation.Take(Four[0], isLatest: true));
        Assert.False(confirmation.Take(Four[0], isLatest: true));
        Assert.False(confirmation.Take(Four[1], isLatest: false));
        Assert.False(confirmation.Take(new MemberId(99), isLatest: true));
        Assert.False(confirmation.Take(Four[2], isLatest: true));
        Assert.True(confirmation.CanBeConfirmedBy(1));
        Assert.False(confirmation.CanBeConfirmedBy(0));
        Assert.True(confirmation.Take(Four[3], isLatest: true));
    }

    [Fact]
    public void A_member_that_has_voted_for_the_next_version_can_no_longer_vouch_for_this_one()
    {
        var state = new RingState { InForce = Ring.Record };
        Assert.True(state.IsLatest(1));
        Assert.False(state.IsLatest(2));
        var next = RingChanges.Add(Ring.Record, Rings.Member(new MemberId(9)));
        Assert.False(RingAcceptor.OnAccept(state, new Ballot(1, Four[0]), next).Next.IsLatest(1));
        Assert.False(RingAcceptor.OnInForce(state, next).Next.IsLatest(1));
    }
}
