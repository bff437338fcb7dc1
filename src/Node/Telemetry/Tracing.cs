using System.Diagnostics;
using Akka.Actor;
using FailureHistory.Core.Identity;
using FailureHistory.Messages;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Telemetry;

/// <summary>
/// Spans of what a member does for those who ask it, under the source <see cref="SourceName"/>: one for each report and query, a child for each
/// replica that was asked. They end at the member: what another does for this one is not traced.
/// </summary>
internal static class Tracing
{
    /// <summary>The name of the activity source.</summary>
    public const string SourceName = "FailureHistory";

    private static readonly ActivitySource Source = new(SourceName, typeof(Tracing).Assembly.GetName().Version?.ToString(3));

    /// <summary>Begins a span, or gives null where nobody listens. It does not become the current one: actors share threads.</summary>
    public static Activity? Begin(string name, ActivityContext parent)
    {
        var before = Activity.Current;
        Activity.Current = null; // else it would be the parent where none is given
        var span = Source.StartActivity(name, ActivityKind.Internal, parent);
        Activity.Current = before;
        return span;
    }

    /// <summary>Runs a task under the span, so that spans of its own become children.</summary>
    public static Task<object> Under(Activity? span, Func<Task<object>> work)
    {
        var before = Activity.Current;
        Activity.Current = span;
        try
        {
            return work();
        }
        finally
        {
            Activity.Current = before;
        }
    }

    /// <summary>The span of a replica that is asked.</summary>
    public static Activity? OfReplica(ActivityContext parent, MemberId member, int segment) =>
        Begin("failure_history.replica", parent)?.SetTag("member", member.ToString()).SetTag("segment", segment);

    /// <summary>The request, with the span that it is asked under where there is one.</summary>
    public static object Carry(object request) => Activity.Current is { } current ? new Traced(request, current.Context) : request;

    /// <summary>What became of a request, for tags.</summary>
    public static string OutcomeOf(object reply) => reply switch
    {
        NodeNotFound => "not_found",
        TryAgain => "try_again",
        InvalidRequest => "invalid",
        NodeIsPinned => "pinned",
        _ => "answered",
    };

    /// <summary>Ends a span with its outcome.</summary>
    public static void End(Activity? span, string outcome)
    {
        if (span is not null)
        {
            span.SetTag("outcome", outcome);
            if (outcome == "try_again")
            {
                span.SetStatus(ActivityStatusCode.Error);
            }

            span.Dispose();
        }
    }
}

/// <summary>A request from within this process, and the span that it is asked under.</summary>
internal sealed record Traced(object Request, ActivityContext Parent) : ILocalMessage;
