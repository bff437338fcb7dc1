using System.Globalization;

namespace FailureHistory.Core.Time;

/// <summary>A point in time: a 64-bit count of 100 ns since 1970-01-01 UTC (R2.3).</summary>
/// <param name="Ticks">100 ns since 1970-01-01T00:00:00Z; never negative in what is stored.</param>
public readonly record struct Stamp(long Ticks) : IComparable<Stamp>
{
    private const long UnixEpochTicks = 621_355_968_000_000_000;

    /// <summary>1970-01-01T00:00:00Z.</summary>
    public static Stamp Zero => new(0);

    /// <summary>The last representable moment: 9999-12-31T23:59:59.9999999Z.</summary>
    public static Stamp MaxValue => new(DateTime.MaxValue.Ticks - UnixEpochTicks);

    /// <summary>The same moment as a stamp.</summary>
    public static Stamp From(DateTimeOffset time) => new(time.UtcTicks - UnixEpochTicks);

    /// <summary>Reads RFC 3339 (with an offset or Z).</summary>
    public static bool TryParse(string? text, out Stamp stamp)
    {
        stamp = default;
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
        {
            return false;
        }

        stamp = From(time);
        return true;
    }

    /// <summary>The same moment as a date and time in UTC.</summary>
    public DateTimeOffset ToDateTimeOffset() => new(Ticks + UnixEpochTicks, TimeSpan.Zero);

    /// <inheritdoc/>
    public int CompareTo(Stamp other) => Ticks.CompareTo(other.Ticks);

    /// <summary>RFC 3339 in UTC with 7 decimals.</summary>
    public override string ToString() => ToDateTimeOffset().ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);

    /// <summary>The stamp so much later.</summary>
    public static Stamp operator +(Stamp stamp, TimeSpan span) => new(stamp.Ticks + span.Ticks);

    /// <summary>The stamp so much earlier.</summary>
    public static Stamp operator -(Stamp stamp, TimeSpan span) => new(stamp.Ticks - span.Ticks);

    /// <summary>How much later the first is.</summary>
    public static TimeSpan operator -(Stamp left, Stamp right) => new(left.Ticks - right.Ticks);

    /// <inheritdoc cref="CompareTo(Stamp)"/>
    public static bool operator <(Stamp left, Stamp right) => left.Ticks < right.Ticks;

    /// <inheritdoc cref="CompareTo(Stamp)"/>
    public static bool operator >(Stamp left, Stamp right) => left.Ticks > right.Ticks;

    /// <inheritdoc cref="CompareTo(Stamp)"/>
    public static bool operator <=(Stamp left, Stamp right) => left.Ticks <= right.Ticks;

    /// <inheritdoc cref="CompareTo(Stamp)"/>
    public static bool operator >=(Stamp left, Stamp right) => left.Ticks >= right.Ticks;
}
