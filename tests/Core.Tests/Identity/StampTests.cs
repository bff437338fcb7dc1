using CsCheck;
using FailureHistory.Core.Time;
using Xunit;

namespace FailureHistory.Core.Tests.Identity;

[Trait("Rule", "R2.3")]
public sealed class StampTests
{
    private static readonly Gen<Stamp> Any = Gen.Long[0, Stamp.MaxValue.Ticks].Select(ticks => new Stamp(ticks));

    [Fact]
    public void A_stamp_counts_100_ns_since_1970()
    {
        Assert.Equal(0, Stamp.From(DateTimeOffset.UnixEpoch).Ticks);
        Assert.Equal(10_000_000, Stamp.From(DateTimeOffset.FromUnixTimeSeconds(1)).Ticks);
        Assert.Equal(-1, Stamp.From(DateTimeOffset.UnixEpoch.AddTicks(-1)).Ticks);
    }

    [Theory]
    [InlineData(0, "1970-01-01T00:00:00.0000000Z")]
    [InlineData(10_000_001, "1970-01-01T00:00:01.0000001Z")]
    public void It_is_shown_in_UTC_with_seven_decimals(long ticks, string expected) => Assert.Equal(expected, new Stamp(ticks).ToString());

    [Fact]
    public void The_last_stamp_is_the_last_moment_of_the_year_9999() =>
        Assert.Equal("9999-12-31T23:59:59.9999999Z", Stamp.MaxValue.ToString());

    [Fact]
    public void What_was_shown_is_read_back() => Any.Sample(stamp =>
    {
        Assert.True(Stamp.TryParse(stamp.ToString(), out var read));
        Assert.Equal(stamp, read);
        Assert.Equal(stamp, Stamp.From(stamp.ToDateTimeOffset()));
    });

    [Theory]
    [InlineData("1970-01-01T02:00:01+02:00")]
    [InlineData("1970-01-01T00:00:01Z")]
    [InlineData("1969-12-31T19:00:01-05:00")]
    public void An_offset_is_taken_into_account(string text)
    {
        Assert.True(Stamp.TryParse(text, out var stamp));
        Assert.Equal(10_000_000, stamp.Ticks);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("yesterday")]
    [InlineData("2026-13-01T00:00:00Z")]
    public void What_is_no_time_is_not_read(string? text) => Assert.False(Stamp.TryParse(text, out _));

    [Fact]
    public void Stamps_order_and_subtract_as_their_ticks_do() => Gen.Select(Any, Any).Sample((a, b) =>
    {
        Assert.Equal(a.Ticks.CompareTo(b.Ticks), a.CompareTo(b));
        Assert.Equal((a.Ticks > b.Ticks, a.Ticks >= b.Ticks, a.Ticks < b.Ticks, a.Ticks <= b.Ticks), (a > b, a >= b, a < b, a <= b));
        Assert.Equal(a, b + (a - b));
        Assert.Equal(b, a - (a - b));
    });
}
