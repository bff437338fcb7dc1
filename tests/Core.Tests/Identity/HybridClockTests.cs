using CsCheck;
using FailureHistory.Core.Time;
using Xunit;

namespace FailureHistory.Core.Tests.Identity;

[Trait("Rule", "R2.3")]
public sealed class HybridClockTests
{
    private enum Act
    {
        Batch,
        Observe,
        Now,
        Restart,
    }

    [Fact]
    public void It_follows_the_wall_clock() => Assert.Equal(new Stamp(1000), Next(Reserved(0, 5000), 1000, 1));

    [Fact]
    public void A_batch_gets_consecutive_stamps_and_the_next_one_follows()
    {
        var clock = Reserved(0, 5000);

        Assert.Equal(new Stamp(1000), Next(clock, 1000, 10));
        Assert.Equal(new Stamp(1010), Next(clock, 1000, 1));
    }

    [Fact]
    public void A_wall_clock_that_steps_back_holds_no_stamp_back()
    {
        var clock = Reserved(0, 5000);
        Next(clock, 1000, 1);

        Assert.Equal(new Stamp(1001), Next(clock, 10, 1));
        Assert.Equal(new Stamp(1001), clock.Now(new Stamp(10)));
    }

    [Fact]
    public void No_stamp_is_below_the_highest_seen_from_another_member()
    {
        var clock = Reserved(0, 5000);
        clock.Observe(new Stamp(2000));
        clock.Observe(new Stamp(1500));

        Assert.Equal(new Stamp(2000), clock.Now(new Stamp(1000)));
        Assert.Equal(new Stamp(2001), Next(clock, 1000, 1));
    }

    [Fact]
    public void After_a_restart_stamps_begin_above_the_bound_kept_on_disk()
    {
        var clock = Reserved(0, 5000);
        Next(clock, 1000, 100);

        Assert.Equal(new Stamp(5001), Next(Reserved(5000, 9000), 1000, 1));
    }

    [Fact]
    public void No_stamp_is_given_above_the_reservation_and_what_is_needed_is_told()
    {
        var clock = Reserved(0, 1004);

        Assert.False(clock.TryNext(new Stamp(1000), 6, out _, out var needed));
        Assert.Equal(new Stamp(1005), needed);
        Assert.Equal(new Stamp(1004), clock.ReservedUntil);

        clock.Reserve(needed);
        clock.Reserve(new Stamp(3));
        Assert.Equal(new Stamp(1005), clock.ReservedUntil);
        Assert.Equal(new Stamp(1000), Next(clock, 1000, 6));
    }

    [Fact]
    public void A_refused_batch_uses_no_stamps_up()
    {
        var clock = Reserved(0, 1004);
        Assert.False(clock.TryNext(new Stamp(1000), 100, out _, out _));

        Assert.Equal(new Stamp(1000), Next(clock, 1000, 1));
    }

    [Fact]
    public void Through_clock_steps_and_restarts_stamps_strictly_increase() =>
        Gen.Select(Gen.Enum<Act>(), Gen.Long[0, 300], Gen.Int[1, 20]).Array[1, 40].Sample(steps =>
        {
            var disk = 0L;
            var clock = new HybridClock(Stamp.Zero);
            var last = -1L;
            var seen = 0L;
            foreach (var (act, time, count) in steps)
            {
                switch (act)
                {
                    case Act.Observe:
                        clock.Observe(new Stamp(time));
                        seen = Math.Max(seen, time);
                        break;
                    case Act.Now:
                        Assert.True(clock.Now(new Stamp(time)).Ticks >= Math.Max(time, Math.Max(last, seen)));
                        break;
                    case Act.Restart:
                        clock = new HybridClock(new Stamp(disk));
                        seen = 0;
                        break;
                    default:
                        if (!clock.TryNext(new Stamp(time), count, out var first, out var needed))
                        {
                            // First the disk, then the clock, as its owner must.
                            disk = needed.Ticks + 50;
                            clock.Reserve(new Stamp(disk));
                            Assert.True(clock.TryNext(new Stamp(time), count, out first, out _));
                        }

                        Assert.True(first.Ticks > last, $"{first.Ticks} after {last}");
                        Assert.True(first.Ticks > seen, $"{first.Ticks} though {seen} was seen");
                        Assert.True(first.Ticks + count - 1 <= disk);
                        last = first.Ticks + count - 1;
                        break;
                }
            }
        });

    [Fact]
    public void Two_threads_never_get_the_same_stamp()
    {
        var clock = Reserved(0, long.MaxValue / 2);
        var given = new long[4][];
        Parallel.For(0, given.Length, thread =>
        {
            given[thread] = new long[1000];
            for (var i = 0; i < given[thread].Length; i++)
            {
                given[thread][i] = Next(clock, i, 1).Ticks;
            }
        });

        Assert.Equal(4000, given.SelectMany(g => g).Distinct().Count());
        Assert.All(given, g => Assert.Equal(g.Order(), g));
    }

    private static HybridClock Reserved(long kept, long until)
    {
        var clock = new HybridClock(new Stamp(kept));
        clock.Reserve(new Stamp(until));
        return clock;
    }

    private static Stamp Next(HybridClock clock, long wall, int count)
    {
        Assert.True(clock.TryNext(new Stamp(wall), count, out var first, out _));
        return first;
    }
}
