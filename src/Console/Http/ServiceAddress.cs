using FailureHistory.Core.Identity;

namespace FailureHistory.Fhs.Http;

/// <summary>The addresses of members, and the paths of the HTTP interface (SPEC 11.2).</summary>
internal static class ServiceAddress
{
    /// <summary>Reads a comma-separated list of http(s) addresses.</summary>
    /// <exception cref="CommandFailure">None in it, or one that is no http(s) address.</exception>
    public static IReadOnlyList<Uri> ParseAll(string text)
    {
        var parts = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return parts.Length > 0
            ? [.. parts.Select(Parse)]
            : throw CommandFailure.WrongUsage($"--url is '{text}'; expected http addresses such as http://127.0.0.1:8560, separated by commas");
    }

    /// <summary>The path of a node (R6.3): percent-encoded, <c>/</c> as <c>%2F</c> (R1.1).</summary>
    public static string Node(string node)
    {
        if (Printable.Fault("NODE", node) is { } fault)
        {
            throw CommandFailure.WrongUsage(fault);
        }

        // Every URL parser takes these two for steps in the path, encoded or not; the id of the name means the same node.
        return "/v1/nodes/" + (node is "." or ".." ? NodeId.FromName(node).ToString() : Uri.EscapeDataString(node));
    }

    public static string Detector(string id) => "/v1/detectors/" + Segment("ID", id);

    public static string RingMember(string id) => "/v1/ring/members/" + Segment("MEMBER-ID", id);

    private static string Segment(string field, string text)
    {
        if (Printable.Fault(field, text) is { } fault)
        {
            throw CommandFailure.WrongUsage(fault);
        }

        return text is "." or ".."
            ? throw CommandFailure.WrongUsage($"{field} is '{text}', which no URL can name")
            : Uri.EscapeDataString(text);
    }

    private static Uri Parse(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.Query.Length == 0
            ? uri
            : throw CommandFailure.WrongUsage($"'{text}' is no address of a member; expected one such as http://127.0.0.1:8560");
}
