using System.Globalization;
using System.Text;
using System.Text.Json;
using FailureHistory.Fhs.Http;

namespace FailureHistory.Fhs.Traces;

/// <summary>
/// Writes our own CSV (SPEC 11.4): RFC 4180, UTF-8, one observation a line. Behind the twelve columns of the specification come what a history
/// rests on besides: the reporter's own time where it orders nothing, whether the detector was explicitly registered, and the signature.
/// </summary>
internal static class CsvRows
{
    /// <summary>The columns in the order in which they are written.</summary>
    public static readonly string[] Columns =
    [
        "at", "node", "hardware", "detector", "kind", "reason", "id", "name", "labels", "receivedAt", "accuracy", "total", "reportedAt", "explicit", "signature",
    ];

    /// <summary>The columns that every file has.</summary>
    public static string[] Needed => Columns[..7];

    /// <summary>The columns that a restore needs besides.</summary>
    public static string[] NeededToRestore => ["receivedAt", "accuracy", "total"];

    public static string Header => string.Join(',', Columns);

    /// <summary>Appends a line, its end included.</summary>
    public static void Append(StringBuilder target, StoredShape observation)
    {
        // Whoever reported under an id gave no name (R1.1).
        var isId = Core.Identity.NodeId.TryParse(observation.Node, out _);
        Field(target, observation.At);
        Field(target, observation.Node);
        Field(target, observation.Hardware);
        Field(target, observation.Detector);
        Field(target, observation.Kind);
        Field(target, observation.Reason);
        Field(target, observation.Id);
        Field(target, isId ? null : observation.Node);
        Field(target, observation.Labels is { Count: > 0 } labels ? JsonSerializer.Serialize(labels, Shapes.Json) : null);
        Field(target, observation.ReceivedAt);
        Field(target, Number(observation.Accuracy));
        Field(target, Number(observation.Total));
        Field(target, observation.ReportedAt);
        Field(target, observation.Detector is null ? null : observation.Explicit == true ? "true" : "false");
        Field(target, observation.Signature);
        target[^1] = '\n';
    }

    // The shortest text that reads back as the same number.
    private static string? Number(double? number) => number?.ToString("R", CultureInfo.InvariantCulture);

    private static void Field(StringBuilder target, string? text)
    {
        // Blanks at the ends are quoted too, since readers may trim what is not.
        if (text is { Length: > 0 } && (text.AsSpan().IndexOfAny(",\"\r\n") >= 0 || text[0] == ' ' || text[^1] == ' '))
        {
            target.Append('"').Append(text.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
        }
        else
        {
            target.Append(text);
        }

        target.Append(',');
    }
}
