using System.Text;
using FailureHistory.Core.Identity;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing.Patterns;

namespace FailureHistory.Node.Http;

/// <summary>
/// A parameter of the path, percent-decoded exactly once (R1.1). The server decodes all but <c>%2F</c>, so that in its route values the
/// name <c>a/b</c> (sent as <c>a%2Fb</c>) and the name <c>a%2Fb</c> (sent as <c>a%252Fb</c>) look the same: only the request line tells them apart.
/// </summary>
internal static class PathText
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="ProblemException">Malformed percent-encoding, or no 1 to 256 printable characters: 400.</exception>
    public static string Read(HttpContext context, string parameter)
    {
        var text = FromRequestLine(context, parameter) ?? FromRouteValue(context, parameter);
        if (Printable.Fault(parameter, text) is { } fault)
        {
            throw new ProblemException(Problem.BadRequest(parameter, fault));
        }

        return text;
    }

    private static string? FromRequestLine(HttpContext context, string parameter)
    {
        if (context.GetEndpoint() is not RouteEndpoint endpoint
            || context.Features.Get<IHttpRequestFeature>()?.RawTarget is not { Length: > 0 } target)
        {
            return null;
        }

        var place = PlaceOf(endpoint.RoutePattern, parameter) + (context.Request.PathBase.Value ?? "").Count(c => c == '/');
        var segments = SegmentsOf(target);
        return place < segments.Count ? Decode(segments[place], parameter) : null;
    }

    private static int PlaceOf(RoutePattern pattern, string parameter)
    {
        for (var i = 0; i < pattern.PathSegments.Count; i++)
        {
            if (pattern.PathSegments[i].Parts is [RoutePatternParameterPart part] && part.Name == parameter)
            {
                return i;
            }
        }

        throw new InvalidOperationException($"the route '{pattern.RawText}' has no parameter '{parameter}'");
    }

    // The server has resolved dot segments before it matched the route, so the same must be done here to count segments alike.
    private static List<string> SegmentsOf(string target)
    {
        var path = target.AsSpan();
        path = path.IndexOf('?') is >= 0 and var query ? path[..query] : path;
        if (path[0] != '/')
        {
            var authority = path.IndexOf("://", StringComparison.Ordinal) + 3;
            var start = path[authority..].IndexOf('/');
            path = start < 0 ? "/" : path[(authority + start)..];
        }

        var segments = new List<string>();
        foreach (var range in path[1..].Split('/'))
        {
            var segment = path[1..][range].ToString();
            switch (segment.Replace("%2E", ".", StringComparison.OrdinalIgnoreCase))
            {
                case ".":
                    break;
                case "..":
                    segments.RemoveRange(Math.Max(0, segments.Count - 1), Math.Min(1, segments.Count));
                    break;
                default:
                    segments.Add(segment);
                    break;
            }
        }

        return segments;
    }

    private static string Decode(string segment, string parameter)
    {
        if (!segment.Contains('%', StringComparison.Ordinal))
        {
            return segment;
        }

        var bytes = Encoding.UTF8.GetBytes(segment);
        var length = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != '%')
            {
                bytes[length++] = bytes[i];
            }
            else if (i + 2 < bytes.Length && char.IsAsciiHexDigit((char)bytes[i + 1]) && char.IsAsciiHexDigit((char)bytes[i + 2]))
            {
                bytes[length++] = Convert.FromHexString([(char)bytes[i + 1], (char)bytes[i + 2]])[0];
                i += 2;
            }
            else
            {
                throw Malformed(segment, parameter);
            }
        }

        try
        {
            return StrictUtf8.GetString(bytes, 0, length);
        }
        catch (DecoderFallbackException)
        {
            throw Malformed(segment, parameter);
        }
    }

    private static ProblemException Malformed(string segment, string parameter) => new(Problem.BadRequest(
        parameter, $"{parameter} in the path is '{Came.Clip(segment)}'; expected UTF-8 text in percent-encoding (a percent sign itself as %25)"));

    // A server that does not keep the request line: the best that can be had.
    private static string FromRouteValue(HttpContext context, string parameter) =>
        (context.GetRouteValue(parameter) as string ?? "").Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
