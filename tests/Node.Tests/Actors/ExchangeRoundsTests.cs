using FailureHistory.Node.Actors;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FailureHistory.Node.Tests.Actors;

/// <summary>When a member compares which of its segments; it holds those below 10. The interval is 10 s.</summary>
public sealed class ExchangeRoundsTests
{
    private readonly FakeTimeProvider time = new();
    private readonly ExchangeRounds rounds;

    public ExchangeRoundsTests() => rounds = new ExchangeRounds(TimeSpan.FromSeconds(10), time);

    [Fact]
    public void What_stewards_make_due_is_compared_once_and_together_if_it_is_held_R9_5()
    {
        rounds.Due(7);
        rounds.Due(3);
        rounds.Due(3);
        rounds.Due(200);
        Assert.Equal([3, 7], Take());
        Assert.Empty(Take());
    }

    [Fact]
    public void What_was_not_due_for_two_intervals_is_compared_all_the_same_and_then_every_interval_R9_3()
    {
        Pass(19.9);
        Assert.Empty(Take());
        Pass(0.2);
        Assert.Equal(Enumerable.Range(0, 10), Take());
        Pass(9.9);
        Assert.Empty(Take());
        Pass(0.2);
        Assert.Equal(Enumerable.Range(0, 10), Take());
    }

    [Fact]
    public void A_round_of_a_steward_or_of_another_holder_puts_that_off_R9_5()
    {
        Pass(15);
        rounds.Due(1);
        Assert.Equal([1], Take());
        rounds.Noted(2);
        Pass(10);
        Assert.Equal([0, .. Enumerable.Range(3, 7)], Take());
        Pass(10);
        Assert.Equal(Enumerable.Range(0, 10), Take());
    }

    [Fact]
    public void A_segment_that_is_gained_has_its_patience_from_then_on()
    {
        Pass(60);
        Assert.Equal(Enumerable.Range(0, 10), Take());
        Pass(9);
        Assert.Empty(Take());
        Pass(12);
        Assert.DoesNotContain(11, rounds.Take(s => s < 12));
        Pass(10);
        Assert.Contains(11, rounds.Take(s => s < 12));
    }

    [Fact]
    public void A_copy_that_its_own_round_changed_is_compared_again_twice_at_most_R9_3()
    {
        rounds.Changed(4);
        Assert.Empty(Take()); // changed by a round of another: that one sees to it
        rounds.Due(4);
        Assert.Equal([4], Take());
        rounds.Changed(4);
        Assert.Equal([4], Take());
        rounds.Changed(4); // another peer's answer came after that
        Assert.Equal([4], Take());
        rounds.Changed(4);
        Assert.Empty(Take()); // reports that come in all the time must not make it compare all the time
        rounds.Due(4);
        Take();
        rounds.Changed(4);
        Assert.Equal([4], Take());
    }

    private IReadOnlyList<int> Take() => rounds.Take(s => s < 10);

    private void Pass(double seconds) => time.Advance(TimeSpan.FromSeconds(seconds));
}
