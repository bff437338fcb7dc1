using System.Globalization;
using System.Text.Json;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Time;
using FailureHistory.Fhs.Http;
using FailureHistory.Fhs.Output;

namespace FailureHistory.Fhs.Traces;

/// <summary>
/// Reads our own CSV (SPEC 11.4), what <see cref="CsvRows"/> writes: one observation a line, columns found by the header, those of
/// <see cref="CsvRows.Needed"/> at least.
/// </summary>
internal static class CsvTrace
{
    // 32 labels of 512 characters, each of which may be a quote: escaped in JSON and doubled in CSV.
    private const int LongestField = 256 * 1024;

    private static readonly string[] Kinds = ["failure", "alive", "join", "leave"];

    /// <summary>Reads the observations one by one, in the order of the file.</summary>
    /// <param name="text">The CSV with its header line.</param>
    /// <param name="restore">Whether what the service itself stored is read too, and needed.</param>
    /// <param name="skipped">Is told of each line that can't be used.</param>
    /// <exception cref="InvalidDataException">The header lacks a column, or a quote is never closed.</exception>
    public static IEnumerable<TraceReport> Read(TextReader text, bool restore, Action<SkippedLine> skipped)
    {
        Dictionary<string, int>? columns = null;
        var width = 0;
        foreach (var (fields, line, strayQuote) in DelimitedText.Commas(text, LongestField))
        {
            if (columns is null)
            {
                columns = ColumnsOf(fields, restore);
                width = fields.Length;
                continue;
            }

            var row = new Row(columns, fields, width, isExact: restore);
            var (report, fault) = strayQuote ? (null, ("a quote where none belongs", null)) : ReadRow(row, restore);
            if (report is not null)
            {
                yield return new TraceReport(line, report);
            }
            else
            {
                skipped(new SkippedLine(line, fault.Why, fault.Came));
            }
        }

        if (columns is null)
        {
            throw new InvalidDataException($"the file is empty; expected a CSV with the header {string.Join(',', CsvRows.Columns)}");
        }
    }

    private static Dictionary<string, int> ColumnsOf(string[] header, bool restore)
    {
        var columns = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < header.Length; i++)
        {
            if (!columns.TryAdd(header[i].Trim(), i) && header[i].Trim().Length > 0)
            {
                throw new InvalidDataException($"the header has the column '{header[i].Trim()}' twice");
            }
        }

        string[] needed = restore ? [.. CsvRows.Needed, .. CsvRows.NeededToRestore] : CsvRows.Needed;
        return needed.FirstOrDefault(name => !columns.ContainsKey(name)) is { } missing
            ? throw new InvalidDataException($"the header lacks the column '{missing}'; expected at least {string.Join(',', needed)}")
            : columns;
    }

    // One of the two is there.
    private static (ReportShape? Report, (string Why, string? Came) Fault) ReadRow(Row row, bool restore)
    {
        if (row.Count < CsvRows.Needed.Length)
        {
            return (null, ("too few fields", $"{row.Count}, expected {row.Expected}"));
        }

        if (row.Count > row.Expected)
        {
            return (null, ("too many fields; a comma in a text needs quotes", $"{row.Count}, expected {row.Expected}"));
        }

        if (NodeOf(row) is not { } node)
        {
            return (null, ("node is no node, or not the one that name names", $"'{row["node"]}', '{row["name"]}'"));
        }

        if (row["kind"] is not { } kind || !Kinds.Contains(kind))
        {
            return (null, ("kind is none of failure, alive, join, leave", $"'{row["kind"]}'"));
        }

        if (row["detector"] is null && kind is "failure" or "alive")
        {
            return (null, ("a failure or an alive without a detector", null));
        }

        if (row.Time("at") is not { } at)
        {
            return (null, ("at is no RFC 3339 time from 1970 on", $"'{row["at"]}'"));
        }

        if (row["labels"] is { } text && LabelsOf(text) is null)
        {
            return (null, ("labels is no JSON object of texts", $"'{text}'"));
        }

        var report = new ReportShape
        {
            Id = row["id"] ?? TraceReport.IdOf(node, kind, at),
            Node = node,
            Kind = kind,
            Detector = row["detector"],
            Hardware = row["hardware"],
            At = at.ToString(),
            Reason = row.Raw("reason"),
            Labels = row["labels"] is { } labels ? LabelsOf(labels) : null,
            Signature = row["signature"],
        };
        return restore ? Restored(row, report) : (report, default);
    }

    private static (ReportShape? Report, (string Why, string? Came) Fault) Restored(Row row, ReportShape report)
    {
        if (row["id"] is null)
        {
            return (null, ("id is empty", null));
        }

        if (row.Time("receivedAt") is not { } receivedAt)
        {
            return (null, ("receivedAt is no RFC 3339 time from 1970 on", $"'{row["receivedAt"]}'"));
        }

        if (row["reportedAt"] is not null && row.Time("reportedAt") is null)
        {
            return (null, ("reportedAt is no RFC 3339 time from 1970 on", $"'{row["reportedAt"]}'"));
        }

        if (row.Number("total") is not { } total)
        {
            return (null, ("total is no number", $"'{row["total"]}'"));
        }

        if (row.Number("accuracy") is null && report.Detector is not null)
        {
            return (null, ("accuracy is no number", $"'{row["accuracy"]}'"));
        }

        if (row["explicit"] is not (null or "true" or "false"))
        {
            return (null, ("explicit is neither true nor false", $"'{row["explicit"]}'"));
        }

        return (report with
        {
            ReceivedAt = receivedAt.ToString(),
            ReportedAt = row.Time("reportedAt")?.ToString(),
            Accuracy = report.Detector is null ? null : row.Number("accuracy"),
            Total = total,
            Explicit = row["explicit"] is { } word ? word == "true" : null,
        }, default);
    }

    // The name where there is one, since only it keeps the name; node may hold the id of it, or the name itself.
    private static string? NodeOf(Row row)
    {
        if (row["node"] is not { } node || Printable.Fault("node", node) is not null)
        {
            return null;
        }

        if (row["name"] is not { } name)
        {
            return node;
        }

        return Printable.Fault("name", name) is null && !NodeId.TryParse(name, out _) && NodeReference.Parse(node) is { Address: null } asked
            && asked.Id == NodeId.FromName(name) ? name : null;
    }

    private static Dictionary<string, string>? LabelsOf(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, string>>(text, Shapes.Json) is { } labels && labels.Values.All(value => value is not null)
                ? labels
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The fields of a line by the names of their columns.</summary>
    private readonly struct Row(Dictionary<string, int> columns, string[] fields, int width, bool isExact)
    {
        public int Count => fields.Length;

        public int Expected => width;

        /// <summary>The text of a field, trimmed where it need not come back as it is; null where it is empty or there is no such column.</summary>
        public string? this[string column] => isExact ? Raw(column) : Raw(column)?.Trim() is { Length: > 0 } text ? text : null;

        /// <summary>The text of a field as it stands; null where it is empty.</summary>
        public string? Raw(string column) =>
            columns.TryGetValue(column, out var place) && place < fields.Length && fields[place].Length > 0 ? fields[place] : null;

        public Stamp? Time(string column) => Wording.TryTime(this[column], out var time) && time >= Stamp.Zero ? time : null;

        public double? Number(string column) =>
            double.TryParse(this[column], NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;
    }
}
