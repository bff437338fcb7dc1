using System.Text;
using System.Text.Json;

namespace FailureHistory.Fhs.Http;

/// <summary>
/// Talks to the first member of a list that can be reached. Every request of <c>fhs</c> may be sent twice without harm (reports carry ids,
/// R2.4; the others set or delete), so a member that fails half-way is left for the next one.
/// </summary>
internal sealed class ServiceClient : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(30);

    private readonly IReadOnlyList<Uri> members;
    private readonly HttpClient http;
    private volatile int preferred;

    /// <param name="members">The addresses, tried in this order.</param>
    public ServiceClient(IReadOnlyList<Uri> members)
    {
        this.members = members;
        http = new HttpClient(new SocketsHttpHandler
        {
            RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
            ConnectTimeout = ConnectTimeout,

            // A proxy for the world is no way to a member on this machine.
            UseProxy = members.Any(member => !member.IsLoopback),
        })
        {
            Timeout = AnswerTimeout,
        };
    }

    /// <summary>Asks, and has an unsuccessful answer thrown.</summary>
    /// <exception cref="CommandFailure">The service answered with a problem, or no member could be reached.</exception>
    public async Task<Reply> AskAsync(HttpMethod method, string path, object? body, CancellationToken cancel)
    {
        try
        {
            var reply = await SendAsync(method, path, body, cancel);
            return reply.IsSuccess ? reply : throw reply.ToFailure();
        }
        catch (UnreachableException e)
        {
            throw new CommandFailure(ExitCode.Failed, "No member reached", e.Message);
        }
    }

    public Task<Reply> GetAsync(string path, CancellationToken cancel) => AskAsync(HttpMethod.Get, path, null, cancel);

    /// <summary>Asks; whatever the status, the answer is returned.</summary>
    /// <exception cref="UnreachableException">No member of the list answered.</exception>
    public async Task<Reply> SendAsync(HttpMethod method, string path, object? body, CancellationToken cancel)
    {
        var bytes = body is null ? null : JsonSerializer.SerializeToUtf8Bytes(body, body.GetType(), Shapes.Json);
        var faults = new StringBuilder();
        var first = preferred;
        for (var i = 0; i < members.Count; i++)
        {
            var place = (first + i) % members.Count;
            try
            {
                var reply = await SendToAsync(members[place], method, path, bytes, cancel);

                // A member without a majority may be on the small side of a cut: whoever asks again asks the next one.
                preferred = reply.IsTransient ? (place + 1) % members.Count : place;
                return reply;
            }
            catch (Exception e) when (IsConnectionFailure(e, cancel))
            {
                faults.Append(faults.Length == 0 ? "" : "; ").Append(members[place]).Append(": ").Append(Cause(e));
            }
        }

        throw new UnreachableException($"{faults}; is it running, and is --url right?");
    }

    /// <summary>Opens a stream of events at the first member that gives one.</summary>
    /// <param name="path">Path and query.</param>
    /// <param name="lastId">The id of the last event seen, or null.</param>
    /// <param name="time">The clock that silence is measured by.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="NotOpenedException">None does now.</exception>
    /// <exception cref="CommandFailure">A member refuses the request for good.</exception>
    public async Task<EventStream> OpenStreamAsync(string path, string? lastId, TimeProvider time, CancellationToken cancel)
    {
        var faults = new StringBuilder();
        Reply? refusal = null;
        var first = preferred;
        for (var i = 0; i < members.Count; i++)
        {
            var place = (first + i) % members.Count;
            try
            {
                var (stream, reply) = await OpenAtAsync(members[place], path, lastId, time, cancel);
                if (stream is not null)
                {
                    preferred = place;
                    return stream;
                }

                refusal = reply!.IsFaultOfMember ? reply : throw reply.ToFailure();
                faults.Append(faults.Length == 0 ? "" : "; ").Append(members[place]).Append(": ").Append(reply.ToFailure().Message);
            }
            catch (Exception e) when (IsConnectionFailure(e, cancel))
            {
                faults.Append(faults.Length == 0 ? "" : "; ").Append(members[place]).Append(": ").Append(Cause(e));
            }
        }

        throw refusal is null
            ? new NotOpenedException(new CommandFailure(ExitCode.Failed, "No member reached", $"{faults}; is it running, and is --url right?"), null)
            : new NotOpenedException(refusal.ToFailure(), refusal.RetryAfter);
    }

    /// <summary>Makes the next request begin with the member after the one that answered last.</summary>
    public void PreferNext() => preferred = (preferred + 1) % members.Count;

    public void Dispose() => http.Dispose();

    private async Task<Reply> SendToAsync(Uri member, HttpMethod method, string path, byte[]? body, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, AddressOf(member, path));
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } };
        }

        using var response = await http.SendAsync(request, cancel);
        return await ReadAsync(member, path, response, cancel);
    }

    private async Task<(EventStream? Stream, Reply? Refusal)> OpenAtAsync(Uri member, string path, string? lastId, TimeProvider time, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, AddressOf(member, path));

        // With problems accepted as well, a member that can't serve now says so by its status.
        request.Headers.Accept.ParseAdd($"{EventStream.MediaType}, application/problem+json");
        if (lastId is not null)
        {
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastId);
        }

        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        if (response.IsSuccessStatusCode && response.Content.Headers.ContentType?.MediaType == EventStream.MediaType)
        {
            return (new EventStream(member, response, time), null);
        }

        using (response)
        {
            var reply = await ReadAsync(member, path, response, cancel);
            return reply.IsSuccess
                ? throw new CommandFailure(ExitCode.Failed, "Answer not understood", $"{member} answered with {reply.MediaType ?? "nothing"} and not with {EventStream.MediaType}")
                : (null, reply);
        }
    }

    private static Uri AddressOf(Uri member, string path) => new(member.AbsoluteUri.TrimEnd('/') + path);

    private static async Task<Reply> ReadAsync(Uri member, string path, HttpResponseMessage response, CancellationToken cancel) => new(
        member, path, response.StatusCode, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync(cancel),
        response.Headers.RetryAfter?.Delta);

    private static bool IsConnectionFailure(Exception e, CancellationToken cancel) =>
        e is HttpRequestException or IOException || (e is TaskCanceledException && !cancel.IsCancellationRequested);

    private static string Cause(Exception e) => e is TaskCanceledException ? "no answer in time" : e.InnerException?.Message ?? e.Message;
}

/// <summary>No member of the list answered; the message says why of each.</summary>
internal sealed class UnreachableException(string message) : Exception(message);
