using System.Globalization;
using FailureHistory.Core.Time;

namespace FailureHistory.Node.Http;

/// <summary>
/// Reads RFC 3339 and nothing else: a full date, <c>T</c>, a full time, and <c>Z</c> or an offset. Looser parsers take a bare hour for
/// today's, which would put a wrong time into a history for ever. Decimals beyond the seventh (100 ns) are cut off.
/// </summary>
internal static class TimeText
{
    /// <summary>What a reader of an error message is told to write.</summary>
    public const string Expected = "an RFC 3339 time such as 2026-01-31T12:00:00Z";

    private const int SecondsLength = 19;
    private const int DecimalsKept = 7;

    public static bool TryParse(string? text, out Stamp stamp)
    {
        stamp = default;
        if (text is null || text.Length <= SecondsLength
            || !DateTime.TryParseExact(
                text.AsSpan(0, SecondsLength), ["yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd't'HH:mm:ss"],
                CultureInfo.InvariantCulture, DateTimeStyles.None, out var seconds))
        {
            return false;
        }

        var rest = text.AsSpan(SecondsLength);
        if (!TryTakeDecimals(ref rest, out var ticks) || !TryReadOffset(rest, out var offset))
        {
            return false;
        }

        stamp = Stamp.From(new DateTimeOffset(seconds, TimeSpan.Zero)) + new TimeSpan(ticks) - offset;
        return stamp <= Stamp.MaxValue && stamp >= Stamp.From(DateTimeOffset.MinValue);
    }

    private static bool TryTakeDecimals(ref ReadOnlySpan<char> rest, out long ticks)
    {
        ticks = 0;
        if (rest[0] != '.')
        {
            return true;
        }

        rest = rest[1..];
        var count = 0;
        for (; count < rest.Length && char.IsAsciiDigit(rest[count]); count++)
        {
            if (count < DecimalsKept)
            {
                ticks = (ticks * 10) + (rest[count] - '0');
            }
        }

        for (var i = count; i < DecimalsKept; i++)
        {
            ticks *= 10;
        }

        rest = rest[count..];
        return count > 0;
    }

    private static bool TryReadOffset(ReadOnlySpan<char> zone, out TimeSpan offset)
    {
        offset = default;
        if (zone is "Z" or "z")
        {
            return true;
        }

        if (zone.Length != 6 || zone[0] is not ('+' or '-')
            || !TimeSpan.TryParseExact(zone[1..], @"hh\:mm", CultureInfo.InvariantCulture, out var size))
        {
            return false;
        }

        offset = zone[0] == '-' ? -size : size;
        return true;
    }
}
