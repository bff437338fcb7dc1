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

    private const int MostKnown = 1024;

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // The stewards of a member share its files.
    private static readonly Lock Door = new();

    // The files that end with a whole row, by what this process saw or wrote.
    private static readonly HashSet<string> Whole = new(StringComparer.Ordinal);

    /// <summary>
    /// Appends observations to the segment's file of today. What can't be written whole is taken back; where a crash left a torn line, a further file
    /// of the same day is begun.
    /// </summary>
    /// <exception cref="IOException">It can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    public void Append(int segment, IReadOnlyList<Observation> observations)
    {
        var text = new StringBuilder();
        foreach (var observation in observations)
        {
            Row(text, observation);
        }

        var name = string.Create(CultureInfo.InvariantCulture, $"segment-{segment:000}-{time.GetUtcNow():yyyy-MM-dd}");
        lock (Door)
        {
            Directory.CreateDirectory(folder);
            for (var part = 1; ; part++)
            {
                var path = Path.Combine(folder, part == 1 ? $"{name}.csv" : string.Create(CultureInfo.InvariantCulture, $"{name}-{part}.csv"));
                using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
                if (!Whole.Contains(path) && !IsWhole(file))
                {
                    continue;
                }

                Whole.Remove(path);
                AppendWhole(file, Encoding.UTF8.GetBytes(file.Length == 0 ? Header + text : text.ToString()));
                if (Whole.Count > MostKnown)
                {
                    Whole.Clear(); // of days gone by
                }

                Whole.Add(path);
                return;
            }
        }
    }

    /// <summary>Appends all of it, or nothing.</summary>
    /// <param name="file">A stream that buffers nothing.</param>
    /// <param name="bytes">Whole rows.</param>
    internal static void AppendWhole(Stream file, ReadOnlySpan<byte> bytes)
    {
        var length = file.Seek(0, SeekOrigin.End);
        try
        {
            file.Write(bytes);
            if (file is FileStream onDisk)
            {
                onDisk.Flush(flushToDisk: true);
            }
        }
        catch (IOException)
        {
            file.SetLength(length);
            throw;
        }
    }

    // A quote that is left open would swallow what follows, be it after the end of a line.
    private static bool IsWhole(FileStream file)
    {
        var buffer = new byte[64 * 1024];
        var last = (byte)'\n';
        var quotes = 0L;
        for (int read; (read = file.Read(buffer)) > 0;)
        {
            quotes += buffer.AsSpan(0, read).Count((byte)'"');
            last = buffer[read - 1];
        }

        return last == '\n' && quotes % 2 == 0;
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
