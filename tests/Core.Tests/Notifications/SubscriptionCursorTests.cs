using CsCheck;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Notifications;
using FailureHistory.Core.Tests.History;
using FailureHistory.Core.Time;
using Xunit;

namespace FailureHistory.Core.Tests.Notifications;

/// <summary>Where a subscriber goes on from, as text that comes back from anywhere (R8.3).</summary>
public sealed class SubscriptionCursorTests
{
    private const string Id = "0062b3c4d5e6f708-0123456789abcdef";

    private static readonly Gen<Stamp> Stamps = Gen.Long[0, Stamp.MaxValue.Ticks].Select(t => new Stamp(t));

    private static readonly Gen<SubscriptionCursor> Cursors =
        from id in Gen.Select(Stamps, Gen.ULong).Select(x => $"{x.Item1.Ticks:x16}-{x.Item2:x16}").Null()
        from since in Stamps
        from told in Gen.Select(Gen.UInt, Stamps, Gen.Enum<Side>()).Select(t => new ToldSide(t.Item1, t.Item2, t.Item3)).Array[0, 270]
        from after in Gen.Select(Gen.ULong, Gen.ULong).Select(x => (NodeId?)new NodeId(new UInt128(x.Item1, x.Item2)))
        from hasAfter in Gen.Bool
        select new SubscriptionCursor { LastId = id, Since = since, Told = told, After = hasAfter ? after : null };

    [Fact]
    [Trait("Rule", "R8.3")]
    public void What_is_written_is_read() =>
        Cursors.Sample(
            cursor =>
            {
                var text = cursor.ToString();
                Assert.DoesNotContain(text, c => c is <= ' ' or > '~' or '"' or ',');
                var read = SubscriptionCursor.Parse(text);
                Assert.Equal(cursor.LastId, read.LastId);
                if (!text.Contains('~', StringComparison.Ordinal))
                {
                    Assert.True(read.Since <= cursor.Since, $"{text}: since {read.Since}, later than {cursor.Since}");
                    Assert.True(cursor is { After: null, Told.Count: <= 1 });
                    return;
                }

                Assert.Equal((cursor.Since, cursor.After), (read.Since, read.After));
                Assert.Equal(cursor.Told.TakeLast(SubscriptionCursor.MostTold), read.Told);
                Assert.True(text.Length < 4_800, $"{text.Length} characters");
            },
            iter: 500);

    [Fact]
    [Trait("Rule", "R8.3")]
    public void The_id_of_a_crossing_alone_stands_for_a_while_before_it()
    {
        NotificationId.TryReadStamp(Id, out var stamp);
        var read = SubscriptionCursor.Parse(Id);
        Assert.Equal((Id, stamp - SubscriptionCursor.Margin, null, 0), (read.LastId, read.Since, read.After, read.Told.Count));
        Assert.Equal(Id, read.ToString());
        Assert.Equal(Stamp.Zero, SubscriptionCursor.Parse("0000000000000005-0123456789abcdef").Since);
    }

