using System.Globalization;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Time;
using FailureHistory.Messages;
using Microsoft.AspNetCore.WebUtilities;

namespace FailureHistory.Node.Http;

/// <summary>
/// The parameters of a query. What is unknown, given twice, empty or of a wrong form is a 400 that names the parameter, what was expected
/// and what came. An empty value is an error and not "absent": a script whose variable is unset must not delete more than it meant.
/// </summary>
internal sealed class QueryReader
{
    private const int LongestPage = 10_000;
    private const int LongestCursor = 4_096;

    private readonly IQueryCollection query;
    private readonly string? queryString;

    /// <exception cref="ProblemException">A parameter is not among the known ones.</exception>
    public QueryReader(HttpContext context, params string[] known)
    {
        query = context.Request.Query;
        queryString = context.Request.QueryString.Value;
        foreach (var name in query.Keys)
        {
            if (!known.Contains(name, StringComparer.Ordinal))
            {
                var allowed = known.Length == 0 ? "none is known here" : $"known here: {string.Join(", ", known)}";
                throw new ProblemException(Problem.BadRequest(Came.Clip(name), $"unknown query parameter '{Came.Clip(name)}'; {allowed}"));
            }
        }
    }

    /// <summary>Says that no parameter is known.</summary>
    public static void None(HttpContext context) => _ = new QueryReader(context);

    public string? Text(string name, int max = Printable.MaxLength)
    {
        if (!query.TryGetValue(name, out var values))
        {
            return null;
        }

        if (values.Count != 1)
        {
            throw Bad(name, $"{name} was given {values.Count} times; expected once");
        }

        return Printable.Fault(name, values[0], max) is { } fault ? throw Bad(name, fault) : values[0];
    }

    /// <summary>All values of a parameter that may be repeated.</summary>
    public IReadOnlyList<string> Texts(string name, int max = Printable.MaxLength)
    {
        foreach (var value in query[name])
        {
            if (Printable.Fault(name, value, max) is { } fault)
            {
                throw Bad(name, fault);
            }
        }

        return [.. query[name].Select(value => value!)];
    }

    public int Limit(int fallback)
    {
        if (Text("limit") is not { } text)
        {
            return fallback;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= LongestPage
            ? limit
            : throw Unexpected("limit", text, "a whole number from 1 to 10,000");
    }

    public double? Fraction(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 1
            ? value
            : throw Unexpected(name, text, "a number from 0 to 1");
    }

    /// <summary>A number above 0 up to a bound, which the message names in words.</summary>
    public double? NumberAbove0(string name, double max, string bound)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value > 0 && value <= max
            ? value
            : throw Unexpected(name, text, "a number above 0 and " + bound);
    }

    /// <summary>A span of time such as <c>30s</c>.</summary>
    public TimeSpan? Duration(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        return DurationText.TryParse(text, out var span) ? span : throw Unexpected(name, text, DurationText.Expected);
    }

    /// <summary>A span of time above 0.</summary>
    public TimeSpan? SpanAbove0(string name) =>
        Duration(name) is { } span && span == TimeSpan.Zero ? throw Unexpected(name, Text(name)!, DurationText.Expected + ", above 0") : Duration(name);

    /// <summary>Texts separated by commas or repeated; a comma within a text is percent-encoded, so they are told apart before decoding.</summary>
    public IReadOnlyList<string> List(string name, int max = Printable.MaxLength)
    {
        var texts = new List<string>();
        foreach (var pair in new QueryStringEnumerable(queryString))
        {
            if (!pair.DecodeName().Span.SequenceEqual(name))
            {
                continue;
            }

            foreach (var part in pair.EncodedValue.ToString().Split(','))
            {
                var text = Uri.UnescapeDataString(part.Replace('+', ' '));
                texts.Add(Printable.Fault(name, text, max) is { } fault ? throw Bad(name, fault) : text);
            }
        }

        return texts;
    }

    public bool Flag(string name) => Text(name) switch
    {
        null or "false" => false,
        "true" => true,
        { } text => throw Unexpected(name, text, "true or false"),
    };

    /// <summary>The parameters <c>from</c> and <c>to</c>.</summary>
    public (Stamp? From, Stamp? To) Span()
    {
        var from = Time("from");
        var to = Time("to");
        return from > to ? throw Bad("from", $"from is {from}, which is after to, {to}; expected from to be the earlier") : (from, to);
    }

    /// <summary>The <c>next</c> of the page before; what is in it is for the service to judge.</summary>
    public string? Cursor() => Text("cursor", LongestCursor);

    /// <summary>Labels: <c>key</c> or <c>key=value</c>, each half as long as any text may be.</summary>
    public IReadOnlyList<string> Labels() => Texts("label", (2 * Printable.MaxLength) + 1);

    public Consistency Consistency() => Word("consistency", Words.Consistencies) ?? Messages.Consistency.One;

    /// <summary>One of the words of a table, or null where it is not given.</summary>
    public T? Word<T>(string name, IReadOnlyList<(string Word, T Value)> table)
        where T : struct => Text(name) is { } text ? Find(name, text, table) : null;

    /// <summary>Words of a table, separated by commas or repeated, each once.</summary>
    public IReadOnlyList<T> AnyOf<T>(string name, IReadOnlyList<(string Word, T Value)> table)
        where T : struct => [.. Texts(name).SelectMany(text => text.Split(',')).Select(word => Find(name, word.Trim(), table)).Distinct()];

    /// <summary>A hardware address that is one; a placeholder (R1.8) would silently stand for every machine.</summary>
    public string? Hardware()
    {
        if (Text("hardware", HardwareAddress.MaxLength) is not { } text)
        {
            return null;
        }

        return HardwareAddress.Parse(text)?.Text
            ?? throw Unexpected("hardware", text, "the address of one machine; this is a placeholder that many share");
    }

    // An offset's plus sign, sent as it is, arrives as a blank.
    private Stamp? Time(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        return TimeText.TryParse(text.Replace(' ', '+'), out var stamp) && stamp >= Stamp.Zero
            ? stamp
            : throw Unexpected(name, text, TimeText.Expected + ", from 1970 on");
    }

    private static T Find<T>(string name, string text, IReadOnlyList<(string Word, T Value)> table)
    {
        foreach (var (word, value) in table)
        {
            if (word == text)
            {
                return value;
            }
        }

        throw Unexpected(name, text, "one of " + string.Join(", ", table.Select(entry => entry.Word)));
    }

    private static ProblemException Unexpected(string name, string came, string expected) => Bad(name, $"{name} is '{Came.Clip(came)}'; expected {expected}");

    private static ProblemException Bad(string name, string detail) => new(Problem.BadRequest(name, detail));
}
