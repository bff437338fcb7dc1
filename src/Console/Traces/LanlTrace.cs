using System.Globalization;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Time;

namespace FailureHistory.Fhs.Traces;

/// <summary>
/// Reads the failure records that the Los Alamos National Laboratory released (LA-UR-05-7318, 1996–2005): a CSV of one record per outage
/// (SPEC 11.4). Records of one node may come out of order and overlap; <see cref="Outages"/> makes outages of them.
/// </summary>
/// <remarks>
/// The times were typed in local time with no zone named. They are read as UTC: intervals across a change of summer time are off by an
/// hour in 24 of the 23,739 records, which is less harm than a zone that a guess would give.
/// </remarks>
public static class LanlTrace
{
    /// <summary>The detector that the observations are reported by.</summary>
    public const string Detector = "trace.lanl";

    /// <summary>The glob of the node names, <c>lanl.&lt;System&gt;.&lt;nodenumz&gt;</c>.</summary>
    public const string Scope = "lanl.*";

    private const string TimeFormat = "M/d/yyyy H:mm";
    private static readonly string[] CauseColumns = ["Facilities", "Hardware", "Human Error", "Network", "Undetermined", "Software"];

    /// <summary>Reads the records one by one, in the order of the file.</summary>
    /// <param name="text">The CSV with its header line.</param>
    /// <param name="skipped">Is told of each line that can't be used.</param>
    /// <exception cref="InvalidDataException">The header lacks a column, or a quote is never closed.</exception>
    public static IEnumerable<TraceSpan> Read(TextReader text, Action<SkippedLine> skipped)
    {
        Columns? columns = null;
        foreach (var (fields, line, strayQuote) in DelimitedText.Commas(text))
        {
            if (columns is null)
            {
                columns = Columns.Of(fields);
                continue;
            }

            switch (strayQuote ? new SkippedLine(line, "a quote where none belongs") : ReadLine(columns, fields, line))
            {
                case TraceSpan outage:
                    yield return outage;
                    break;
                case SkippedLine bad:
                    skipped(bad);
                    break;
            }
        }

        if (columns is null)
        {
            throw new InvalidDataException("the file is empty; expected the LANL failure records with their header line");
        }
    }

    // A TraceSpan or a SkippedLine.
    private static object ReadLine(Columns columns, string[] fields, long line)
    {
        if (fields.Length < columns.Needed)
        {
            return new SkippedLine(line, "too few fields", $"{fields.Length}, expected {columns.Needed}");
        }

        var (system, number) = (fields[columns.System].Trim(), fields[columns.Node].Trim());
        if (system.Length == 0 || number.Length == 0)
        {
            return new SkippedLine(line, $"no node ({(system.Length == 0 ? "System" : "nodenumz")} is empty)");
        }

        var node = $"lanl.{system}.{number}";
        if (Printable.Fault("node", node) is { } fault)
        {
            return new SkippedLine(line, "not a node name", fault);
        }

        if (!TryReadTime(fields[columns.Started], out var started))
        {
            return new SkippedLine(line, "Prob Started is no M/D/YYYY H:MM from 1970 on", $"'{fields[columns.Started]}'");
        }

        if (!TryReadTime(fields[columns.Fixed], out var ended))
        {
            return new SkippedLine(line, "Prob Fixed is no M/D/YYYY H:MM from 1970 on", $"'{fields[columns.Fixed]}'");
        }

        return ended < started
            ? new SkippedLine(line, "Prob Fixed is before Prob Started", $"'{fields[columns.Fixed]}' before '{fields[columns.Started]}'")
            : new TraceSpan(node, started, ended, ReasonOf(columns, fields), line);
    }

    private static string? ReasonOf(Columns columns, string[] fields)
    {
        foreach (var (name, place) in columns.Causes)
        {
            if (fields[place].Trim() is { Length: > 0 } cause)
            {
                return $"{name}: {cause}";
            }
        }

        return null;
    }

    private static bool TryReadTime(string text, out Stamp time)
    {
        var isTime = DateTime.TryParseExact(
            text.Trim(), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var read);
        time = isTime ? Stamp.From(new DateTimeOffset(read, TimeSpan.Zero)) : default;
        return isTime && time >= Stamp.Zero;
    }

    /// <summary>Where the columns are, by the header.</summary>
    private sealed record Columns(int System, int Node, int Started, int Fixed, IReadOnlyList<(string Name, int Place)> Causes)
    {
        /// <summary>The fewest fields that hold every column.</summary>
        public int Needed { get; } = 1 + Causes.Select(cause => cause.Place).Concat([System, Node, Started, Fixed]).Max();

        public static Columns Of(string[] header)
        {
            return new Columns(
                Place("System"), Place("nodenumz"), Place("Prob Started"), Place("Prob Fixed"), [.. CauseColumns.Select(name => (name, Place(name)))]);

            int Place(string name)
            {
                var place = Array.FindIndex(header, column => string.Equals(column.Trim(), name, StringComparison.OrdinalIgnoreCase));
                return place >= 0
                    ? place
                    : throw new InvalidDataException($"the header lacks the column '{name}'; expected the LANL failure records (LA-UR-05-7318)");
            }
        }
    }
}
