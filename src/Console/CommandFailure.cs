using System.Text.Json.Nodes;
using FailureHistory.Fhs.Http;

namespace FailureHistory.Fhs;

/// <summary>Ends a command: what <c>fhs</c> says on stderr, and its exit code.</summary>
internal sealed class CommandFailure : Exception
{
    private readonly string? problemJson;

    /// <param name="exitCode">One of <see cref="Fhs.ExitCode"/>.</param>
    /// <param name="title">The same for all failures of one kind.</param>
    /// <param name="detail">What was expected, what came, what to do.</param>
    /// <param name="problemJson">The service's own problem+json, or null for a failure found here.</param>
    public CommandFailure(int exitCode, string title, string detail, string? problemJson = null)
        : base(detail)
    {
        ExitCode = exitCode;
        Title = title;
        this.problemJson = problemJson;
    }

    public int ExitCode { get; }

    public string Title { get; }

    /// <summary>RFC 9457: the service's own where it sent one.</summary>
    public string ProblemJson => problemJson ?? new JsonObject { ["title"] = Title, ["detail"] = Message }.ToJsonString(Shapes.Json);

    public static CommandFailure WrongUsage(string detail) => new(Fhs.ExitCode.WrongUsage, "Wrong usage", detail);
}
