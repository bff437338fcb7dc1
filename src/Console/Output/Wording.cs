using System.Globalization;
using FailureHistory.Core.Time;

namespace FailureHistory.Fhs.Output;

/// <summary>Values as people read and write them.</summary>
internal static class Wording
{
    private static readonly string[] TimeFormats =
    [
        "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mmK", "yyyy-MM-dd HH:mm:ssK",
    ];

    /// <summary>A time in UTC to the second; the zone is named once, in the column's head.</summary>
    public static string Time(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "-";

    public static string Probability(double? probability) => probability?.ToString("0.###", CultureInfo.InvariantCulture) ?? "unknown";

    public static string Number(double number) => number.ToString("#,0.###", CultureInfo.InvariantCulture);

    /// <summary>The two greatest units of a span: <c>3d 04h</c>, <c>12m 05s</c>.</summary>
    public static string Span(TimeSpan span) => span switch
    {
        { TotalDays: >= 1 } => $"{(int)span.TotalDays}d {span.Hours:00}h",
        { TotalHours: >= 1 } => $"{span.Hours}h {span.Minutes:00}m",
        { TotalMinutes: >= 1 } => $"{span.Minutes}m {span.Seconds:00}s",
        _ => span.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) + "s",
    };

    /// <summary>Text of others without what would steer a terminal: control characters become blanks.</summary>
    public static string Plain(string? text) =>
        text is null ? "" : string.Create(text.Length, text, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = char.IsControl(source[i]) ? ' ' : source[i];
            }
        });

    /// <summary>Reads RFC 3339, or its date, or its time to the minute; without a zone it is UTC. False for anything else.</summary>
    public static bool TryTime(string? text, out Stamp stamp)
    {
        var isTime = DateTimeOffset.TryParseExact(
            text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time);
        stamp = isTime ? Stamp.From(time) : default;
        return isTime;
    }

    /// <summary>Reads RFC 3339, or its date, or its time to the minute; without a zone it is UTC.</summary>
    /// <exception cref="CommandFailure">It is none of these.</exception>
    public static Stamp? ParseTime(string option, string? text)
    {
        if (text is null)
        {
            return null;
        }

        return TryTime(text, out var stamp)
            ? stamp
            : throw CommandFailure.WrongUsage($"{option} is '{text}'; expected a time such as 2026-01-31T12:00:00Z or a date such as 2026-01-31 (UTC)");
    }

    /// <summary>Reads a number and its unit: <c>ms</c>, <c>s</c>, <c>m</c>, <c>h</c> or <c>d</c>.</summary>
    /// <exception cref="CommandFailure">It is not so, or negative, or over ten years.</exception>
    public static TimeSpan ParseSpan(string option, string text)
    {
        var digits = text.TakeWhile(c => char.IsAsciiDigit(c) || c == '.').Count();
        double? unitSeconds = text[digits..] switch { "ms" => 0.001, "s" => 1, "m" => 60, "h" => 3600, "d" => 86_400, _ => null };
        const double TenYears = 3652.5 * 86_400;
        return unitSeconds is { } unit
            && double.TryParse(text.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number * unit <= TenYears
            ? TimeSpan.FromSeconds(number * unit)
            : throw CommandFailure.WrongUsage($"{option} is '{text}'; expected a span such as 500ms, 60s, 5m or 1h");
    }
}
