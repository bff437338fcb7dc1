using FailureHistory.Core.Identity;
using FailureHistory.Core.Time;
using FailureHistory.Messages;
using Microsoft.Net.Http.Headers;

namespace FailureHistory.Node.Http;

/// <summary>
/// <c>GET /v1/notifications</c> (R8.1): a subscription that lasts as long as the connection. Whoever comes back names the last <c>id:</c> it
/// saw, at any member, and goes on from there (R8.3).
/// </summary>
internal sealed class NotificationsEndpoint(HttpEdge edge)
{
    private const string LastEventId = "Last-Event-ID";
    private const int LongestCursor = 4_096;

    public async Task<IAnswer> Handle(HttpContext context)
    {
        var request = Read(context);
        var stopping = context.RequestServices.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? CancellationToken.None;
        var reply = stopping.IsCancellationRequested ? new TryAgain("this member is stopping; another one serves") : await Open(context, request);
        return reply switch
        {
            ISubscriptionStream subscription => new NotificationStream(subscription, edge.Time, stopping),
            TryAgain again when TakesOnlyEvents(context.Request) => new NotificationsLater(again, edge.Time),
            _ => Replies.ToAnswer(reply),
        };
    }

    private static Subscribe Read(HttpContext context)
    {
        var query = new QueryReader(context, "nodes", "above", "below", "for", "lastEventId");
        var above = query.NumberAbove0("above", 1, "at most 1")
            ?? throw new ProblemException(Problem.BadRequest("above", "above is missing; expected the probability to be told of, above 0 and at most 1"));
        var below = query.NumberAbove0("below", above, FormattableString.Invariant($"at most above, which is {above}"));
        var nodes = query.List("nodes");
        return new Subscribe(nodes.Count == 0 ? null : nodes, above, below, query.Duration("for"), LastId(context, query));
    }

    // A browser's EventSource can set no header on its first request, so the query has it too; when it comes back by itself it asks for the
    // same URL and sends the header, which is then the newer of the two.
    private static string? LastId(HttpContext context, QueryReader query)
    {
        var fromQuery = query.Text("lastEventId", LongestCursor);
        var header = context.Request.Headers[LastEventId];
        return header.ToString() is not { Length: > 0 } text ? fromQuery
            : Printable.Fault(LastEventId, text, LongestCursor) is { } fault ? throw new ProblemException(Problem.BadRequest(LastEventId, fault))
            : text;
    }

    private async Task<object> Open(HttpContext context, Subscribe request)
    {
        Task<object>? opening = null;
        object? reply = null;
        try
        {
            return reply = await edge.InTime(context, ct => opening = edge.Service.Subscribe(request, ct));
        }
        finally
        {
            if (opening is not null && reply is not ISubscriptionStream)
            {
                _ = EndWhenOpened(opening);
            }
        }
    }

    // Nobody waits for it any more: a subscription that opens all the same must not live on for ever.
    private static async Task EndWhenOpened(Task<object> opening)
    {
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (opening.IsCompletedSuccessfully && await opening is ISubscriptionStream late)
        {
            await late.DisposeAsync();
        }
    }

    private static bool TakesOnlyEvents(HttpRequest request) =>
        MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted) && accepted.Count > 0
        && accepted.All(type => type.MediaType.Equals(NotificationStream.MediaType, StringComparison.OrdinalIgnoreCase));
}
