using FailureHistory.Messages;

namespace FailureHistory.Node.Http;

/// <summary>
/// Sends a subscription as server-sent events until it ends, the client leaves, or the host stops; then the subscription is ended too. A client
/// that still wants it comes back with the last id.
/// </summary>
/// <remarks>
/// Written directly and not with <c>TypedResults.ServerSentEvents</c>: that formatter has no comment lines, and without one now and then neither
/// side learns that the other is gone, and proxies cut the connection.
/// </remarks>
internal sealed class NotificationStream(ISubscriptionStream subscription, TimeProvider time, CancellationToken stopping) : IAnswer
{
    public const string MediaType = "text/event-stream";

    /// <summary>How often there is a comment line, whatever else is sent.</summary>
    public static readonly TimeSpan CommentInterval = TimeSpan.FromSeconds(15);

    /// <summary>What a client waits before it comes back.</summary>
    public static readonly TimeSpan Reconnection = TimeSpan.FromSeconds(1);

    // While more items wait than the connection takes, several go out at once.
    private const int FlushBytes = 16 * 1024;

    /// <inheritdoc/>
    public async Task SendTo(HttpContext context)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        var items = subscription.Items(ending.Token).GetAsyncEnumerator(ending.Token);
        var next = Task.FromResult(false);
        var events = Begin(context.Response, time);
        try
        {
            using var timer = new PeriodicTimer(CommentInterval, time);
            events.Comment();
            events.Retry(Reconnection);
            await events.Flush(ending.Token);

            next = items.MoveNextAsync().AsTask();
            var tick = timer.WaitForNextTickAsync(ending.Token).AsTask();
            while (true)
            {
                if (await Task.WhenAny(tick, next) == tick)
                {
                    await tick;
                    tick = timer.WaitForNextTickAsync(ending.Token).AsTask();
                    events.Comment();
                    await events.Flush(ending.Token);
                    continue;
                }

                if (!await next)
                {
                    break;
                }

                events.Item(items.Current);
                next = items.MoveNextAsync().AsTask();
                if (!next.IsCompletedSuccessfully || events.Unflushed >= FlushBytes)
                {
                    await events.Flush(ending.Token);
                }
            }

            await events.Flush(ending.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or TimeoutException)
        {
            // The client has gone, takes nothing, or goes on at another member.
            if (events.IsStuck)
            {
                context.Abort();
            }
        }
        finally
        {
            await ending.CancelAsync();
            await subscription.DisposeAsync();
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // an iterator can't be disposed of while it runs
            await items.DisposeAsync();
        }
    }

    /// <summary>The head of such an answer: nothing between here and the reader may keep, change or collect it.</summary>
    public static EventWriter Begin(HttpResponse response, TimeProvider time)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = MediaType;
        response.Headers.CacheControl = "no-cache, no-transform";
        response.Headers["X-Accel-Buffering"] = "no";
        response.Headers.XContentTypeOptions = "nosniff";
        return new EventWriter(response.BodyWriter, time);
    }
}

/// <summary>
/// "Try again" for a client that takes events and nothing else: an empty stream. A browser's EventSource gives up for ever at a 503, but comes
/// back after a stream that ends.
/// </summary>
internal sealed class NotificationsLater(TryAgain reply, TimeProvider time) : IAnswer
{
    /// <inheritdoc/>
    public async Task SendTo(HttpContext context)
    {
        var events = NotificationStream.Begin(context.Response, time);
        events.Comment("try again: " + reply.Reason);
        events.Retry(reply.RetryAfter ?? NotificationStream.Reconnection);
        await events.Flush(context.RequestAborted);
    }
}
