using FailureHistory.Node.Notifications;
using Xunit;

namespace FailureHistory.Node.Tests.Notifications;

/// <summary>Who raises what and when: by rank, once (R8.6, DESIGN D4).</summary>
public sealed class NoticeRaiserTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);
    private readonly NoticeRaiser raiser = new(Step);

    [Fact]
    public void The_nearest_replica_raises_at_once_and_the_others_a_step_later_each_R8_6()
    {
        raiser.Offer(Readings.Of("a", 1, 0.9), 0, TimeSpan.Zero);
        Assert.Equal(TimeSpan.Zero, raiser.NextDue);
        Assert.Single(raiser.TakeDue(TimeSpan.Zero));

        raiser.Offer(Readings.Of("b", 1, 0.9), 2, TimeSpan.Zero);
        raiser.Offer(Readings.Of("c", 1, 0.9), 1, TimeSpan.Zero);
        Assert.Equal(Step, raiser.NextDue);
        Assert.Empty(raiser.TakeDue(Step - TimeSpan.FromTicks(1)));
        Assert.Equal(["c"], raiser.TakeDue(Step).Select(r => r.Name));
        Assert.Equal(2 * Step, raiser.NextDue);
        Assert.Equal(["b"], raiser.TakeDue(2 * Step).Select(r => r.Name));
        Assert.Null(raiser.NextDue);
    }

    [Fact]
    public void What_another_has_raised_is_not_raised_again_before_or_after_it_is_offered_R8_6()
    {
        raiser.Offer(Readings.Of("a", 1, 0.9), 1, TimeSpan.Zero);
        raiser.Saw(Readings.Of("a", 1, 0.9, 0), TimeSpan.Zero); // which knows of it, and of more
        Assert.Empty(raiser.TakeDue(Step));

        raiser.Saw(Readings.Of("b", 1, 0.9), Step);
        raiser.Offer(Readings.Of("b", 1, 0.9), 1, Step);
        Assert.Null(raiser.NextDue);
    }

    [Fact]
    public void A_notice_that_does_not_know_of_the_change_cancels_nothing_R8_6()
    {
        raiser.Offer(Readings.Of("a", 1, 0.9, 0), 1, TimeSpan.Zero);
        raiser.Saw(Readings.Of("a", 1, 0.9), TimeSpan.Zero);
        raiser.Saw(Readings.Of("other", 1, 0.9, 0), TimeSpan.Zero);
        Assert.Single(raiser.TakeDue(Step));
    }

    [Fact]
    public void What_is_offered_twice_is_raised_once_R8_6()
    {
        raiser.Offer(Readings.Of("a", 1, 0.9), 0, TimeSpan.Zero);
        raiser.Offer(Readings.Of("a", 1, 0.9), 1, TimeSpan.Zero);
        Assert.Single(raiser.TakeDue(10 * Step));
        Assert.Null(raiser.NextDue);
    }

    [Fact]
    public void It_remembers_for_two_minutes_from_when_it_saw_a_change_last()
    {
        raiser.Saw(Readings.Of("a", 1, 0.9), TimeSpan.Zero);
        raiser.Saw(Readings.Of("b", 1, 0.9), TimeSpan.Zero);
        raiser.Saw(Readings.Of("a", 1, 0.9), TimeSpan.FromSeconds(100));
        raiser.Saw(Readings.Of("c", 1, 0.9), TimeSpan.FromSeconds(121));
        raiser.Offer(Readings.Of("a", 1, 0.9), 0, TimeSpan.FromSeconds(121));
        Assert.Null(raiser.NextDue);
        raiser.Offer(Readings.Of("b", 1, 0.9), 0, TimeSpan.FromSeconds(121));
        Assert.NotNull(raiser.NextDue);
    }
}
