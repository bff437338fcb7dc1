using System.Net;
using System.Text.Json;
using FailureHistory.Fhs.Output;

namespace FailureHistory.Fhs.Http;

/// <summary>What a member answered.</summary>
/// <param name="Member">Its address.</param>
/// <param name="Path">What it was asked, for messages.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="MediaType">Of the body, or null.</param>
/// <param name="Body">As it came; may be empty.</param>
/// <param name="RetryAfter">When to ask again, or null.</param>
internal sealed record Reply(Uri Member, string Path, HttpStatusCode Status, string? MediaType, string Body, TimeSpan? RetryAfter)
{
    private const string ProblemMediaType = "application/problem+json";
    private const int LongestQuote = 200;

    public bool IsSuccess => (int)Status is >= 200 and < 300;

    /// <summary>Whether the same request may succeed later: no majority, an overloaded member, a proxy without one.</summary>
    public bool IsTransient => Status is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests
        or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout;

    /// <summary>Whether the fault is the member's and not the request's: another member, or the same one later, may answer.</summary>
    public bool IsFaultOfMember => IsTransient || (int)Status >= 500;

    /// <summary>Reads the body.</summary>
    /// <exception cref="CommandFailure">It is not of this shape.</exception>
    public T Read<T>()
    {
        try
        {
            return JsonSerializer.Deserialize<T>(Body, Shapes.Json) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new CommandFailure(
                ExitCode.Failed, "Answer not understood", $"{Member} answered {Path} with something else than the service does: {e.Message}");
        }
    }

    /// <summary>The failure that an unsuccessful answer stands for, with its exit code (SPEC 11.3).</summary>
    public CommandFailure ToFailure()
    {
        if (ReadProblem() is not { } problem)
        {
            return new CommandFailure(
                ExitCode.Failed, "Unexpected answer",
                $"{Member} answered {Path} with {(int)Status} and no problem of a failure history service; is it one? {Quote()}".TrimEnd());
        }

        var exitCode = Status switch
        {
            HttpStatusCode.NotFound => ExitCode.NotFound,
            HttpStatusCode.BadRequest => ExitCode.WrongUsage,
            _ => ExitCode.Failed,
        };
        return new CommandFailure(exitCode, problem.Title ?? $"HTTP {(int)Status}", problem.Detail ?? "the service gave no detail", Body);
    }

    private ProblemShape? ReadProblem()
    {
        if (MediaType != ProblemMediaType)
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<ProblemShape>(Body, Shapes.Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private string Quote() => Body.Length == 0 ? "" : $"It said: {Wording.Plain(Body.Length <= LongestQuote ? Body : Body[..LongestQuote] + "…")}";
}
