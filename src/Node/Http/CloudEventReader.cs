using System.Runtime.InteropServices;
using System.Text.Json;
using CloudNative.CloudEvents;
using CloudNative.CloudEvents.SystemTextJson;
using FailureHistory.Core.Time;
using FailureHistory.Messages;
using Microsoft.Net.Http.Headers;

namespace FailureHistory.Node.Http;

/// <summary>
/// Reads CloudEvents 1.0 in JSON (SPEC 11.2), one or a batch, as observations: <c>id</c> is the id, <c>source</c> the detector, <c>subject</c>
/// the node, <c>time</c> the time, the last word of <c>type</c> the kind; <c>data</c> holds hardware address, reason and labels. What is wrong with one
/// event is its own rejection, which names the attribute (R2.7, R2.8); only what is no JSON, or no batch, is refused as a whole.
/// </summary>
internal static class CloudEventReader
{
    private static readonly JsonEventFormatter Formatter = new();
    private static readonly string[] Kinds = ["failure", "join", "alive", "leave"];

    /// <exception cref="ProblemException">Malformed JSON, or one event where a batch is declared, or the other way round (400); too many events (413).</exception>
    public static IReadOnlyList<ReportedObservation> Read(ReadOnlySpan<byte> utf8, bool isBatch)
    {
        var expected = isBatch ? "an array of events" : "one event";
        utf8 = JsonText.WithoutMark(utf8);
        if (utf8.Trim(" \t\r\n"u8).IsEmpty)
        {
            throw new ProblemException(Problem.BadJson($"the body is empty; expected {expected}"));
        }

        try
        {
            var reader = new Utf8JsonReader(utf8);
            using var document = JsonDocument.ParseValue(ref reader);
            reader.Read(); // finds whatever follows the value
            var root = document.RootElement;
            if (root.ValueKind != (isBatch ? JsonValueKind.Array : JsonValueKind.Object))
            {
                throw new ProblemException(Problem.BadJson(
                    $"the body is {JsonText.Describe(root)}; expected {expected}: one is {MediaTypes.CloudEvent}, an array is {MediaTypes.CloudEvents}"));
            }

            if (!isBatch)
            {
                return [ReadEvent(root)];
            }

            return root.GetArrayLength() <= ReportLimits.MaxObservations ? [.. root.EnumerateArray().Select(ReadEvent)] : throw ObservationReader.TooMany();
        }
        catch (JsonException e)
        {
            throw new ProblemException(JsonText.Malformed(e));
        }
    }

    private static ReportedObservation ReadEvent(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            return Refused($"event is {JsonText.Describe(json)}; expected an object");
        }

        try
        {
            Stamp? at = null;
            return AttributesFault(json) is { } fault || (fault = DataFault(json)) is not null || (fault = TimeFault(json, ref at)) is not null
                ? Refused(fault)
                : Observed(Formatter.ConvertFromJsonElement(json, extensionAttributes: null), json, at);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // What else the format asks for, such as names of extensions in lower case and whole numbers of 32 bits. The parameter that the message names is not the reporter's.
            return Refused($"event: {Came.Clip(e.Message.Split(" (Parameter ")[0])}");
        }
        catch (InvalidOperationException)
        {
            return Refused("event has a name or a value that is no valid Unicode text");
        }
    }

    private static ReportedObservation Observed(CloudEvent read, JsonElement json, Stamp? at)
    {
        var data = json.TryGetProperty("data", out var given) && given.ValueKind != JsonValueKind.Null
            ? ObservationReader.ReadData(JsonMarshal.GetRawUtf8Value(given))
            : new ReportedObservation();
        return data.Fault is { } fault
            ? Refused(fault.StartsWith("data ", StringComparison.Ordinal) ? fault : $"data.{fault}")
            : data with
            {
                Id = read.Id,
                Node = read.Subject,
                Detector = read.Source!.OriginalString,
                Kind = read.Type![(read.Type!.LastIndexOf('.') + 1)..],
                At = at,
            };
    }

    // Asked before the library reads the event, whose errors do not tell what an attribute means here.
    private static string? AttributesFault(JsonElement json)
    {
        var type = string.Empty;
        return TextFault(json, "specversion", "1.0", out var version)
            ?? (version == "1.0" ? null : $"specversion is '{Came.Clip(version)}'; expected 1.0")
            ?? TextFault(json, "id", "the id of the observation", out _)
            ?? TextFault(json, "source", "the id of the detector", out _)
            ?? TextFault(json, "subject", "the id or the name of the node", out _)
            ?? TextFault(json, "type", "one that ends in .failure, .join, .alive or .leave", out type)
            ?? (Kinds.Any(kind => type.EndsWith($".{kind}", StringComparison.Ordinal))
                ? null
                : $"type is '{Came.Clip(type)}'; expected one that ends in .failure, .join, .alive or .leave");
    }

    private static string? TextFault(JsonElement json, string attribute, string expected, out string text)
    {
        text = string.Empty;
        if (!json.TryGetProperty(attribute, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return $"{attribute} is missing; expected {expected}";
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            return $"{attribute} is {JsonText.Describe(value)}; expected a text";
        }

        text = value.GetString()!;
        return text.Length > 0 ? null : $"{attribute} is empty; expected {expected}";
    }

    private static string? DataFault(JsonElement json)
    {
        if (json.TryGetProperty("data_base64", out _))
        {
            return "data_base64 is not taken; expected data, as JSON";
        }

        if (!json.TryGetProperty("datacontenttype", out var declared) || declared.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        var text = declared.GetString()!;
        return MediaTypeHeaderValue.TryParse(text, out var type)
            && (type.MediaType.Equals(MediaTypes.Json, StringComparison.OrdinalIgnoreCase) || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase))
                ? null
                : $"datacontenttype is '{Came.Clip(text)}'; expected {MediaTypes.Json}";
    }

    private static string? TimeFault(JsonElement json, ref Stamp? at)
    {
        if (!json.TryGetProperty("time", out var time) || time.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (time.ValueKind != JsonValueKind.String)
        {
            return $"time is {JsonText.Describe(time)}; expected a text";
        }

        if (!TimeText.TryParse(time.GetString()!, out var stamp))
        {
            return $"time is '{Came.Clip(time.GetString()!)}'; expected {TimeText.Expected}";
        }

        at = stamp;
        return null;
    }

    private static ReportedObservation Refused(string fault) => new() { Fault = fault };
}
