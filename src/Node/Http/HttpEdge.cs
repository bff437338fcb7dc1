using Akka.Actor;
using FailureHistory.Messages;

namespace FailureHistory.Node.Http;

/// <summary>
/// What every endpoint shares: it asks in bounded time, and whatever goes wrong becomes a problem that tells the asker what to do.
/// </summary>
internal sealed class HttpEdge(IFailureHistoryService service, HttpEdgeOptions options)
{
    public IFailureHistoryService Service => service;

    public TimeProvider Time => options.Time;

    public BodyReader Bodies { get; } = new(options.BodyBudgetBytes);

    /// <summary>An endpoint that turns its URL into a request and sends the reply.</summary>
    public RequestDelegate Asks(Func<HttpContext, object> request) =>
        Guarded(async context => Replies.ToAnswer(await Ask(context, request(context))));

    /// <summary>An endpoint that makes its own answer.</summary>
    public static RequestDelegate Guarded<T>(Func<HttpContext, Task<T>> handler)
        where T : IAnswer => async context =>
    {
        try
        {
            await (await Attempt(context, handler)).SendTo(context);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to be answered.
        }
    };

    public Task<object> Ask(HttpContext context, object request) => InTime(context, ct => service.Ask(request, ct));

    /// <summary>The reply, or <see cref="TryAgain"/> when there is none in time.</summary>
    public async Task<object> InTime(HttpContext context, Func<CancellationToken, Task<object>> ask)
    {
        using var timeout = new CancellationTokenSource(options.RequestTimeout, options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, context.RequestAborted);
        try
        {
            // Waited for here too: a service that overlooks its token must not hold the connection.
            return await ask(either.Token).WaitAsync(either.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or TimeoutException or AskTimeoutException
            && !context.RequestAborted.IsCancellationRequested)
        {
            return new TryAgain("the service did not answer in time");
        }
    }

    private static async Task<IAnswer> Attempt<T>(HttpContext context, Func<HttpContext, Task<T>> handler)
        where T : IAnswer
    {
        try
        {
            return await handler(context);
        }
        catch (ProblemException e)
        {
            return e.Problem.ToAnswer();
        }
        catch (BadHttpRequestException e)
        {
            return FromServer(e).ToAnswer();
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
        {
            context.RequestServices.GetService<ILogger<HttpEdge>>()?.LogError(
                e, "{Method} {Path} failed; the asker was told 500", context.Request.Method, context.Request.Path);
            return Problem.Internal().ToAnswer();
        }
    }

    // A body that broke off, came too slowly, or passed the server's own limit.
    private static Problem FromServer(BadHttpRequestException error) => error.StatusCode switch
    {
        StatusCodes.Status413PayloadTooLarge => Problem.TooLarge(error.Message),
        StatusCodes.Status408RequestTimeout => new Problem(408, "request-timeout", "Request timeout", error.Message),
        _ => new Problem(error.StatusCode, "malformed-request", "Malformed request", error.Message),
    };
}
