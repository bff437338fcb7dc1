using CsCheck;
using FailureHistory.Node.Notifications;
using Xunit;

namespace FailureHistory.Node.Tests.Notifications;

/// <summary>What a member has of another's numbers (R8.3).</summary>
public sealed class RaiserTrackTests
{
    [Fact]
    public void In_any_order_and_however_often_each_number_is_news_once_R8_3() =>
        Gen.Select(Gen.Int[2, 40], Gen.Int[0, int.MaxValue]).Sample((count, seed) =>
        {
            var track = new RaiserTrack();
            Assert.Equal((true, false), track.Take(7, 1));
            var random = new Random(seed);
            var numbers = Enumerable.Range(1, count).Concat(Enumerable.Range(1, count)).Select(n => (long)n).ToArray();
            random.Shuffle(numbers);
            var came = new HashSet<long> { 1 };
            foreach (var number in numbers)
            {
                Assert.Equal((came.Add(number), false), track.Take(7, number));
                Assert.Equal(Enumerable.Range(1, count + 1).First(n => !came.Contains(n)) - 1, track.UpTo);
            }

            Assert.Equal(count, track.UpTo);
        });

    [Fact]
    public void A_new_epoch_begins_anew_and_an_old_one_is_no_news_R8_3()
    {
        var track = new RaiserTrack();
        track.Take(7, 1);
        track.Take(7, 3);
        Assert.Equal((true, true), track.Take(8, 1)); // of epoch 7 something may be missing
        Assert.Equal((8L, 1L), (track.Epoch, track.UpTo));
        Assert.Equal((false, false), track.Take(7, 2));
        Assert.Equal((true, false), track.Take(8, 2));
        Assert.Equal(2, track.UpTo);
    }

    [Fact]
    public void Who_hears_of_a_raiser_late_does_not_know_what_came_before_R8_3()
    {
        Assert.Equal((true, true), new RaiserTrack().Take(7, 5));
        Assert.True(new RaiserTrack().Jump(7, 5, lost: false));
        Assert.False(new RaiserTrack().Jump(7, 0, lost: false));
    }

    [Fact]
    public void Where_the_raiser_says_it_stands_counts_only_for_another_epoch_or_where_it_lost_some_R8_3()
    {
        var track = new RaiserTrack();
        track.Take(7, 1);
        Assert.False(track.Jump(7, 9, lost: false));
        Assert.Equal(1, track.UpTo);
        Assert.True(track.Jump(7, 9, lost: true));
        Assert.Equal(9, track.UpTo);
        Assert.False(track.Jump(6, 20, lost: true));
        Assert.True(track.Jump(8, 0, lost: false));
        Assert.Equal((8L, 0L), (track.Epoch, track.UpTo));
        Assert.Equal((true, false), track.Take(8, 1));
    }
}
