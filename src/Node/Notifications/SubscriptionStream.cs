using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Akka.Actor;
using FailureHistory.Messages;
using FailureHistory.Node.Http;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Notifications;

/// <summary>A subscription as a stream, for adapters in this process: an actor subscribes and hands on; what the reader has taken is told as seen.</summary>
internal sealed class SubscriptionStream : ISubscriptionStream
{
    private static readonly TimeSpan OpenLimit = TimeSpan.FromSeconds(5);

    // The window of the subscription bounds what is in it.
    private readonly Channel<ISubscriptionItem> items = Channel.CreateUnbounded<ISubscriptionItem>(new UnboundedChannelOptions { SingleReader = true });
    private readonly TaskCompletionSource<object> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ActorSystem system;
    private readonly IActorRef entry;
    private readonly IActorRef bridge;

    private SubscriptionStream(ActorSystem system, IActorRef entry, Subscribe request)
    {
        this.system = system;
        this.entry = entry;
        bridge = system.ActorOf(Akka.Actor.Props.Create(() => new Bridge(this, request)));
    }

    /// <summary>The stream once the subscription is taken; else the reply that says why not.</summary>
    public static async Task<object> Open(ActorSystem system, IActorRef entry, Subscribe request, CancellationToken ct)
    {
        var stream = new SubscriptionStream(system, entry, request);
        object reply;
        try
        {
            reply = await stream.answer.Task.WaitAsync(OpenLimit, ct).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            reply = new TryAgain("this member did not take the subscription in time", TimeSpan.FromSeconds(1));
        }
        catch (OperationCanceledException)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        if (reply is Subscribed)
        {
            return stream;
        }

        await stream.DisposeAsync().ConfigureAwait(false);
        return reply;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ISubscriptionItem> Items([EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var item in items.Reader.ReadAllAsync(ct).ConfigureAwait(false))
        {
            yield return item;
            entry.Tell(new NotificationsSeen(item.Subscription, item.Number), bridge);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        system.Stop(bridge);
        return ValueTask.CompletedTask;
    }

    private sealed class Bridge : ReceiveActor
    {
        private readonly SubscriptionStream stream;

        public Bridge(SubscriptionStream stream, Subscribe request)
        {
            this.stream = stream;
            Receive<ISubscriptionItem>(OnItem);
            Receive<Terminated>(_ => Context.Stop(Self)); // the member's side of it ended: the reader subscribes anew
            ReceiveAny(reply =>
            {
                if (reply is Subscribed && !Sender.IsNobody())
                {
                    Context.Watch(Sender);
                }

                stream.answer.TrySetResult(reply);
            });
            stream.entry.Tell(request, Self);
        }

        protected override void PostStop()
        {
            stream.items.Writer.TryComplete();
            stream.answer.TrySetResult(new TryAgain("this member is stopping", TimeSpan.FromSeconds(1)));
        }

        private void OnItem(ISubscriptionItem item)
        {
            stream.items.Writer.TryWrite(item);
            if (item is SubscriptionGap { Ended: true })
            {
                Context.Stop(Self);
            }
        }
    }
}
