using System.Globalization;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Time;

namespace FailureHistory.Fhs.Traces;

/// <summary>
/// Reads an <c>event_trace.tab</c> of the Failure Trace Archive (Kondo, Javadi, Iosup, Epema, "The Failure Trace Archive", CCGrid 2010): tab
/// separated, values padded with blanks, times in Unix seconds (SPEC 11.4). Spans of one node may come out of order and overlap;
/// <see cref="Outages"/> makes outages of them.
/// </summary>
public static class FtaTrace
{
    /// <summary>The detector that the observations are reported by.</summary>
    public const string Detector = "trace.fta";

    /// <summary>The glob of the node names, <c>fta.&lt;node_name&gt;</c>.</summary>
    public const string Scope = "fta.*";

    private static readonly string[] ColumnNames =
        ["event_id", "component_id", "node_id", "platform_id", "node_name", "event_type", "event_start_time", "event_stop_time", "event_end_reason"];

    /// <summary>Reads the spans one by one, in the order of the file. What ended an available span is the reason of the outage that follows at once.</summary>
    /// <param name="text">The file; lines that begin with <c>#</c> are its header and comments.</param>
    /// <param name="skipped">Is told of each line that can't be used.</param>
    /// <exception cref="InvalidDataException">The header lacks a column, or the file is empty.</exception>
    public static IEnumerable<TraceSpan> Read(TextReader text, Action<SkippedLine> skipped)
    {
        var columns = Columns.AsPublished;
        var isEmpty = true;
        foreach (var record in DelimitedText.Tabs(text))
        {
            isEmpty = false;
            if (record.Fields[0].TrimStart().StartsWith('#'))
            {
                columns = Columns.Of(record.Fields) ?? columns;
                continue;
            }

            switch (ReadLine(columns, record.Fields, record.Line))
            {
                case TraceSpan span:
                    yield return span;
                    break;
                case SkippedLine line:
                    skipped(line);
                    break;
            }
        }

        if (isEmpty)
        {
            throw new InvalidDataException("the file is empty; expected an event_trace.tab of the Failure Trace Archive");
        }
    }

    // A TraceSpan or a SkippedLine.
    private static object ReadLine(Columns columns, string[] fields, long line)
    {
        if (fields.Length < columns.Needed)
        {
            return new SkippedLine(line, "too few fields", $"{fields.Length}, expected {columns.Needed}, separated by tabs");
        }

        var name = fields[columns.Name].Trim();
        if (name.Length == 0)
        {
            return new SkippedLine(line, "no node (node_name is empty)");
        }

        if (Printable.Fault("node", "fta." + name) is { } fault)
        {
            return new SkippedLine(line, "not a node name", fault);
        }

        var type = fields[columns.Type].Trim();
        if (type is not ("0" or "1"))
        {
            return new SkippedLine(line, "event_type is neither 0 (unavailable) nor 1 (available)", $"'{type}'");
        }

        if (!TryReadTime(fields[columns.Start], out var start))
        {
            return new SkippedLine(line, "event_start_time is no time in Unix seconds", $"'{fields[columns.Start].Trim()}'");
        }

        if (!TryReadTime(fields[columns.Stop], out var stop))
        {
            return new SkippedLine(line, "event_stop_time is no time in Unix seconds", $"'{fields[columns.Stop].Trim()}'");
        }

        if (stop < start)
        {
            return new SkippedLine(line, "event_stop_time is before event_start_time", $"{fields[columns.Stop].Trim()} before {fields[columns.Start].Trim()}");
        }

        return new TraceSpan("fta." + name, start, stop, type == "1" ? ReasonOf(fields[columns.Reason].Trim()) : null, line, Down: type == "0");
    }

    private static string? ReasonOf(string code) => code is "" or "NULL" ? null : $"event_end_reason: {code}";

    // Whole or with a fraction, as some of the archive's traces have it.
    private static bool TryReadTime(string text, out Stamp time)
    {
        var isTime = decimal.TryParse(text.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            && seconds <= Stamp.MaxValue.Ticks / TimeSpan.TicksPerSecond;
        time = isTime ? new Stamp((long)(seconds * TimeSpan.TicksPerSecond)) : default;
        return isTime;
    }

    /// <summary>Where the columns are: by the header, whose names are separated by blanks or tabs; without one, as published.</summary>
    private sealed record Columns(int Name, int Type, int Start, int Stop, int Reason)
    {
        public static Columns AsPublished { get; } = Of(ColumnNames)!;

        /// <summary>The fewest fields that hold every column.</summary>
        public int Needed { get; } = 1 + new[] { Name, Type, Start, Stop, Reason }.Max();

        // Comments explain a column or two.
        private const int FewestNames = 3;

        /// <summary>Null for a comment, which names few columns or none.</summary>
        public static Columns? Of(string[] fields)
        {
            string[] names = [.. fields.SelectMany(field => field.Split([' ', '#', '\r'], StringSplitOptions.RemoveEmptyEntries))];
            return ColumnNames.Count(names.Contains) >= FewestNames
                ? new Columns(Place("node_name"), Place("event_type"), Place("event_start_time"), Place("event_stop_time"), Place("event_end_reason"))
                : null;

            int Place(string name) => Array.IndexOf(names, name) is >= 0 and var place
                ? place
                : throw new InvalidDataException($"the header lacks the column '{name}'; expected an event_trace.tab of the Failure Trace Archive");
        }
    }
}
