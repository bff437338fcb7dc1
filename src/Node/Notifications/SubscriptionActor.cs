using System.Diagnostics.CodeAnalysis;
using Akka.Actor;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.DistributedData;
using Akka.Event;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Notifications;
using FailureHistory.Core.Time;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Notifications;

/// <summary>
/// One per member, <c>/user/fh/subscriptions</c>: raises this member's changes in the topic <see cref="Topic"/>, numbered; receives those of the
/// others and fills the holes (R8.3, R8.4); keeps one <see cref="SubscriberActor"/> for each subscriber here, and tells the cluster what they want
/// to know (DESIGN D12). Owns nothing that is not in the histories: when it fails, the member's subscribers subscribe anew with their last id.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "an actor's end is PostStop")]
internal sealed class SubscriptionActor : ReceiveActor, IWithTimers
{
    /// <summary>The one topic (DESIGN D14).</summary>
    public const string Topic = "failure-history-notifications";

    // By then whoever raises a change has done so, and it has come, or the number of it is known: gate's time-out, writing, ranks.
    private static readonly TimeSpan RaisingTakes = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan FarthestAhead = TimeSpan.FromMinutes(5); // R2.3

    private const int ReadersAtOnce = 4;
    private const int MostRemembered = 20_000;

    private readonly MemberContext context;
    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly IActorRef mediator;
    private readonly IActorRef replicator;
    private readonly Interests interests;
    private readonly NoticeRaiser raiser;
    private readonly Dictionary<MemberId, RaiserTrack> tracks = [];
    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Courier> couriers = new(StringComparer.Ordinal);
    private readonly Queue<(Stamp At, PresentSequence Reading)> remembered = new();
    private readonly CancellationTokenSource stopped = new();
    private readonly SemaphoreSlim turns = new(ReadersAtOnce);
    private NoticeLog? kept;
    private (Stamp StartedAt, HashSet<MemberId> Waiting)? round;
    private long published;

    public SubscriptionActor(MemberContext context)
    {
        this.context = context;
        (mediator, replicator) = (context.Tools.Mediator, context.Tools.Replicator);
        interests = new Interests(context, replicator, Akka.Cluster.Cluster.Get(Context.System));
        raiser = new NoticeRaiser(context.Settings.Notifications.RaiseStep);
        Receive<VerdictsChanged>(OnVerdictsChanged);
        Receive<RaiseDue>(_ => Raise());
        Receive<NoticeBatch>(OnBatch);
        Receive<NoticeCheck>(OnCheck);
        Receive<NoticesKept>(OnKept);
        Receive<CheckNow>(_ => Check());

        Receive<Messages.Subscribe>(OnSubscribe);
        Receive<Messages.Unsubscribe>(OnUnsubscribe);
        Receive<NotificationsSeen>(OnSeen);
        Receive<CheckSubscription>(OnCheckSubscription);
        Receive<SubscriptionSignals>(OnSignals);
        Receive<Terminated>(OnTerminated);

        Receive<Changed>(m =>
        {
            interests.Learn(m.Get(InterestMap.Key));
            RefreshInterest();
        });
        Receive<Interests.Spread>(m => OnSpread(m.At));
        Receive<SubscribeAck>(_ => { });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(MemberContext context) => Akka.Actor.Props.Create(() => new SubscriptionActor(context));

    protected override void PreStart()
    {
        context.Subscriptions = Self;
        mediator.Tell(new Akka.Cluster.Tools.PublishSubscribe.Subscribe(Topic, Self));
        replicator.Tell(Dsl.Subscribe(InterestMap.Key, Self));
        Timers.StartPeriodicTimer("check", CheckNow.Instance, context.Settings.Notifications.CheckInterval);
    }

    protected override void PostStop()
    {
        context.Subscriptions = ActorRefs.Nobody;
        stopped.Cancel();
        stopped.Dispose();
    }

    // A subscriber whose account of its nodes is broken is better off beginning anew from its last id.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(cause =>
    {
        log.Error(cause, "a subscription failed and ends");
        return Directive.Stop;
    });

    // --- raising ---

    private void OnVerdictsChanged(VerdictsChanged changed)
    {
        if (context.Settings.Notifications.NeverRaise)
        {
            return;
        }

        var now = Monotonic();
        foreach (var reading in changed.Readings)
        {
            raiser.Offer(reading, changed.Rank, now);
        }

        Raise();
    }

    private void Raise()
    {
        var now = Monotonic();
        if (raiser.TakeDue(now) is { Count: > 0 } due)
        {
            // Its numbers mean something from now on only; a member's hybrid clock never goes back, so a later start has a higher epoch.
            kept ??= new NoticeLog(context.Id, context.Now.Ticks);
            foreach (var batch in kept.Add(due))
            {
                if (context.Settings.Notifications.DropOneIn is var n && (n == 0 || ++published % n != 0))
                {
                    mediator.Tell(new Publish(Topic, batch));
                }
            }

            context.Metrics.Raised(due.Count);
            HandOut(due);
        }

        if (raiser.NextDue is { } next)
        {
            Timers.StartSingleTimer("raise", RaiseDue.Instance, next > now ? next - now : TimeSpan.Zero);
        }
    }

