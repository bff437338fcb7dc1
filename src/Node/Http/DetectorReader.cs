using System.Text.Json;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Time;
using FailureHistory.Messages;

namespace FailureHistory.Node.Http;

/// <summary>
/// Reads the body of a registration (R3.1): <c>{"accuracy":80,"scope":["gpu-*"],"ttl":"60s","timestamps":"received","description":"…"}</c>,
/// of which only the accuracy must be there. What a GET answers may be sent back as it is.
/// </summary>
internal static class DetectorReader
{
    private const int LongestDescription = 1_024;

    /// <exception cref="ProblemException">Malformed JSON, or a member of a wrong kind or out of its range: 400.</exception>
    public static RegisterDetector Read(string id, ReadOnlySpan<byte> utf8)
    {
        try
        {
            var reader = new Utf8JsonReader(JsonText.WithoutMark(utf8));
            using var document = JsonDocument.ParseValue(ref reader);
            reader.Read();
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? Read(id, document.RootElement)
                : throw Bad("body", $"the body is {JsonText.Describe(document.RootElement)}; expected an object such as {{\"accuracy\":80}}");
        }
        catch (JsonException e)
        {
            throw new ProblemException(utf8.IsEmpty ? Problem.BadJson("the body is empty; expected an object such as {\"accuracy\":80}") : JsonText.Malformed(e));
        }
        catch (InvalidOperationException)
        {
            throw new ProblemException(Problem.BadJson("the body has a member whose name is no valid Unicode text"));
        }
    }

    private static RegisterDetector Read(string id, JsonElement body) => new(
        id, Accuracy(body), Scope(body), Ttl(body), ReportedTimestamps(body), Description(body));

    private static double Accuracy(JsonElement body)
    {
        const string Expected = "expected a number from 0 to 100";
        if (Member(body, "accuracy") is not { } value)
        {
            throw Bad("accuracy", $"accuracy is missing; {Expected}");
        }

        if (value.ValueKind != JsonValueKind.Number)
        {
            throw Bad("accuracy", $"accuracy is {JsonText.Describe(value)}; {Expected}");
        }

        return value.TryGetDouble(out var accuracy) && accuracy is >= 0 and <= 100
            ? accuracy
            : throw Bad("accuracy", $"accuracy is {Came.Clip(value.GetRawText())}; {Expected}");
    }

    private static List<string>? Scope(JsonElement body)
    {
        if (Member(body, "scope") is not { } value)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            throw Bad("scope", $"scope is {JsonText.Describe(value)}; expected an array of globs of node names");
        }

        var globs = new List<string>();
        foreach (var element in value.EnumerateArray())
        {
            globs.Add(PrintableText(element, $"scope[{globs.Count}]"));
        }

        return globs;
    }

    private static TimeSpan? Ttl(JsonElement body)
    {
        if (Text(body, "ttl") is not { } text)
        {
            return null;
        }

        return DurationText.TryParse(text, out var ttl) && ttl > TimeSpan.Zero
            ? ttl
            : throw Bad("ttl", $"ttl is '{Came.Clip(text)}'; expected {DurationText.Expected}, above 0");
    }

    private static bool ReportedTimestamps(JsonElement body)
    {
        if (Text(body, "timestamps") is not { } text)
        {
            return false;
        }

        foreach (var (word, reported) in Words.Timestamps)
        {
            if (word == text)
            {
                return reported;
            }
        }

        throw Bad("timestamps", $"timestamps is '{Came.Clip(text)}'; expected received or reported");
    }

    // Free text: it may have several lines, or be empty.
    private static string? Description(JsonElement body)
    {
        if (Member(body, "description") is not { } value)
        {
            return null;
        }

        var text = AnyText(value, "description");
        return text.Length <= LongestDescription
            ? text
            : throw Bad("description", $"description has {text.Length} characters; expected at most 1,024");
    }

    private static string? Text(JsonElement body, string name) => Member(body, name) is { } value ? PrintableText(value, name) : null;

    private static string PrintableText(JsonElement value, string field)
    {
        var text = AnyText(value, field);
        return Printable.Fault(field, text) is { } fault ? throw Bad(field, fault) : text;
    }

    private static string AnyText(JsonElement value, string field)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            throw Bad(field, $"{field} is {JsonText.Describe(value)}; expected a text");
        }

        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Bad(field, $"{field} is no valid Unicode text");
        }
    }

    private static JsonElement? Member(JsonElement body, string name) =>
        body.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static ProblemException Bad(string field, string detail) => new(Problem.BadRequest(field, detail));
}
