using System.Diagnostics;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using Xunit.Sdk;

namespace FailureHistory.EndToEnd.Tests.Members.Harness;

/// <summary>One event as it came, and when.</summary>
internal sealed record Event(string Kind, string Id, JsonNode Data, long At)
{
    public string Node => (string)Data["node"]!["name"]!;

    public bool IsUp => (string)Data["direction"]! == "up";

    public override string ToString() => $"{Kind} {Data.ToJsonString()}";
}

/// <summary>
/// A subscriber over HTTP that does what a browser's EventSource does: it comes back, at the next of its members, with the last id that it saw. Keeps
/// all that it was told.
/// </summary>
internal sealed class EventStream : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private readonly HttpClient http = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2) }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly Lock guard = new();
    private readonly List<Event> events = [];
    private readonly CancellationTokenSource stop = new();
    private readonly MemberProcess[] members;
    private readonly string query;
    private readonly Task following;
    private volatile bool paused;
    private CancellationTokenSource connection = new();
    private string? lastId;
    private int turn;

    /// <param name="query">The query of <c>/v1/notifications</c>, less the question mark.</param>
    /// <param name="members">Where to connect; the next one when one breaks off.</param>
    public EventStream(string query, params MemberProcess[] members)
    {
        this.query = query;
        this.members = members;
        following = Task.Run(Follow);
    }

    public IReadOnlyList<Event> Events
    {
        get
        {
            lock (guard)
            {
                return [.. events];
            }
        }
    }

    public IReadOnlyList<Event> Crossings => [.. Events.Where(e => e.Kind == "crossing")];

    public int Syncs => Events.Count(e => e.Kind == "synced");

    /// <summary>Waits until it has been synced so many times.</summary>
    public Task Synced(int times = 1) => Wait.Until($"{query} to be synced", Bound, () => Task.FromResult(Syncs >= times ? null : $"{Events.Count} events"));

    /// <summary>Waits for a crossing and gives it.</summary>
    public async Task<Event> Crossing(string what, Func<Event, bool> isIt)
    {
        await Wait.Until($"{query}: {what}", Bound, () => Task.FromResult(Crossings.Any(isIt) ? null : $"{Crossings.Count} crossings; the last: {Crossings.LastOrDefault()}"));
        return Crossings.First(isIt);
    }

    /// <summary>Breaks the connection and stays away until <see cref="ComeBack"/>.</summary>
    public async Task StayAway()
    {
        paused = true;
        await connection.CancelAsync();
    }

    public void ComeBack() => paused = false;

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await following;
        http.Dispose();
        stop.Dispose();
        connection.Dispose();
    }

    private async Task Follow()
    {
        while (!stop.IsCancellationRequested)
        {
            if (!paused)
            {
                connection = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
                try
                {
                    await Connect(members[turn++ % members.Length], connection.Token);
                }
                catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
                {
                    // Broken off: come back elsewhere.
                }
            }

            await Task.Delay(100, CancellationToken.None); // as EventSource waits before it comes back
        }
    }

    private async Task Connect(MemberProcess member, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{member.Http.Url}/v1/notifications?{query}");
        if (lastId is not null)
        {
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastId);
        }

        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        if ((int)response.StatusCode == 503)
        {
            return;
        }

        if (!response.IsSuccessStatusCode)
        {
            throw new XunitException($"{request.RequestUri}: expected events; came {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(ct)}");
        }

        await using var body = await response.Content.ReadAsStreamAsync(ct);
        await foreach (var item in SseParser.Create(body).EnumerateAsync(ct))
        {
            lock (guard)
            {
                lastId = item.EventId ?? lastId;
                events.Add(new Event(item.EventType, item.EventId ?? "", JsonNode.Parse(item.Data)!, Stopwatch.GetTimestamp()));
            }
        }
    }
}
