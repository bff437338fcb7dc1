using Microsoft.Net.Http.Headers;

namespace FailureHistory.Node.Http;

/// <summary>Which bodies are taken: JSON in UTF-8, not compressed. All others are a 415.</summary>
internal static class MediaTypes
{
    private const string Json = "application/json";

    /// <exception cref="ProblemException">The body is declared as something else.</exception>
    public static void RequireJson(HttpContext context)
    {
        var request = context.Request;
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase))
        {
            throw Refused(context, request.ContentType is { Length: > 0 } came ? $"the content type is '{Came.Clip(came)}'" : "no content type was given");
        }

        if (type.Charset.HasValue && !HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
        {
            throw Refused(context, $"the character set is '{Came.Clip(type.Charset.ToString())}'");
        }

        if (request.Headers.ContentEncoding.ToString() is { Length: > 0 } encoding && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            throw Refused(context, $"the content encoding is '{Came.Clip(encoding)}'");
        }
    }

    private static ProblemException Refused(HttpContext context, string came)
    {
        if (HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.Headers["Accept-Post"] = Json;
        }

        return new ProblemException(Problem.UnsupportedMedia($"{came}; expected {Json} in UTF-8, not compressed"));
    }
}
