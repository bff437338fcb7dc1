using System.Threading.Channels;
using Akka.Actor;
using Akka.Event;
using FailureHistory.Client.Members;
using FailureHistory.Messages;

namespace FailureHistory.Client.Subscribing;

/// <summary>
/// One subscription at one member. Its items end when the member has been silent for too long, when their numbers have a hole, or when the member
/// ends it: whoever reads goes on at another member from the last cursor. The member's window bounds what waits here.
/// </summary>
internal sealed class SubscriptionSession : IAsyncDisposable
{
    private readonly Channel<ISubscriptionItem> items = Channel.CreateUnbounded<ISubscriptionItem>(new UnboundedChannelOptions { SingleReader = true });
    private readonly TaskCompletionSource<object> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IActorRef hub;
    private volatile bool isGrouped;

    private SubscriptionSession(IActorRef hub, MemberBook.Member member, Subscribe request, TimeSpan silence)
    {
        this.hub = hub;
        Member = member;
        var grouped = request with { Grouped = true };
        hub.Tell(new SubscriptionHub.Open(this, Props.Create(() => new Bridge(this, grouped, silence))), ActorRefs.NoSender);
    }

    /// <summary>The actor that the member tells; the hub makes and stops it.</summary>
    internal IActorRef Actor { get; set; } = ActorRefs.Nobody;

    /// <summary>Where it is.</summary>
    public MemberBook.Member Member { get; }

    /// <summary>The items, by the numbers of the member.</summary>
    public ChannelReader<ISubscriptionItem> Items => items.Reader;

    /// <summary>The session once the member has taken the subscription; else its reply, or null where there was none in time.</summary>
    public static async Task<(SubscriptionSession? Session, object? Reply)> Open(
        IActorRef hub, MemberBook.Member member, Subscribe request, TimeSpan silence, TimeSpan limit, TimeProvider time, CancellationToken ct)
    {
        var session = new SubscriptionSession(hub, member, request, silence);
        try
        {
            var reply = await session.answer.Task.WaitAsync(limit, time, ct).ConfigureAwait(false);
            if (reply is Subscribed)
            {
                return (session, reply);
            }

            await session.DisposeAsync().ConfigureAwait(false);
            return (null, reply);
        }
        catch (TimeoutException)
        {
            await session.DisposeAsync().ConfigureAwait(false);
            return (null, null);
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The caller has taken in every item up to this one.</summary>
    public void Seen(ISubscriptionItem item)
    {
        if (isGrouped)
        {
            hub.Tell(new SubscriptionHub.Seen(item.Subscription, item.Number), ActorRefs.NoSender);
        }
        else
        {
            Member.Entry.Tell(new NotificationsSeen(item.Subscription, item.Number), Actor);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        hub.Tell(new SubscriptionHub.Close(this), ActorRefs.NoSender);
        return ValueTask.CompletedTask;
    }

    private sealed class Bridge : ReceiveActor
    {
        private readonly SubscriptionSession session;
        private readonly Subscribe request;
        private readonly TimeSpan silence;
        private readonly ILoggingAdapter log = Context.GetLogger();
        private string? subscription;
        private long received;
        private long heardAt = Environment.TickCount64;

        public Bridge(SubscriptionSession session, Subscribe request, TimeSpan silence)
        {
            this.session = session;
            this.request = request;
            this.silence = silence;
            Receive<Subscribed>(OnSubscribed);
            Receive<ISubscriptionItem>(OnItem);
            Receive<SubscriptionChecked>(OnChecked);
            Receive<Unsubscribed>(_ => End("the member knows it no more"));
            Receive<SubscriptionHub.Tick>(_ => OnTick());
            ReceiveAny(reply => session.answer.TrySetResult(reply)); // TryAgain or InvalidRequest
        }

        protected override void PreStart() => session.Member.Entry.Tell(request, Self);

        protected override void PostStop()
        {
            if (subscription is not null)
            {
                session.Member.Entry.Tell(new Unsubscribe(subscription), ActorRefs.NoSender);
                Context.Parent.Tell(new SubscriptionHub.Closed(subscription));
            }

            session.items.Writer.TryComplete();
            session.answer.TrySetResult(new TryAgain("the client's actor system ends"));
        }

        private void OnSubscribed(Subscribed reply)
        {
            subscription = reply.Subscription;
            if (reply.Grouped)
            {
                session.isGrouped = true;
                Context.Parent.Tell(new SubscriptionHub.Opened(subscription, session.Member));
            }

            Heard();
            session.answer.TrySetResult(reply);
        }

        private void OnItem(ISubscriptionItem item)
        {
            Heard();
            if (item.Number != received + 1)
            {
                End($"item {item.Number} came after {received}");
                return;
            }

            received = item.Number;
            session.items.Writer.TryWrite(item);
            if (item is SubscriptionGap { Ended: true } gap)
            {
                End(gap.Reason);
            }
        }

        private void OnChecked(SubscriptionChecked reply)
        {
            Heard();
            if (reply.LastNumber > received)
            {
                End($"items {received + 1} to {reply.LastNumber} are lost");
            }
        }

        private void OnTick()
        {
            if (Environment.TickCount64 - heardAt > silence.TotalMilliseconds)
            {
                End($"it said nothing for {silence.TotalSeconds:0.#} s");
            }
            else if (subscription is not null && !session.isGrouped)
            {
                session.Member.Entry.Tell(new CheckSubscription(subscription), Self);
            }
        }

        private void Heard() => heardAt = Environment.TickCount64;

        private void End(string reason)
        {
            log.Info("the subscription at {0} ends ({1}); it goes on at another member", session.Member.Address, reason);
            Context.Stop(Self);
        }
    }
}
