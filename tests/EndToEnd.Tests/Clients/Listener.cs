using System.Collections.Concurrent;
using FailureHistory.Client;
using FailureHistory.Messages;
using FailureHistory.EndToEnd.Tests.Members.Harness;

namespace FailureHistory.EndToEnd.Tests.Clients;

/// <summary>Reads a subscription of a client to the end and keeps what it told.</summary>
internal sealed class Listener : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentQueue<ISubscriptionItem> items = new();
    private readonly Task reading;

    public Listener(FailureHistoryClient client, Subscribe request)
    {
        reading = Task.Run(async () =>
        {
            try
            {
                await foreach (var item in client.SubscribeAsync(request, stop.Token))
                {
                    items.Enqueue(item);
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // Disposed of.
            }
        });
    }

    public IReadOnlyList<ISubscriptionItem> Items => [.. items];

    public IReadOnlyList<Crossing> Crossings => [.. items.OfType<Crossing>()];

    public Task Synced() => Wait.Until("the subscription to be synced", TimeSpan.FromSeconds(30), () =>
    {
        if (reading.IsFaulted)
        {
            throw reading.Exception;
        }

        return Task.FromResult(items.Any(i => i is SubscriptionSynced) ? null : $"{items.Count} items");
    });

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await reading;
        stop.Dispose();
    }
}
