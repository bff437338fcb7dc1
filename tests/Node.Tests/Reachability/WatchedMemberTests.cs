using FailureHistory.Node.Reachability;
using Xunit;

namespace FailureHistory.Node.Tests.Reachability;

[Trait("Rule", "R3.4")]
public sealed class WatchedMemberTests
{
    private readonly WatchedMember member = new(MemberRig.Id(3));

    [Fact]
    public void Whoever_said_that_it_goes_has_left_however_it_ends()
    {
        member.See("h:1", 7, Sight.Up);
        member.See("h:1", 7, Sight.Left);
        member.See("h:1", 7, Sight.Unreachable);
        member.See("h:1", 7, Sight.Gone);
        Assert.Equal(Sight.Left, Assert.Single(member.Lives).Sight);
    }

    [Fact]
    public void A_start_faster_than_the_failure_detector_is_a_life_that_is_gone_and_another()
    {
        member.See("h:1", 7, Sight.Up);
        member.See("h:2", 8, Sight.Up);
        Assert.Equal([("h:1", Sight.Gone), ("h:2", Sight.Up)], member.Lives.Select(l => (l.Name, l.Sight)));
        member.See("h:1", 7, Sight.Up); // late news of the life that is over
        Assert.Equal(Sight.Gone, member.Lives[0].Sight);
        member.ForgetFormerLives();
        Assert.Equal("h:2", Assert.Single(member.Lives).Name);
    }

    [Fact]
    public void A_stop_and_a_start_are_a_life_that_left_and_another()
    {
        member.See("h:1", 7, Sight.Up);
        member.See("h:1", 7, Sight.Left);
        member.See("h:1", 8, Sight.Up);
        Assert.Equal([Sight.Left, Sight.Up], member.Lives.Select(l => l.Sight));
    }

    [Fact]
    public void One_that_was_downed_before_it_was_up_had_no_life()
    {
        member.See("h:1", 7, Sight.Up);
        member.See("h:1", 8, Sight.Gone);
        Assert.Equal(Sight.Up, Assert.Single(member.Lives).Sight);
    }

    [Fact]
    public void One_that_was_missed_is_back_with_its_next_life()
    {
        member.Miss("h:1");
        Assert.Equal(Sight.Gone, member.Current.Sight);
        member.See("h:1", 8, Sight.Up);
        Assert.Equal(Sight.Up, Assert.Single(member.Lives).Sight);
    }

    [Fact]
    public void Of_one_that_starts_again_and_again_while_nobody_can_report_the_last_lives_are_kept()
    {
        for (var uid = 1; uid <= 100; uid++)
        {
            member.See("h:1", uid, Sight.Up);
        }

        Assert.Equal([97, 98, 99, 100], member.Lives.Select(l => l.Reported!.Uid));
        Assert.Equal(Sight.Up, member.Current.Sight);
    }
}
