using Akka.Actor;
using FailureHistory.Client.Members;
using FailureHistory.Messages;

namespace FailureHistory.Client.Subscribing;

/// <summary>
/// The parent of a client's subscriptions. What a member tells them comes to it, many items in one message, and goes out from here; what they say
/// to their member is collected here: a thousand subscriptions are some messages a second, not some thousands.
/// </summary>
internal sealed class SubscriptionHub : ReceiveActor, IWithTimers
{
    private const int MostSignals = 500; // of 60 bytes or so, in a message of at most 64 kB
    private static readonly TimeSpan CheckEvery = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan SeenWithin = TimeSpan.FromMilliseconds(20);

    private readonly Dictionary<string, (IActorRef Session, MemberBook.Member Member)> grouped = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> seen = new(StringComparer.Ordinal);

    public SubscriptionHub()
    {
        Receive<SubscriptionBundle>(OnBundle);
        Receive<Seen>(OnSeen);
        Receive<SendSeen>(_ => OnSendSeen());
        Receive<Tick>(OnTick);
        Receive<Open>(m => m.Session.Actor = Context.ActorOf(m.Props));
        Receive<Close>(m => Context.Stop(m.Session.Actor));
        Receive<Opened>(m => grouped[m.Subscription] = (Sender, m.Member));
        Receive<Closed>(m =>
        {
            grouped.Remove(m.Subscription);
            seen.Remove(m.Subscription);
        });
        Receive<Unsubscribed>(m =>
        {
            if (grouped.TryGetValue(m.Subscription, out var session))
            {
                session.Session.Tell(m, Sender);
            }
        });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Timers.StartPeriodicTimer("tick", Tick.Instance, CheckEvery);

    // One that failed ends, and whoever reads goes on with another.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    private void OnBundle(SubscriptionBundle bundle)
    {
        foreach (var part in bundle.Parts)
        {
            object? message = part.Crossing ?? part.Synced ?? part.Gap ?? (object?)part.Checked;
            if (message is not null)
            {
                Context.Child(part.To).Tell(message, Sender); // nobody where it has ended meanwhile
            }
        }
    }

    private void OnSeen(Seen message)
    {
        seen[message.Subscription] = message.Number;
        if (!Timers.IsTimerActive("seen"))
        {
            Timers.StartSingleTimer("seen", SendSeen.Instance, SeenWithin);
        }
    }

    private void OnSendSeen()
    {
        foreach (var member in seen.Where(s => grouped.ContainsKey(s.Key)).GroupBy(s => grouped[s.Key].Member))
        {
            foreach (var some in member.Chunk(MostSignals))
            {
                member.Key.Entry.Tell(new SubscriptionSignals([.. some.Select(s => new NotificationsSeen(s.Key, s.Value))], []), Self);
            }
        }

        seen.Clear();
    }

    private void OnTick(Tick tick)
    {
        foreach (var member in grouped.GroupBy(g => g.Value.Member, g => g.Key))
        {
            foreach (var some in member.Chunk(MostSignals))
            {
                member.Key.Entry.Tell(new SubscriptionSignals([], [.. some.Select(s => new CheckSubscription(s))]), Self);
            }
        }

        foreach (var session in Context.GetChildren())
        {
            session.Tell(tick);
        }
    }

    /// <summary>Makes the actor of a session.</summary>
    internal sealed record Open(SubscriptionSession Session, Props Props) : INoSerializationVerificationNeeded;

    /// <summary>Stops it.</summary>
    internal sealed record Close(SubscriptionSession Session) : INoSerializationVerificationNeeded;

    /// <summary>From a session: its member tells it in bundles.</summary>
    internal sealed record Opened(string Subscription, MemberBook.Member Member) : INoSerializationVerificationNeeded;

    /// <summary>From a session that <see cref="Opened"/>: it ends.</summary>
    internal sealed record Closed(string Subscription) : INoSerializationVerificationNeeded;

    /// <summary>Of a session that <see cref="Opened"/>: the caller has taken in all up to this item.</summary>
    internal sealed record Seen(string Subscription, long Number) : INoSerializationVerificationNeeded;

    /// <summary>To each session, now and then: is its member still there?</summary>
    internal sealed record Tick : INoSerializationVerificationNeeded
    {
        public static Tick Instance { get; } = new();
    }

    private sealed record SendSeen : INoSerializationVerificationNeeded
    {
        public static SendSeen Instance { get; } = new();
    }
}
