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

    public void Dispose() => http.Dispose();

    private async Task<Reply> SendToAsync(Uri member, HttpMethod method, string path, byte[]? body, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, new Uri(member.AbsoluteUri.TrimEnd('/') + path));
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } };
        }

        using var response = await http.SendAsync(request, cancel);
        var text = await response.Content.ReadAsStringAsync(cancel);
        return new Reply(
            member, path, response.StatusCode, response.Content.Headers.ContentType?.MediaType, text, response.Headers.RetryAfter?.Delta);
    }

    private static bool IsConnectionFailure(Exception e, CancellationToken cancel) =>
        e is HttpRequestException or IOException || (e is TaskCanceledException && !cancel.IsCancellationRequested);

    private static string Cause(Exception e) => e is TaskCanceledException ? "no answer in time" : e.InnerException?.Message ?? e.Message;
}

/// <summary>No member of the list answered; the message says why of each.</summary>
internal sealed class UnreachableException(string message) : Exception(message);
