using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace FailureHistory.Core.Time;

/// <summary>
/// Spans of time as people write them: one number and one unit, <c>500ms</c>, <c>60s</c>, <c>10m</c>, <c>2h</c>, <c>7d</c> (SPEC 11.2).
/// <see cref="Format"/> and <see cref="TryParse"/> are inverse for every span that is not negative.
/// </summary>
public static class DurationText
{
    /// <summary>What a reader of an error message is told to write.</summary>
    public const string Expected = "a number with a unit of ms, s, m, h or d, such as 500ms, 60s, 10m, 2h or 7d";

    /// <summary>
    /// Reads a span; false for anything but a decimal number that is followed at once by its unit, for a negative number, for more than
    /// <see cref="TimeSpan.MaxValue"/> and for what is no whole number of 100 ns.
    /// </summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out TimeSpan span)
    {
        span = default;
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }

        var unit = text.AsSpan().TrimStart("0123456789.");
        var number = text.AsSpan(0, text.Length - unit.Length);
        if (TicksOf(unit) is not { } ticksPerUnit
            || number.IsEmpty || number[0] == '.' || number[^1] == '.'
            || !decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)
            || count > (decimal)TimeSpan.MaxValue.Ticks / ticksPerUnit)
        {
            return false;
        }

        var ticks = count * ticksPerUnit;
        if (ticks != decimal.Truncate(ticks))
        {
            return false;
        }

        span = new TimeSpan((long)ticks);
        return true;
    }

    /// <summary>
    /// Writes a span in the coarsest unit that holds it exactly; yet 60 s stay <c>60s</c> and a day stays <c>24h</c>, the way such limits
    /// are usually given.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The span is negative.</exception>
    public static string Format(TimeSpan span)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(span, TimeSpan.Zero);
        var ticks = span.Ticks;
        return Whole(ticks, TimeSpan.TicksPerDay, atLeast: 2) is { } days ? Text(days, "d")
            : Whole(ticks, TimeSpan.TicksPerHour, atLeast: 1) is { } hours ? Text(hours, "h")
            : Whole(ticks, TimeSpan.TicksPerMinute, atLeast: 2) is { } minutes ? Text(minutes, "m")
            : Whole(ticks, TimeSpan.TicksPerSecond, atLeast: 0) is { } seconds ? Text(seconds, "s")
            : ((decimal)ticks / TimeSpan.TicksPerMillisecond).ToString("0.####", CultureInfo.InvariantCulture) + "ms";
    }

    private static long? Whole(long ticks, long unit, long atLeast) => ticks % unit == 0 && ticks / unit >= atLeast ? ticks / unit : null;

    private static string Text(long count, string unit) => count.ToString(CultureInfo.InvariantCulture) + unit;

    private static long? TicksOf(ReadOnlySpan<char> unit) => unit switch
    {
        "ms" => TimeSpan.TicksPerMillisecond,
        "s" => TimeSpan.TicksPerSecond,
        "m" => TimeSpan.TicksPerMinute,
        "h" => TimeSpan.TicksPerHour,
        "d" => TimeSpan.TicksPerDay,
        _ => null,
    };
}
