using FailureHistory.Messages;
using FailureHistory.Node.Http;

namespace FailureHistory.Cluster.Tests;

/// <summary>A subscriber that keeps what it was told, and goes on from the last item it saw when its stream ends.</summary>
internal sealed class Watcher : IAsyncDisposable
{
    private readonly Lock guard = new();
    private readonly List<Crossing> told = [];
    private readonly List<string> gaps = [];
    private ISubscriptionStream? stream;
    private Task reading = Task.CompletedTask;
    private int syncs;
    private long number;

    public required Subscribe Request { get; init; }

    /// <summary>The cursor of the last item seen.</summary>
    public string? LastId { get; set; }

    public IReadOnlyList<Crossing> Told
    {
        get
        {
            lock (guard)
            {
                return [.. told];
            }
        }
    }

    public IReadOnlyList<string> Gaps
    {
        get
        {
            lock (guard)
            {
                return [.. gaps];
            }
        }
    }

    public bool HasEnded => reading.IsCompleted;

    public static Task<Watcher> Open(TestMember member, Subscribe request) => Open(member.Host, request);

    public static async Task<Watcher> Open(IFailureHistoryService member, Subscribe request)
    {
        var watcher = new Watcher { Request = request };
        await watcher.OpenAt(member);
        return watcher;
    }

    /// <summary>Opens the stream at a member, from the last item seen, and waits until it is synced.</summary>
    public Task OpenAt(TestMember member) => OpenAt(member.Host);

    private async Task OpenAt(IFailureHistoryService member)
    {
        var reply = await member.Subscribe(Request with { LastId = LastId ?? Request.LastId }, CancellationToken.None);
        stream = reply as ISubscriptionStream ?? throw new InvalidOperationException($"{Request}: expected a stream; came {reply}");
        number = 0;
        var before = syncs;
        reading = Read(stream);
        await TestCluster.Until($"{Request} to be synced", () => Task.FromResult((Volatile.Read(ref syncs) > before, $"{told.Count} crossings")));
    }

    /// <summary>Breaks the connection.</summary>
    public async Task Break()
    {
        await stream!.DisposeAsync();
        await reading;
    }

    /// <summary>Waits until so many crossings were told, and a while longer for any that should not be.</summary>
    public Task Until(int count) => TestCluster.Until(
        $"{count} crossings for {Request}",
        () => Task.FromResult((Told.Count >= count, $"{Told.Count}; the last: {Told.LastOrDefault()}")), TimeSpan.FromSeconds(20));

    public async ValueTask DisposeAsync()
    {
        await stream!.DisposeAsync();
        await reading;
    }

    private async Task Read(ISubscriptionStream from)
    {
        await foreach (var item in from.Items(CancellationToken.None))
        {
            lock (guard)
            {
                if (item.Number != ++number)
                {
                    gaps.Add($"item {item.Number} came as number {number}");
                }

                LastId = item.Cursor;
                switch (item)
                {
                    case Crossing crossing:
                        told.Add(crossing);
                        break;
                    case SubscriptionGap gap:
                        gaps.Add(gap.Reason);
                        break;
                    default:
                        Interlocked.Increment(ref syncs);
                        break;
                }
            }
        }
    }
}
