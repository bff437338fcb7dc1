using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using FailureHistory.Messages;
using FailureHistory.Node.Http;
using Xunit;

namespace FailureHistory.Node.Tests.Http;

/// <summary>A subscription that tells what a test says.</summary>
internal sealed class FakeSubscription : ISubscriptionStream
{
    private readonly Channel<ISubscriptionItem> items = Channel.CreateUnbounded<ISubscriptionItem>();
    private readonly TaskCompletionSource disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the edge has disposed of it.</summary>
    public Task Disposed => disposed.Task;

    public static Crossing Crossing(long number, string? observation = null) => new(
        "s1", number, $"c{number}", $"n{number}", new NodeRef("0123456789abcdef0123456789abcdef", "gpu-7/rack å", "aa:bb"),
        number % 2 == 1 ? CrossingDirection.Up : CrossingDirection.Down, 0.75, Samples.At(9, 1), observation ?? $"o{number}");

    public static SubscriptionSynced Synced(long number) => new("s1", number, $"c{number}");

    public static SubscriptionGap Gap(long number, bool ended) => new("s1", number, $"c{number}", "away for \"too\"\nlong", ended);

    public FakeSubscription Tell(params IEnumerable<ISubscriptionItem> told)
    {
        foreach (var item in told)
        {
            items.Writer.TryWrite(item);
        }

        return this;
    }

    public FakeSubscription End(Exception? fault = null)
    {
        items.Writer.TryComplete(fault);
        return this;
    }

    public IAsyncEnumerable<ISubscriptionItem> Items(CancellationToken ct) => items.Reader.ReadAllAsync(ct);

    public ValueTask DisposeAsync()
    {
        disposed.TrySetResult();
        return ValueTask.CompletedTask;
    }
}

/// <summary>A subscription that has more to tell for as long as somebody takes it.</summary>
internal sealed class EndlessSubscription : ISubscriptionStream
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(300);
    private readonly TaskCompletionSource disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long taken;

    /// <summary>Ends when the edge has disposed of it.</summary>
    public Task Disposed => disposed.Task;

    public async IAsyncEnumerable<ISubscriptionItem> Items([EnumeratorCancellation] CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            yield return FakeSubscription.Crossing(Interlocked.Increment(ref taken));
        }

        await disposed.Task;
    }

    /// <summary>Ends when nothing more is taken.</summary>
    public async Task Stalled()
    {
        var begun = Stopwatch.GetTimestamp();
        for (var before = -1L; before != Interlocked.Read(ref taken);)
        {
            Assert.True(
                Stopwatch.GetElapsedTime(begun) < OpenStream.Bound, $"expected the edge to take no more within {OpenStream.Bound}, but it goes on: {before} items so far");
            before = Interlocked.Read(ref taken);
            // Whether nothing more comes can only be seen by waiting a while.
            await Task.Delay(Quiet);
        }
    }

    public ValueTask DisposeAsync()
    {
        disposed.TrySetResult();
        return ValueTask.CompletedTask;
    }
}
