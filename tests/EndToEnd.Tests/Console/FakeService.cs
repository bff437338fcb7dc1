using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FailureHistory.EndToEnd.Tests.Fhs;

/// <summary>A request as it came in.</summary>
/// <param name="Method">GET, PUT, POST or DELETE.</param>
/// <param name="Target">Path and query as they stood in the request line, undecoded.</param>
/// <param name="Body">The body; empty for none.</param>
/// <param name="LastEventId">The header of that name, or null.</param>
internal sealed record Received(string Method, string Target, string Body, string? LastEventId = null)
{
    public override string ToString() => $"{Method} {Target}";
}

/// <summary>What becomes of the connection after the body.</summary>
internal enum Then
{
    End,
    Break,
    Silence,
}

/// <summary>What the fake service answers; <see cref="Cut"/> is a connection that breaks instead of an answer.</summary>
internal sealed record Canned(int Status, string Body, string MediaType = "application/json", int? RetryAfter = null, Then Then = Then.End)
{
    public static Canned Cut { get; } = new(0, "");

    public static Canned Ok(string body) => new(200, body);

    public static Canned Events(Then then, params string[] events) => new(200, string.Concat(events), "text/event-stream", Then: then);

    public static Canned Problem(int status, string title, string detail) => new(
        status, $$"""{"type":"about:blank","title":"{{title}}","status":{{status}},"detail":"{{detail}}"}""", "application/problem+json");
}

/// <summary>A web server on a port of its own that records what it is asked and answers as it is told.</summary>
internal sealed class FakeService : IAsyncDisposable
{
    private readonly WebApplication server;
    private readonly Func<Received, Canned> answer;
    private readonly List<Received> received = [];
    private readonly bool keep;

    private FakeService(Func<Received, Canned> answer, bool keep)
    {
        this.answer = answer;
        this.keep = keep;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.RequestHeaderEncodingSelector = _ => System.Text.Encoding.UTF8;
        });
        server = builder.Build();
        server.Run(HandleAsync);
    }

    /// <summary>The address for <c>--url</c>.</summary>
    public string Url { get; private set; } = "";

    /// <summary>The requests so far, in the order of their arrival.</summary>
    public IReadOnlyList<Received> Requests
    {
        get
        {
            lock (received)
            {
                return [.. received];
            }
        }
    }

    public static Task<FakeService> StartAsync(Canned always) => StartAsync(_ => always);

    /// <param name="answer">Called for one request at a time.</param>
    /// <param name="keep">Whether <see cref="Requests"/> are kept.</param>
    public static async Task<FakeService> StartAsync(Func<Received, Canned> answer, bool keep = true)
    {
        var service = new FakeService(answer, keep);
        await service.server.StartAsync();
        service.Url = service.server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return service;
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var request = new Received(context.Request.Method, context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, await reader.ReadToEndAsync(),
            context.Request.Headers.TryGetValue("Last-Event-ID", out var id) ? id.ToString() : null);
        Canned reply;
        lock (received)
        {
            if (keep)
            {
                received.Add(request);
            }

            reply = answer(request);
        }

        if (reply == Canned.Cut)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = reply.Status;
        context.Response.ContentType = reply.MediaType;
        if (reply.RetryAfter is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        if (reply.Then == Then.Break)
        {
            // More is promised than comes: what was sent arrives, which it would not always when the connection is aborted.
            context.Response.ContentLength = System.Text.Encoding.UTF8.GetByteCount(reply.Body) + 1;
        }

        await context.Response.WriteAsync(reply.Body);
        if (reply.Then != Then.Silence)
        {
            return;
        }

        await context.Response.Body.FlushAsync();
        // Silent until the client goes; its going is how this ends, and no failure.
        await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
    }
}
