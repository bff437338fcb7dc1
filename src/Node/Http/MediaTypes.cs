using Microsoft.Net.Http.Headers;

namespace FailureHistory.Node.Http;

/// <summary>Which bodies are taken: JSON in UTF-8, not compressed, and of reports CloudEvents in JSON too. All others are a 415.</summary>
internal static class MediaTypes
{
    public const string Json = "application/json";

    /// <summary>One CloudEvent, in structured mode.</summary>
    public const string CloudEvent = "application/cloudevents+json";

    /// <summary>An array of them.</summary>
    public const string CloudEvents = "application/cloudevents-batch+json";

    /// <summary>What a report may come as.</summary>
    public static IReadOnlyList<string> OfReports { get; } = [Json, CloudEvent, CloudEvents];

    /// <summary>What everything else may come as.</summary>
    public static IReadOnlyList<string> JsonAlone { get; } = [Json];

    /// <summary>The one of these that the body is declared as.</summary>
    /// <exception cref="ProblemException">The body is declared as something else.</exception>
    public static string Require(HttpContext context, IReadOnlyList<string> accepted)
    {
        var request = context.Request;
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || accepted.FirstOrDefault(one => type.MediaType.Equals(one, StringComparison.OrdinalIgnoreCase)) is not { } declared)
        {
            throw Refused(context, accepted, request.ContentType is { Length: > 0 } came ? $"the content type is '{Came.Clip(came)}'" : "no content type was given");
        }

        if (type.Charset.HasValue && !HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
        {
            throw Refused(context, accepted, $"the character set is '{Came.Clip(type.Charset.ToString())}'");
        }

        if (request.Headers.ContentEncoding.ToString() is { Length: > 0 } encoding && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            throw Refused(context, accepted, $"the content encoding is '{Came.Clip(encoding)}'");
        }

        return declared;
    }

    private static ProblemException Refused(HttpContext context, IReadOnlyList<string> accepted, string came)
    {
        if (HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.Headers["Accept-Post"] = string.Join(", ", accepted);
        }

        var expected = accepted.Count == 1 ? accepted[0] : $"{string.Join(", ", accepted.SkipLast(1))} or {accepted[^1]}";
        return new ProblemException(Problem.UnsupportedMedia($"{came}; expected {expected} in UTF-8, not compressed"));
    }
}
