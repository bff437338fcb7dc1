using System.Text.Json;

namespace FailureHistory.Node.Http;

/// <summary>What bodies of any kind have in common: where JSON is broken, and what a value is called in words.</summary>
internal static class JsonText
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>The bytes without the mark that some editors put in front.</summary>
    public static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> utf8) => utf8.StartsWith(ByteOrderMark) ? utf8[ByteOrderMark.Length..] : utf8;

    public static Problem Malformed(JsonException error)
    {
        // The parser appends its own, zero-based notion of the place.
        var message = error.Message;
        var end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return Problem.BadJson(
            $"the body is not JSON at line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}: {Came.Clip(end < 0 ? message : message[..end])}");
    }

    public static string Describe(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        JsonTokenType.Null => "null",
        _ => "a text",
    };

    /// <summary>A value in words, for "is …; expected …".</summary>
    public static string Describe(JsonElement value) => Describe(value.ValueKind switch
    {
        JsonValueKind.Object => JsonTokenType.StartObject,
        JsonValueKind.Array => JsonTokenType.StartArray,
        JsonValueKind.Number => JsonTokenType.Number,
        JsonValueKind.True or JsonValueKind.False => JsonTokenType.True,
        JsonValueKind.Null => JsonTokenType.Null,
        _ => JsonTokenType.String,
    });
}