    // --- receiving ---

    private void OnBatch(NoticeBatch batch)
    {
        var from = WireIds.Member(batch.Raiser);
        if (from == context.Id)
        {
            return;
        }

        var (isNews, broke) = TrackOf(from).Take(batch.Epoch, batch.Sequence);
        if (isNews)
        {
            var readings = batch.Notices.Select(n => n.ToReading()).ToList();
            var now = Monotonic();
            foreach (var reading in readings)
            {
                raiser.Saw(reading, now);
            }

            HandOut(readings);
        }

        if (broke)
        {
            ReadAgain($"member {from} raises anew");
        }
    }

    private void HandOut(IReadOnlyList<PresentSequence> readings)
    {
        var now = context.Now;
        foreach (var reading in readings)
        {
            remembered.Enqueue((now, reading));
        }

        while (remembered.Count > MostRemembered || (remembered.TryPeek(out var oldest) && now - oldest.At > Remembered))
        {
            remembered.Dequeue();
        }

        if (entries.Count > 0)
        {
            var noticed = new Noticed([.. readings.Select(Noticed)]);
            foreach (var entry in entries.Values)
            {
                entry.Actor.Tell(noticed);
            }
        }
    }

    private NoticedNode Noticed(PresentSequence reading) => new(reading, node => SideReader.ReadMajority(context, node, stopped.Token));

    private void OnCheck(NoticeCheck check)
    {
        if (context.IsRecovered)
        {
            // From now on nothing is stamped here below the asker's clock: what its subscribers are told to be told by then stays so.
            if (new Stamp(check.Clock) < context.Wall + FarthestAhead)
            {
                context.Clock.Observe(new Stamp(check.Clock));
            }

            kept ??= new NoticeLog(context.Id, context.Now.Ticks);
            Sender.Tell(kept.After(check));
        }
    }

    // Compares numbers with every other member of the ring; nobody does who has no subscriber.
    private void Check()
    {
        RefreshInterest();
        if (entries.Count == 0 || context.Ring is not { } ring)
        {
            round = null;
            tracks.Clear(); // nobody fills holes now
            return;
        }

        GiveUpSilent();
        var others = ring.Record.Members.Select(m => m.Id).Where(m => m != context.Id).ToList();
        round = (context.Now, [.. others.Where(m => !TrackOf(m).IsGone)]);
        foreach (var member in others)
        {
            var track = TrackOf(member);
            track.Unanswered++;
            context.Peers.Ref(member, "fh/subscriptions")?.Tell(new NoticeCheck { Epoch = track.Epoch, Sequence = track.UpTo, Clock = context.Now.Ticks }, Self);
        }

        EndRound();
    }

    private void GiveUpSilent()
    {
        foreach (var (member, track) in tracks)
        {
            var left = context.Ring?.Record.Contains(member) != true;
            if (!track.IsGone && (left || track.Unanswered >= 3 || (track.Unanswered >= 1 && !context.Peers.IsReachable(member))))
            {
                track.IsGone = true;
                ReadAgain($"member {member} is gone");
            }
        }
    }

    private void OnKept(NoticesKept reply)
    {
        var from = WireIds.Member(reply.Raiser);
        var track = TrackOf(from);
        track.Unanswered = 0;
        var wasGone = track.IsGone;
        track.IsGone = false;
        if (track.Jump(reply.Epoch, reply.Sequence, reply.Lost) || wasGone)
        {
            ReadAgain($"what member {from} raised is not known any more");
        }

        foreach (var batch in reply.Missing)
        {
            OnBatch(batch);
        }

        if (track.UpTo >= reply.Sequence)
        {
            round?.Waiting.Remove(from);
            EndRound();
        }
        else if (reply.Missing.Count > 0)
        {
            Sender.Tell(new NoticeCheck { Epoch = track.Epoch, Sequence = track.UpTo, Clock = context.Now.Ticks });
        }
    }

    private void EndRound()
    {
        if (round is { Waiting.Count: 0 } done)
        {
            round = null;
            foreach (var entry in entries.Values)
            {
                entry.Actor.Tell(new ReceivedUpTo(done.StartedAt - RaisingTakes));
            }
        }
    }

    private void ReadAgain(string reason)
    {
        if (entries.Count > 0)
        {
            log.Info("{0}: {1} subscribers read again what happened", reason, entries.Count);
        }

        foreach (var entry in entries.Values)
        {
            entry.Actor.Tell(Notifications.ReadAgain.Instance);
        }
    }

    private RaiserTrack TrackOf(MemberId member) => tracks.TryGetValue(member, out var track) ? track : tracks[member] = new RaiserTrack();

    // --- subscribers ---