    [Fact]
    [Trait("Rule", "R8.3")]
    public void The_id_alone_is_written_only_where_it_says_enough()
    {
        NotificationId.TryReadStamp(Id, out var stamp);
        var one = new SubscriptionCursor { LastId = Id, Since = stamp - TimeSpan.FromSeconds(12), Told = [new ToldSide(1, stamp, Side.Up)] };
        Assert.Equal(Id, one.ToString());
        Assert.NotEqual(Id, (one with { Told = [.. one.Told, .. one.Told] }).ToString());
        Assert.NotEqual(Id, (one with { After = new NodeId(1) }).ToString());
        Assert.NotEqual(Id, (one with { Since = stamp - SubscriptionCursor.Margin - TimeSpan.FromTicks(1) }).ToString());
        Assert.NotEqual(Id, (one with { Since = stamp + TimeSpan.FromMinutes(10) }).ToString()); // or what others crossed meanwhile would be told again
        Assert.StartsWith("~", (one with { LastId = null }).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Rule", "R8.3")]
    public void Of_too_many_that_were_told_the_oldest_are_left_out()
    {
        var told = Enumerable.Range(0, SubscriptionCursor.MostTold + 3).Select(i => new ToldSide((uint)i, Script.At(i), Side.Up)).ToList();
        var read = SubscriptionCursor.Parse(new SubscriptionCursor { Since = Script.At(0), Told = told }.ToString());
        Assert.Equal(told.Skip(3), read.Told);
    }

    [Fact]
    [Trait("Rule", "R8.3")]
    public void Told_soon_after_one_another_most_take_seven_bytes()
    {
        var told = Enumerable.Range(0, SubscriptionCursor.MostTold).Select(i => new ToldSide((uint)i, Script.At(0.03 * i), (Side)(i % 2))).ToList();
        var text = new SubscriptionCursor { Since = Script.At(-5), Told = told }.ToString();
        Assert.Equal(told, SubscriptionCursor.Parse(text).Told);
        Assert.True(text.Length < SubscriptionCursor.MostTold * 7 * 4 / 3 * 1.1, $"{text.Length} characters");
    }

    [Fact]
    [Trait("Rule", "R8.3")]
    public void A_cursor_of_the_first_format_is_read()
    {
        var read = SubscriptionCursor.Parse($"{Id}~AQAAAAAAAAAAKgAAAAcAAAAAAAAAyQAAAAkAAAAAAAAAZA");
        Assert.Equal((Id, new Stamp(42), null), (read.LastId, read.Since, read.After));
        Assert.Equal([new ToldSide(7, new Stamp(100), (Side)1), new ToldSide(9, new Stamp(50), (Side)0)], read.Told);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("~")]
    [InlineData("~!")]
    [InlineData("~AAAA")]
    [InlineData("~AQAAAAAAAAAAAA~")]
    [InlineData("x~AQAAAAAAAAAAAA")]
    [InlineData("17")]
    [InlineData("0062b3c4d5e6f708-0123456789abcdef ")]
    [InlineData("~AQEAAAAAAAAAAA")]
    [InlineData("~AwAAAAAAAAAAAA")]
    [InlineData("~AgAAAAAAAAAAAAAAAA")]
    [InlineData("~AgAAAAAAAAAAAAAAAICA")]
    [InlineData("~AQIAAAAAAAAAAA")]
    [InlineData("~AQAAAAAAAAAAAAAA")]
    [InlineData("~жжжж")]
    [Trait("Rule", "R2.8")]
    public void What_is_no_cursor_is_refused_in_words(string text)
    {
        var refused = Assert.Throws<FormatException>(() => SubscriptionCursor.Parse(text));
        Assert.Contains("is not the id of a notification; expected the id of the last one seen", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Rule", "R2.8")]
    public void Whatever_comes_it_is_read_or_refused_and_what_is_read_can_be_shown()
    {
        var pieces = Gen.OneOf(
            Gen.String,
            Gen.String[Gen.Char["~-_AQab09= \n"], 0, 60],
            Gen.Byte.Array[0, 80].Select(b => $"~{System.Buffers.Text.Base64Url.EncodeToString(b)}"),
            Gen.Byte.Array[0, 80].Select(b => $"{Id}~{System.Buffers.Text.Base64Url.EncodeToString([1, 0, .. b])}"),
            Gen.Byte.Array[0, 80].Select(b => $"~{System.Buffers.Text.Base64Url.EncodeToString([2, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. b])}"),
            Gen.Byte.Array[8].Select(b => $"~{System.Buffers.Text.Base64Url.EncodeToString([1, 0, .. b])}"),
            Gen.Byte.Array[12].Select(b => $"~{System.Buffers.Text.Base64Url.EncodeToString([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. b])}"));
        pieces.Sample(
            text =>
            {
                SubscriptionCursor cursor;
                try
                {
                    cursor = SubscriptionCursor.Parse(text);
                }
                catch (FormatException e)
                {
                    Assert.True(e.Message.Length < 300, e.Message);
                    return;
                }

                // What is read is used in messages and compared with the present.
                Assert.NotEmpty(cursor.Since.ToString());
                Assert.All(cursor.Told, t => Assert.NotEmpty(t.ReceivedAt.ToString()));
            },
            iter: 3_000);
    }
}
