using CsCheck;
using FailureHistory.Core.Time;
using Xunit;

namespace FailureHistory.Node.Tests.Http;

public sealed class DurationTextTests
{
    [Theory]
    [InlineData("0s", 0)]
    [InlineData("500ms", 5_000_000)]
    [InlineData("1s", 10_000_000)]
    [InlineData("60s", 600_000_000)]
    [InlineData("90s", 900_000_000)]
    [InlineData("10m", 6_000_000_000)]
    [InlineData("1h", 36_000_000_000)]
    [InlineData("24h", 864_000_000_000)]
    [InlineData("7d", 6_048_000_000_000)]
    [InlineData("0.0001ms", 1)]
    [InlineData("1500ms", 15_000_000)]
    public void A_span_is_written_as_people_write_it(string text, long ticks)
    {
        Assert.Equal(text, DurationText.Format(new TimeSpan(ticks)));
        Assert.True(DurationText.TryParse(text, out var span));
        Assert.Equal(ticks, span.Ticks);
    }

    [Theory]
    [InlineData("1m", 600_000_000)]
    [InlineData("1d", 864_000_000_000)]
    [InlineData("1.5s", 15_000_000)]
    [InlineData("0.25h", 9_000_000_000)]
    [InlineData("007s", 70_000_000)]
    [InlineData("0ms", 0)]
    [InlineData("10675199d", 9_223_371_936_000_000_000)]
    public void Other_ways_of_writing_are_read(string text, long ticks)
    {
        Assert.True(DurationText.TryParse(text, out var span));
        Assert.Equal(ticks, span.Ticks);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("60")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("+1s")]
    [InlineData("1 s")]
    [InlineData(" 1s")]
    [InlineData("1s ")]
    [InlineData("1S")]
    [InlineData("1w")]
    [InlineData("1h30m")]
    [InlineData(".5s")]
    [InlineData("5.s")]
    [InlineData("1.2.3s")]
    [InlineData("1,5s")]
    [InlineData("1e3s")]
    [InlineData("0.00001ms")]
    [InlineData("10675200d")]
    [InlineData("99999999999999999999999999999999s")]
    [InlineData("٣s")]
    public void What_is_no_span_is_refused(string? text) => Assert.False(DurationText.TryParse(text, out _));

    [Fact]
    public void What_is_written_is_read_back() =>
        Gen.OneOf(Gen.Long[0, TimeSpan.MaxValue.Ticks], Gen.Long[0, 10_000_000], Gen.Long[0, 400].Select(days => days * TimeSpan.TicksPerDay / 4))
            .Sample(ticks => DurationText.TryParse(DurationText.Format(new TimeSpan(ticks)), out var span) && span.Ticks == ticks);

    [Fact]
    public void A_negative_span_is_not_written() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => DurationText.Format(TimeSpan.FromSeconds(-1)));
}
