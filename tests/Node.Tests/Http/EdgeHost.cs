using System.Net;
using System.Net.Sockets;
using System.Text;
using FailureHistory.Messages;
using FailureHistory.Node.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace FailureHistory.Node.Tests.Http;

/// <summary>A service that answers as a test says, and remembers what it was asked.</summary>
internal sealed class FakeService : IFailureHistoryService
{
    public Func<object, CancellationToken, Task<object>> Answer { get; set; } =
        (request, _) => throw new InvalidOperationException($"the test expected no request, but {request} came");

    public List<object> Requests { get; } = [];

    public ReportedObservation[] Reported => [.. Assert.IsType<ReportObservations>(Assert.Single(Requests)).Observations];

    public void Replies(object reply) => Answer = (_, _) => Task.FromResult(reply);

    public Task<object> Ask(object request, CancellationToken ct)
    {
        Requests.Add(request);
        return Answer(request, ct);
    }

    public Task<object> Report(ReportObservations batch, CancellationToken ct) => Ask(batch, ct);

    public Task<object> Subscribe(Subscribe request, CancellationToken ct) => Ask(request, ct);
}

/// <summary>What came back, with the body as text.</summary>
internal sealed record Reply(HttpResponseMessage Head, string Body)
{
    public int Status => (int)Head.StatusCode;

    public string? MediaType => Head.Content.Headers.ContentType?.MediaType;

    public string? RetryAfter => Head.Headers.TryGetValues("Retry-After", out var values) ? values.Single() : null;
}

/// <summary>The edge on a real Kestrel on a free port of the loopback, with a fake service behind it.</summary>
internal sealed class EdgeHost : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly HttpClient client;
    private readonly Uri address;

    private EdgeHost(WebApplication app, FakeService service)
    {
        this.app = app;
        Service = service;
        address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        client = new HttpClient { BaseAddress = address };
    }

    public FakeService Service { get; }

    public IEnumerable<RouteEndpoint> Endpoints => ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>();

    /// <summary>The address of a path for another client.</summary>
    public Uri At(string path) => new(address, path);

    /// <param name="options">Of the edge.</param>
    /// <param name="prefix">Of its paths.</param>
    /// <param name="kestrel">Settings of the server.</param>
    /// <param name="more">Maps further endpoints.</param>
    public static async Task<EdgeHost> Start(
        HttpEdgeOptions? options = null, string prefix = "", Action<KestrelServerOptions>? kestrel = null, Action<IEndpointRouteBuilder>? more = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(server =>
        {
            server.Listen(IPAddress.Loopback, 0);
            kestrel?.Invoke(server);
        });
        var app = builder.Build();
        app.UseProblemsForUnmapped();
        var service = new FakeService();
        app.MapGroup(prefix).MapFailureHistory(service, options);
        more?.Invoke(app);
        await app.StartAsync();
        return new EdgeHost(app, service);
    }

    public Task<Reply> Get(string path) => Send(HttpMethod.Get, path);

    public Task<Reply> Delete(string path) => Send(HttpMethod.Delete, path);

    public Task<Reply> Post(string path, string json) => Send(HttpMethod.Post, path, Json(json));

    public async Task<Reply> Post(string path, string json, string type)
    {
        using var content = new StringContent(json, Encoding.UTF8, type);
        return await Send(HttpMethod.Post, path, content);
    }

    public Task<Reply> Put(string path, string json) => Send(HttpMethod.Put, path, Json(json));

    public async Task<Reply> Send(HttpMethod method, string path, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        var response = await client.SendAsync(request);
        return new Reply(response, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Asks for a stream and returns once its head is there; answers that are no stream can be read too.</summary>
    public async Task<OpenStream> Open(string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(OpenStream.Bound);
        return new OpenStream(response, await response.Content.ReadAsStreamAsync());
    }

    /// <summary>Says that the host is to stop, and goes on serving until it does.</summary>
    public void AnnounceStop() => app.Lifetime.StopApplication();

    /// <summary>Stops serving as a host does: waits for what is open, up to its own limit.</summary>
    public Task Stop() => app.StopAsync();

    /// <summary>Sends bytes as they are, past what a client library would mend, and returns all that comes until the server closes.</summary>
    public async Task<string> SendRaw(string request)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, address.Port);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }

    /// <summary>The status line and body of a GET of a target that is sent as it is.</summary>
    public Task<string> GetRaw(string target) => SendRaw($"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await app.DisposeAsync();
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");
}
