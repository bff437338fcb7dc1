using System.Diagnostics;
using System.Text.Json;

namespace FailureHistory.Members;

/// <summary>
/// Members as processes, the first of which forms the cluster and by which the others join; k = 3, so that with three of them a report is answered
/// once two have it on disk. Disposing kills them and deletes their folders.
/// </summary>
internal sealed class MemberSet : IAsyncDisposable
{
    private readonly List<MemberProcess> members = [];
    private readonly HttpClient client = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(1) }) { Timeout = TimeSpan.FromSeconds(5) };
    private readonly MemberOptions options;

    private MemberSet(MemberOptions options)
    {
        this.options = options;
        Folder = Directory.CreateDirectory(Path.Combine(options.Folder ?? Path.GetTempPath(), $"fhs-members-{Guid.NewGuid():n}")).FullName;
    }

    public string Folder { get; }

    public IReadOnlyList<MemberProcess> Members => members;

    public IEnumerable<MemberProcess> Running => members.Where(member => member is { IsRunning: true, IsPaused: false });

    /// <summary>All members' last lines, for messages.</summary>
    public string Logs => string.Join('\n', members.Select(member => member.Log));

    /// <summary>Starts so many and waits until every copy of every segment serves: before that a majority is cheaper than it will be.</summary>
    /// <param name="count">How many.</param>
    /// <param name="options">How.</param>
    /// <param name="added">Told of each member before it is started.</param>
    /// <param name="ct">Ends it.</param>
    public static async Task<MemberSet> Start(int count, MemberOptions options, Action<MemberProcess>? added, CancellationToken ct)
    {
        var set = new MemberSet(options);
        try
        {
            for (var i = 0; i < count; i++)
            {
                var member = set.Add();
                added?.Invoke(member);
                member.Start();
            }

            await set.Whole(count, ct).ConfigureAwait(false);
            return set;
        }
        catch
        {
            await set.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>One more, not yet started.</summary>
    public MemberProcess Add()
    {
        var member = new MemberProcess(Path.Combine(Folder, $"member-{members.Count}"), [.. members.Take(2)], options);
        members.Add(member);
        return member;
    }

    /// <summary>Waits until all that run are ready, and see a ring of so many in which every copy serves.</summary>
    public Task Whole(int count, CancellationToken ct) => Whole(count, TimeSpan.FromSeconds(90), ct);

    /// <inheritdoc cref="Whole(int, CancellationToken)"/>
    public async Task Whole(int count, TimeSpan bound, CancellationToken ct)
    {
        var begun = Stopwatch.GetTimestamp();
        foreach (var member in Running.ToList())
        {
            await member.Ready(client, ct).ConfigureAwait(false);
            while (await Missing(member, count, ct).ConfigureAwait(false) is { } missing)
            {
                if (Stopwatch.GetElapsedTime(begun) > bound)
                {
                    throw new InvalidOperationException($"expected {member.Name} to see a ring of {count} that serves everywhere within {bound.TotalSeconds:0} s; seen: {missing}\n{Logs}");
                }

                // Nobody tells from outside when a ring serves: it is asked, for a bounded time.
                await Task.Delay(100, ct).ConfigureAwait(false);
            }
        }
    }

    /// <summary>What a member answers to GET, parsed; null where it does not answer with a 200.</summary>
    public async Task<JsonElement?> Get(MemberProcess member, string path, CancellationToken ct)
    {
        var (status, body) = await Ask(member, path, ct).ConfigureAwait(false);
        return status == 200 ? body : null;
    }

    /// <summary>What a member answers to GET; status 0 where it does not.</summary>
    public async Task<(int Status, JsonElement? Body)> Ask(MemberProcess member, string path, CancellationToken ct)
    {
        try
        {
            using var reply = await client.GetAsync(new Uri(member.Url, path), ct).ConfigureAwait(false);
            using var body = JsonDocument.Parse(await reply.Content.ReadAsStringAsync(ct).ConfigureAwait(false));
            return ((int)reply.StatusCode, body.RootElement.Clone());
        }
        catch (Exception e) when (e is HttpRequestException or JsonException || (e is TaskCanceledException && !ct.IsCancellationRequested))
        {
            return (0, null);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var member in members)
        {
            await member.DisposeAsync().ConfigureAwait(false);
        }

        client.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private async Task<string?> Missing(MemberProcess member, int count, CancellationToken ct)
    {
        var (status, body) = await Ask(member, "/v1/ring", ct).ConfigureAwait(false);
        if (status != 200 || body is not { } ring)
        {
            return status == 0 ? "no answer for /v1/ring" : $"{status} for /v1/ring: {body}";
        }

        var inRing = ring.GetProperty("members").GetArrayLength();
        var silent = ring.GetProperty("segments").EnumerateArray().Count(s => s.GetProperty("serving").GetArrayLength() < s.GetProperty("members").GetArrayLength());
        return inRing == count && silent == 0 ? null : $"version {ring.GetProperty("version")} of {inRing} members, {silent} segments without all their copies";
    }
}
