using System.Runtime.CompilerServices;
using System.Threading.Channels;
using FailureHistory.Messages;
using FailureHistory.Node.Http;

namespace FailureHistory.Node.Tests.Http;

/// <summary>A subscription that tells what a test says.</summary>
internal sealed class FakeSubscription : ISubscriptionStream
{
    private readonly Channel<ISubscriptionItem> items = Channel.CreateUnbounded<ISubscriptionItem>();
    private readonly TaskCompletionSource disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int taken;

    /// <summary>Ends when the edge has disposed of it.</summary>
    public Task Disposed => disposed.Task;

    /// <summary>How many items the edge has taken.</summary>
    public int Taken => Volatile.Read(ref taken);

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

    public async IAsyncEnumerable<ISubscriptionItem> Items([EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var item in items.Reader.ReadAllAsync(ct))
        {
            Interlocked.Increment(ref taken);
            yield return item;
        }
    }

    public ValueTask DisposeAsync()
    {
        disposed.TrySetResult();
        return ValueTask.CompletedTask;
    }
}
