using System.Text.Json;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Retention;
using FailureHistory.Messages;

namespace FailureHistory.Node.Http;

/// <summary>Reads the body of a pin (R10.1): <c>{"reason":"under repair until May","by":"ann"}</c>, of which the reason must be there.</summary>
internal static class PinReader
{
    /// <exception cref="ProblemException">Malformed JSON, or a member of a wrong kind or length: 400.</exception>
    public static PinNode Read(string node, ReadOnlySpan<byte> utf8, string asker)
    {
        const string Example = "expected an object such as {\"reason\":\"under repair\"}";
        try
        {
            var reader = new Utf8JsonReader(JsonText.WithoutMark(utf8));
            using var document = JsonDocument.ParseValue(ref reader);
            reader.Read();
            if (document.RootElement is not { ValueKind: JsonValueKind.Object } body)
            {
                throw Bad("body", $"the body is {JsonText.Describe(document.RootElement)}; {Example}");
            }

            var reason = Text(body, "reason") ?? throw Bad("reason", $"reason is missing; {Example}");
            if (string.IsNullOrWhiteSpace(reason) || reason.Length > Pin.MaxReason)
            {
                throw Bad("reason", $"reason has {reason.Trim().Length} characters; expected 1 to {Pin.MaxReason:N0}");
            }

            var by = Text(body, "by");
            return by is not null && Printable.Fault("by", by) is { } fault ? throw Bad("by", fault) : new PinNode(node, reason, by ?? asker);
        }
        catch (JsonException e)
        {
            throw new ProblemException(utf8.IsEmpty ? Problem.BadJson($"the body is empty; {Example}") : JsonText.Malformed(e));
        }
        catch (InvalidOperationException)
        {
            throw new ProblemException(Problem.BadJson("the body holds what is no valid Unicode text"));
        }
    }

    private static string? Text(JsonElement body, string name)
    {
        if (!body.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw Bad(name, $"{name} is {JsonText.Describe(value)}; expected a text");
    }

    private static ProblemException Bad(string field, string detail) => new(Problem.BadRequest(field, detail));
}
