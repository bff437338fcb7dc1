using FailureHistory.Messages.Wire;
using FailureHistory.Node.Ring;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FailureHistory.Node.Tests.Ring;

[Trait("Rule", "R9.2")]
public sealed class UntoldVotesTests
{
    private readonly FakeTimeProvider time = new();
    private readonly UntoldVotes votes;

    public UntoldVotesTests() => votes = new UntoldVotes(time);

    [Fact]
    public void A_vote_that_stands_for_two_seconds_is_overdue_once()
    {
        Say(1, voted: true);
        Assert.False(votes.AreOverdue(7), "whoever proposed it may just be about to tell");
        time.Advance(UntoldVotes.Patience);
        Say(1, voted: true);
        Assert.False(votes.AreOverdue(8), "it was a vote under another version");
        Assert.True(votes.AreOverdue(7));
        Assert.False(votes.AreOverdue(7), "its end is under way");
        Say(1, voted: true);
        Assert.False(votes.AreOverdue(7));
    }

    [Fact]
    public void Who_has_learnt_what_became_of_it_is_no_longer_waited_for()
    {
        Say(1, voted: true);
        Say(2, voted: true);
        time.Advance(UntoldVotes.Patience);
        Say(1, voted: false);
        Say(2, voted: true, version: 8);
        Assert.False(votes.AreOverdue(7));
    }

    private void Say(int member, bool voted, long version = 7) =>
        votes.Take(new RingChecked { Member = WireIds.Bytes(MemberRig.Id(member)), Version = version, VotedForNext = voted }, inForce: 7);
}
