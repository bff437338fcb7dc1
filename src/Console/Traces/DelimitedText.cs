using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;

namespace FailureHistory.Fhs.Traces;

/// <summary>A record of a text of fields.</summary>
/// <param name="Fields">Its fields.</param>
/// <param name="Line">The line it ends in, from 1.</param>
/// <param name="StrayQuote">Whether a quote stands where none belongs.</param>
internal readonly record struct DelimitedRecord(string[] Fields, long Line, bool StrayQuote);

/// <summary>Reads comma- or tab-separated records one by one; blank lines are passed over.</summary>
internal static class DelimitedText
{
    // A quote that is never closed makes one field of the rest of the file.
    private const int LongestField = 64 * 1024;

    /// <exception cref="InvalidDataException">A field is too long.</exception>
    public static IEnumerable<DelimitedRecord> Commas(TextReader text, int longestField = LongestField) => Read(text, ",", CsvMode.RFC4180, longestField);

    /// <exception cref="InvalidDataException">A field is too long.</exception>
    public static IEnumerable<DelimitedRecord> Tabs(TextReader text) => Read(text, "\t", CsvMode.NoEscape, LongestField);

    private static IEnumerable<DelimitedRecord> Read(TextReader text, string delimiter, CsvMode mode, int longestField)
    {
        var strayQuote = false;
        var configuration = new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Delimiter = delimiter,
            Mode = mode,
            MaxFieldSize = longestField,
            BadDataFound = _ => strayQuote = true,
        };
        using var parser = new CsvParser(text, configuration, leaveOpen: true);
        while (Next(parser, longestField))
        {
            // Fields are unquoted, and stray quotes found, only when they are asked for.
            strayQuote = false;
            var fields = parser.Record!;
            yield return new DelimitedRecord(fields, parser.RawRow, strayQuote);
        }
    }

    private static bool Next(CsvParser parser, int longestField)
    {
        try
        {
            return parser.Read();
        }
        catch (MaxFieldSizeException)
        {
            throw new InvalidDataException($"a field begun before line {parser.RawRow} has over {longestField} characters; is a quote not closed?");
        }
    }
}
