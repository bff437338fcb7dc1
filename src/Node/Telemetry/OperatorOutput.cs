using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace FailureHistory.Node.Telemetry;

/// <summary>How a member writes its log to the standard output.</summary>
public enum OutputFormat
{
    /// <summary>Lines for people: time (UTC), level, who, what; a cause on the lines after it.</summary>
    Text = 0,

    /// <summary>One JSON object a line, for programs: <c>time</c>, <c>level</c>, <c>source</c>, <c>message</c>, <c>template</c> and <c>values</c> where there are any, <c>cause</c>.</summary>
    Json = 1,
}

/// <summary>One entry of a member's log, whoever wrote it.</summary>
/// <param name="Time">When, UTC.</param>
/// <param name="Level">DEBUG, INFO, WARNING or ERROR.</param>
/// <param name="Source">An actor's path, or a logger's category.</param>
/// <param name="Message">What, in words.</param>
/// <param name="Template">The message before its values were put in, the same for all of its kind; null where it has none.</param>
/// <param name="Values">The values by name, or by place.</param>
/// <param name="Cause">The exception, or null.</param>
internal sealed record OperatorEntry(
    DateTime Time, string Level, string Source, string Message, string? Template, IReadOnlyList<KeyValuePair<string, object?>> Values, Exception? Cause)
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The entry as it is written, without the end of the line.</summary>
    public string ToText(OutputFormat format) => format == OutputFormat.Json ? Json() : Line();

    private string Line() => string.Create(
        CultureInfo.InvariantCulture, $"{Time:yyyy-MM-ddTHH:mm:ss.fffZ} {Level} {Source}: {Message}{(Cause is null ? string.Empty : Environment.NewLine + Cause)}");

    private string Json()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Readable))
        {
            json.WriteStartObject();
            json.WriteString("time", Time.ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ", CultureInfo.InvariantCulture));
            json.WriteString("level", Level);
            json.WriteString("source", Source);
            json.WriteString("message", Message);
            if (Values.Count > 0)
            {
                json.WriteString("template", Template);
                json.WriteStartObject("values");
                foreach (var (name, value) in Values)
                {
                    json.WriteString(name, Convert.ToString(value, CultureInfo.InvariantCulture));
                }

                json.WriteEndObject();
            }

            if (Cause is not null)
            {
                json.WriteString("cause", Cause.ToString());
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}
