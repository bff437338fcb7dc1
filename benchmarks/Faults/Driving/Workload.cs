using System.Collections.Concurrent;
using System.Diagnostics;
using FailureHistory.Members;

namespace FailureHistory.Faults.Driving;

/// <summary>
/// What goes on while members fail: reporters and askers through the client, over HTTP at members that nothing is done to, and over HTTP at one that
/// something is done to and then at the next.
/// </summary>
internal sealed class Workload : IAsyncDisposable
{
    private const int NodesEach = 24;

    private readonly CancellationTokenSource stop = new();
    private readonly List<HttpWay> https = [];
    private readonly List<Track> tracks = [];
    private readonly List<Reporter> reporters = [];
    private readonly ConcurrentQueue<string> wrong = new();
    private readonly List<Task> loops = [];
    private readonly ClientWay[] clients;

    /// <param name="members">All members.</param>
    /// <param name="live">Those that nothing is done to.</param>
    /// <param name="suits">Which segments its nodes may lie in.</param>
    public Workload(IReadOnlyList<MemberProcess> members, IReadOnlyList<MemberProcess> live, Func<int, bool> suits)
    {
        // Each by itself: each has a member of its own to which its reports go.
        clients = [.. Enumerable.Range(0, 2).Select(_ => new ClientWay([.. members.Select(m => m.Address)], Deadline.Span))];
        var name = $"w{Random.Shared.Next():x}";
        Uri[] urls = [.. members.Select(m => m.Url)];
        Report(CallWay.Client, clients[0], "client 1");
        Report(CallWay.Client, clients[1], "client 2");
        Report(CallWay.HttpRoaming, Http(urls, Enumerable.Range(0, members.Count).FirstOrDefault(i => !live.Contains(members[i])), TimeSpan.FromSeconds(2)), "HTTP, roaming");
        foreach (var member in live.Take(2))
        {
            Report(CallWay.HttpLive, Http([member.Url], 0, Deadline.Span), $"HTTP at {member.Name}");
        }

        List<Ledger> ledgers = [.. reporters.Select(r => r.Ledger)];
        Ask(CallWay.Client, clients[0], "client", ledgers);
        foreach (var member in live.Take(2))
        {
            Ask(CallWay.HttpLive, Http([member.Url], 0, Deadline.Span), $"HTTP at {member.Name}", ledgers);
        }

        void Report(CallWay by, IWay way, string who)
        {
            var track = new Track(CallKind.Write, by, $"write, {who}");
            tracks.Add(track);
            var reporter = new Reporter(track, new Ledger($"{name}-{reporters.Count}", NodesEach, suits), way);
            reporters.Add(reporter);
            loops.Add(Task.Run(() => Guarded(reporter.Run)));
        }

        void Ask(CallWay by, IWay way, string who, IReadOnlyList<Ledger> of)
        {
            foreach (var kind in new[] { CallKind.ReadOne, CallKind.ReadMajority })
            {
                var track = new Track(kind, by, $"{(kind == CallKind.ReadOne ? "read" : "majority read")}, {who}");
                tracks.Add(track);
                var asker = new Asker(track, of, way, wrong);
                loops.Add(Task.Run(() => Guarded(asker.Run)));
            }
        }
    }

    public IReadOnlyList<Track> Tracks => tracks;

    public IEnumerable<Ledger> Ledgers => reporters.Select(r => r.Ledger);

    /// <summary>Answers that must not be, whatever fails.</summary>
    public IReadOnlyCollection<string> Wrong => wrong;

    public long Acknowledged => reporters.Sum(r => r.Ledger.Acknowledged);

    /// <summary>Waits until everything has been compiled and connected: every loop has got on.</summary>
    public async Task Warm(CancellationToken ct)
    {
        var begun = Stopwatch.GetTimestamp();
        while (tracks.Where(t => t.Successes < 20).ToList() is { Count: > 0 } slow)
        {
            if (Stopwatch.GetElapsedTime(begun) > TimeSpan.FromSeconds(30))
            {
                throw new InvalidOperationException($"expected 20 answers for each within 30 s; seen: {string.Join(", ", slow.Select(t => $"{t.Name}: {t.Successes}, {(t.Failures is [.., var last] ? last.Why : "nobody failed")}"))}{string.Join('\n', wrong)}");
            }

            // The loops tell nobody how far they are: they are looked at, for a bounded time.
            await Task.Delay(50, ct).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the loops. What is under way is not acknowledged.</summary>
    public async Task Stop()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(loops).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await Stop().ConfigureAwait(false);
        https.ForEach(http => http.Dispose());
        foreach (var client in clients)
        {
            await client.DisposeAsync().ConfigureAwait(false);
        }

        stop.Dispose();
    }

    private HttpWay Http(IReadOnlyList<Uri> members, int first, TimeSpan patience)
    {
        https.Add(new HttpWay(members, first, patience));
        return https[^1];
    }

    private async Task Guarded(Func<CancellationToken, Task> loop)
    {
        try
        {
            await loop(stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Stopped.
        }
        catch (Exception e)
        {
            wrong.Enqueue(e.ToString());
        }
    }
}