    private void OnSubscribe(Messages.Subscribe request)
    {
        var read = SubscriptionRequest.Read(request);
        if (read.Fault is { } fault)
        {
            Sender.Tell(fault);
            return;
        }

        var id = Guid.NewGuid().ToString("N");
        var courier = request.Grouped && !Sender.Path.Address.HasLocalScope ? CourierTo(Sender) : null;
        courier?.Actor.Tell(new CourierActor.Serve(id, Sender.Path.Name));
        var actor = Context.ActorOf(SubscriberActor.Props(context, id, read, Sender, courier?.Actor ?? Sender, turns), id);
        Context.Watch(actor);
        entries[id] = new Entry(actor, read.Nodes, read.Threshold, context.Now, courier);
        Sender.Tell(new Subscribed(id, context.Settings.Notifications.Window, courier is not null), actor); // whose end the subscriber may watch
        RefreshInterest();
        SpreadInterest();
        if (entries.Count == 1)
        {
            Check();
        }
    }

    // One for each group, as long as it has subscribers here.
    private Courier CourierTo(IActorRef subscriber)
    {
        var parent = subscriber.Path.Parent;
        var key = parent.ToString();
        if (!couriers.TryGetValue(key, out var courier))
        {
            var to = ((ExtendedActorSystem)Context.System).Provider.ResolveActorRef(parent.ToSerializationFormat());
            courier = couriers[key] = new Courier(key, Context.Watch(Context.ActorOf(CourierActor.Props(to))));
        }

        courier.Subscribers++;
        return courier;
    }

    private void OnUnsubscribe(Messages.Unsubscribe request)
    {
        if (entries.TryGetValue(request.Subscription, out var entry))
        {
            Context.Stop(entry.Actor);
        }

        Sender.Tell(new Unsubscribed(request.Subscription));
    }

    private void OnSeen(NotificationsSeen seen) => entries.GetValueOrDefault(seen.Subscription)?.Actor.Forward(seen);

    private void OnSignals(SubscriptionSignals signals)
    {
        foreach (var seen in signals.Seen)
        {
            OnSeen(seen);
        }

        foreach (var check in signals.Checks)
        {
            OnCheckSubscription(check);
        }
    }

    private void OnCheckSubscription(CheckSubscription check)
    {
        if (entries.TryGetValue(check.Subscription, out var entry))
        {
            entry.Actor.Tell(check, entry.Courier?.Actor ?? Sender); // who answers after what was told before
        }
        else
        {
            Sender.Tell(new Unsubscribed(check.Subscription));
        }
    }

    private void OnTerminated(Terminated ended)
    {
        if (entries.Remove(ended.ActorRef.Path.Name, out var entry))
        {
            if (entry.Courier is { } courier)
            {
                courier.Actor.Tell(new CourierActor.Leave(ended.ActorRef.Path.Name));
                if (--courier.Subscribers == 0)
                {
                    couriers.Remove(courier.Parent);
                    courier.Actor.Tell(PoisonPill.Instance);
                }
            }

            RefreshInterest();
            SpreadInterest();
        }
        else if (couriers.Values.FirstOrDefault(c => c.Actor.Equals(ended.ActorRef)) is { } lost)
        {
            // It failed, with what it held: its subscribers find out that theirs is gone, and go on from what they had.
            couriers.Remove(lost.Parent);
            foreach (var served in entries.Values.Where(e => e.Courier == lost))
            {
                Context.Stop(served.Actor);
            }
        }
    }

    // --- interest ---

    private void OnSpread(Stamp at)
    {
        foreach (var entry in entries.Values.Where(e => !e.HasSpread && e.AskedAt <= at))
        {
            entry.HasSpread = true;
            entry.Actor.Tell(InterestSpread.Instance);
            entry.Actor.Tell(new Noticed([.. remembered.Select(r => Noticed(r.Reading))]));
        }
    }

    private InterestFilter? OwnFilter() => entries.Count == 0 ? null : InterestFilter.Of([.. entries.Values.Select(e => (e.Nodes, e.Threshold))]);

    private void RefreshInterest()
    {
        context.Metrics.Subscriptions = entries.Count;
        interests.Refresh(OwnFilter());
        if (entries.Count == 0 && interests.IsSaidToWant)
        {
            SpreadInterest(); // what this member wanted before it was started again
        }
    }

    private void SpreadInterest() => interests.Tell(OwnFilter(), Self);

    private TimeSpan Monotonic() => context.Time.GetElapsedTime(0);

    private sealed class Courier(string parent, IActorRef actor)
    {
        public string Parent { get; } = parent;

        public IActorRef Actor { get; } = actor;

        public int Subscribers { get; set; }
    }

    private sealed class Entry(IActorRef actor, NodePatterns nodes, Threshold threshold, Stamp askedAt, Courier? courier)
    {
        public Courier? Courier { get; } = courier;

        public IActorRef Actor { get; } = actor;

        public NodePatterns Nodes { get; } = nodes;

        public Threshold Threshold { get; } = threshold;

        public Stamp AskedAt { get; } = askedAt;

        public bool HasSpread { get; set; }
    }

    private sealed record RaiseDue : ILocalMessage
    {
        public static RaiseDue Instance { get; } = new();
    }

    private sealed record CheckNow : ILocalMessage
    {
        public static CheckNow Instance { get; } = new();
    }
}
