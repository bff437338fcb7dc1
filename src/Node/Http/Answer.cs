using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace FailureHistory.Node.Http;

/// <summary>A status and a JSON body.</summary>
internal sealed record Answer(int Status, Action<Utf8JsonWriter> Body) : IAnswer
{
    /// <summary>Names in any script stay readable. The bodies are never part of a page, and nosniff keeps browsers from making them one.</summary>
    public static JsonWriterOptions JsonOptions { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public string ContentType { get; init; } = "application/json";

    public TimeSpan? RetryAfter { get; init; }

    public static Answer Ok(Action<Utf8JsonWriter> body) => new(200, body);

    /// <summary>Sends it, whole: the body is complete before the status goes out, so that an error in writing it can still be told.</summary>
    public async Task SendTo(HttpContext context)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        await using (var json = new Utf8JsonWriter(buffer, JsonOptions))
        {
            Body(json);
        }

        var response = context.Response;
        response.StatusCode = Status;
        response.ContentType = ContentType;
        response.ContentLength = buffer.WrittenCount;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        if (RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(buffer.WrittenMemory, context.RequestAborted);
        }
    }
}
