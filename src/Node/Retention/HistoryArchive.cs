using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FailureHistory.Core.History;
using FailureHistory.Node.Queries;

namespace FailureHistory.Node.Retention;

/// <summary>
/// What was folded, as raw observations (R10.3): a file per segment and day in one folder, in the CSV that <c>fhs export</c> writes and
/// <c>fhs import --restore</c> reads (SPEC 11.4). Each addition is on the disk when <see cref="Append"/> returns.
/// </summary>
internal sealed class HistoryArchive(string folder, TimeProvider time)
{
    private const string Header = "at,node,hardware,detector,kind,reason,id,name,labels,receivedAt,accuracy,total,reportedAt,explicit,signature\n";

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // The stewards of a member share its files.
    private static readonly Lock Door = new();

    /// <summary>Appends observations to the segment's file of today.</summary>
    /// <exception cref="IOException">It can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    public void Append(int segment, IReadOnlyList<Observation> observations)
    {
        var text = new StringBuilder();
        foreach (var observation in observations)
        {
            Row(text, observation);
        }

        var name = string.Create(CultureInfo.InvariantCulture, $"segment-{segment:000}-{time.GetUtcNow():yyyy-MM-dd}.csv");
        lock (Door)
        {
            Directory.CreateDirectory(folder);
            using var file = new FileStream(Path.Combine(folder, name), FileMode.Append, FileAccess.Write, FileShare.Read);
            file.Write(Encoding.UTF8.GetBytes(file.Position == 0 ? Header + text : text.ToString()));
            file.Flush(flushToDisk: true);
        }
    }

    private static void Row(StringBuilder target, Observation o)
    {
        Field(target, o.At.ToString());
        Field(target, o.Name ?? o.Node.ToString());
        Field(target, o.Hardware?.Text);
        Field(target, o.Detector);
        Field(target, Replies.Word(o.Kind));
        Field(target, o.Reason);
        Field(target, o.Id);
        Field(target, o.Name);
        Field(target, o.Labels.Count > 0 ? JsonSerializer.Serialize(o.Labels.ToDictionary(l => l.Key, l => l.Value), Json) : null);
        Field(target, o.ReceivedAt.ToString());
        Field(target, o.Detector is null ? null : Number(o.Accuracy));
        Field(target, Number(o.Total));
        Field(target, o.ReportedAt?.ToString());
        Field(target, o.Detector is null ? null : o.Explicit ? "true" : "false");
        Field(target, o.Signature);
        target[^1] = '\n';
    }

    // The shortest text that reads back as the same number.
    private static string Number(double number) => number.ToString("R", CultureInfo.InvariantCulture);

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
