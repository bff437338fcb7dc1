using System.Text.Json;
using FailureHistory.Messages;
using FailureHistory.Node.Http.Json;

namespace FailureHistory.Node.Http;

/// <summary>An error as RFC 9457 has it. <see cref="Detail"/> tells what was expected, what came, and what to do.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Slug">The last part of <c>type</c>, by which programs tell problems apart.</param>
/// <param name="Title">The same for all problems of one type.</param>
/// <param name="Detail">What it is this time.</param>
internal sealed record Problem(int Status, string Slug, string Title, string Detail)
{
    private const string TypePrefix = "urn:problem-type:failure-history:";
    private static readonly TimeSpan DefaultRetry = TimeSpan.FromSeconds(1);

    /// <summary>The parameter, member or field at fault, or null.</summary>
    public string? Field { get; init; }

    /// <summary>The limit that was passed, or null.</summary>
    public long? Limit { get; init; }

    /// <summary>When to ask again, or null for never.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Writes further members, or null.</summary>
    public Action<Utf8JsonWriter>? Members { get; init; }

    public static Problem BadRequest(string field, string detail) => new(400, "invalid-request", "Invalid request", detail) { Field = field };

    public static Problem BadJson(string detail) => new(400, "malformed-json", "Malformed JSON", detail);

    public static Problem TooLarge(string detail, long? limit = null) => new(413, "too-large", "Too large", detail) { Limit = limit };

    public static Problem UnsupportedMedia(string detail) => new(415, "unsupported-media-type", "Unsupported media type", detail);

    public static Problem Internal() =>
        new(500, "internal-error", "Internal error", "the member failed to answer because of an error of its own; its log has the particulars");

    public static Problem TryAgain(string detail, TimeSpan? retryAfter = null) =>
        new(503, "try-again", "Try again", detail) { RetryAfter = retryAfter ?? DefaultRetry };

    public static Problem NodeNotFound(NodeNotFound reply) =>
        new(404, "node-not-found", "Node not found", $"nobody ever reported on node '{reply.Node}', or it was forgotten")
        {
            Members = json =>
            {
                json.WriteString("node", reply.Node);
                json.WriteString("answeredBy", reply.AnsweredBy);
            },
        };

    public static Problem DetectorNotFound(DetectorNotFound reply) =>
        new(404, "detector-not-found", "Detector not found", $"no detector '{reply.Id}' is registered")
        {
            Members = json => json.WriteString("detector", reply.Id),
        };

    public static Problem NodeIsPinned(NodeIsPinned reply) =>
        new(409, "node-pinned", "Node pinned",
            $"node '{reply.Node.Name ?? reply.Node.Id}' was pinned by {reply.Pin.By} on {reply.Pin.Since}: {reply.Pin.Reason}; unpin it first, or say force=true")
        {
            Members = json =>
            {
                json.WriteString("node", reply.Node.Name ?? reply.Node.Id);
                json.WritePin("pinned", reply.Pin);
            },
        };

    // A service's detail may or may not begin with the field's name; the reader wants it once.
    public static Problem Invalid(InvalidRequest reply) => BadRequest(
        reply.Field, reply.Detail.StartsWith(reply.Field, StringComparison.Ordinal) ? reply.Detail : $"{reply.Field}: {reply.Detail}");

    public Answer ToAnswer() => new(Status, Write) { ContentType = "application/problem+json", RetryAfter = RetryAfter };

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", TypePrefix + Slug);
        json.WriteString("title", Title);
        json.WriteNumber("status", Status);
        json.WriteString("detail", Detail);
        if (Field is not null)
        {
            json.WriteString("field", Field);
        }

        if (Limit is { } limit)
        {
            json.WriteNumber("limit", limit);
        }

        Members?.Invoke(json);
        json.WriteEndObject();
    }
}

/// <summary>Ends the handling of a request with a problem.</summary>
internal sealed class ProblemException(Problem problem) : Exception(problem.Detail)
{
    public Problem Problem { get; } = problem;
}
