using System.Diagnostics.CodeAnalysis;
using Akka.Actor;
using Akka.Event;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Notifications;
using FailureHistory.Core.Time;
using FailureHistory.Messages;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Notifications;

/// <summary>
/// One subscriber: thresholds, hysteresis and <c>for</c> are evaluated here (DESIGN D12). Waits until all members know what it wants, reads the present
/// or what was missed, tells it, and then goes by the notices; where one of them is of a copy that lacks what was known, it reads a majority. Ends
/// with the subscriber, or by cutting it off (R8.5); owns nothing that the histories don't hold.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "an actor's end is PostStop")]
internal sealed class SubscriberActor : ReceiveActor, IWithTimers
{
    // A copy may lag what was acknowledged by the exchange interval; what was raised meanwhile comes with the notices of the last minute.
    private static readonly TimeSpan CopiesLag = TimeSpan.FromSeconds(15);
    private const int MostEarly = 50_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private readonly MemberContext context;
    private readonly SubscriptionRequest request;
    private readonly IActorRef subscriber;
    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly Outbox outbox;
    private readonly SideReader reader;
    private readonly ToldRecord record;
    private readonly Dictionary<NodeId, ToldSequence> nodes = [];
    private readonly Dictionary<NodeId, NodeLook> looks = [];
    private readonly PriorityQueue<NodeId, long> pending = new();
    private readonly List<NoticedNode> early = [];
    private readonly CancellationTokenSource ended = new();
    private Stamp startedAt;
    private Stamp knownUpTo; // of nodes that no list named: down, as of then
    private Dictionary<uint, ToldSide> before = []; // or told so before it came back
    private bool synced;
    private bool readingAll;
    private bool readAgain;
    private (long Seen, long Since) progress;

    /// <param name="context">The member.</param>
    /// <param name="id">The subscription.</param>
    /// <param name="request">What it asks for.</param>
    /// <param name="subscriber">With whom it ends.</param>
    /// <param name="target">Whom it tells: the subscriber, or a courier.</param>
    /// <param name="turns">Who may read the histories now.</param>
    public SubscriberActor(MemberContext context, string id, SubscriptionRequest request, IActorRef subscriber, IActorRef target, SemaphoreSlim turns)
    {
        this.context = context;
        this.request = request;
        this.subscriber = subscriber;
        outbox = new Outbox(id, target, Self, context.Settings.Notifications.Window, context.Settings.Notifications.Queue);
        var rules = context.Settings.Notifications.Rules;
        record = new ToldRecord(request.Threshold.For > rules.LateHold ? request.Threshold.For : rules.LateHold);
        reader = new SideReader(context, request.Nodes, request.Threshold, turns);
        progress = (0, context.Time.GetTimestamp());
        Context.Watch(subscriber);
        Receive<Terminated>(_ => Context.Stop(Self));
        Receive<InterestSpread>(_ => Begin());
        Receive<Noticed>(OnNoticed);
        Receive<SidesRead>(OnSidesRead);
        Receive<AllReadAgain>(OnAllReadAgain);
        Receive<NodeRead>(OnNodeRead);
        Receive<LookNow>(OnLookNow);
        Receive<ReadFailed>(m => CutOff($"reading the histories failed: {m.Cause.Message}", m.Cause));
        Receive<ReceivedUpTo>(OnReceivedUpTo);
        Receive<ReadAgain>(_ => OnReadAgain());
        Receive<ReadOnceMore>(_ => OnReadAgain(isSecond: true));
        Receive<Due>(_ => OnDue());
        Receive<NotificationsSeen>(m => outbox.SeenUpTo(m.Number));
        Receive<CheckSubscription>(OnCheck);
        Receive<LeaseOver>(_ => Context.Stop(Self));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(MemberContext context, string id, SubscriptionRequest request, IActorRef subscriber, IActorRef target, SemaphoreSlim turns) =>
        Akka.Actor.Props.Create(() => new SubscriberActor(context, id, request, subscriber, target, turns));

    protected override void PostStop()
    {
        ended.Cancel();
        ended.Dispose();
    }

    // --- the beginning ---

    private void Begin()
    {
        startedAt = knownUpTo = context.Now;
        var last = request.Last;
        if (last is not null && startedAt - last.Since > context.Settings.Notifications.Replay)
        {
            Gap($"the last id is of {last.Since}, longer ago than failure-history.notifications.replay");
            last = null;
        }

        var ct = ended.Token;
        Task.Run(async () =>
        {
            // Both lists, in this order: who is up and has not crossed since must be known to be up, too, and who crosses in between is missed.
            var present = await reader.ReadAll(null, ct).ConfigureAwait(false);
            return new SidesRead(last, last is null ? [] : await reader.ReadAll(last.Since, ct).ConfigureAwait(false), present);
        }).PipeTo(Self, failure: e => new ReadFailed(e));
    }

    private void OnSidesRead(SidesRead read)
    {
        if (read.Last is { } last)
        {
            record.BeginMissed(last, startedAt - CopiesLag);
            knownUpTo = last.Since;
            before = last.Told.GroupBy(t => t.Node).ToDictionary(t => t.Key, t => t.Last());
            TellMissed(read, last);
        }
        else
        {
            record.BeginPresent(startedAt - CopiesLag);
            TellPresent(read.Present, null);
        }

        record.Synced(startedAt - CopiesLag);
        outbox.Add((id, number) => new SubscriptionSynced(id, number, record.Cursor), isLive: false);
        synced = true;
        var waiting = early.ToList();
        early.Clear();
        waiting.ForEach(noticed => Take(noticed));
        if (readAgain)
        {
            OnReadAgain();
        }

        ScheduleDue();
    }

    private void TellPresent(IReadOnlyList<NodeSideReading> present, NodeId? after)
    {
        foreach (var side in present)
        {
            var node = side.Reading.Node;
            if (after is { } done && node <= done)
            {
                continue;
            }

            var sequence = nodes[node] = new ToldSequence(request.Threshold, context.Settings.Notifications.Rules, Side.Down, Stamp.Zero);
            var step = sequence.Take(side.Reading, context.Now) is { Count: > 0 } steps ? steps[^1] : null;
            NotePending(node, sequence);

            // A node that is named and never was up is told as it is, unless nothing is known of its P (R5.2).
            step ??= request.Nodes.Listed is not null && sequence.Pending is null && side.Reading.Last.Probability is not null
                ? new CrossingStep(Side.Down, side.Reading.Last.ReceivedAt, side.Reading.Last)
                : null;
            if (step is not null && (step.To == Side.Up || request.Nodes.Listed is not null))
            {
                Tell(node, sequence, step, record.ToldPresent, isLive: false);
            }
        }
    }

    private void TellMissed(SidesRead read, SubscriptionCursor last)
    {
        var missed = new List<(NodeId Node, ToldSequence Sequence, CrossingStep Step)>();
        foreach (var side in read.Missed.Where(s => last.After is null || s.Reading.Node <= last.After))
        {
            var node = side.Reading.Node;
            var sequence = nodes[node] = before.TryGetValue(ToldSide.Brief(node), out var known)
                ? Sequence(known.Side, known.ReceivedAt)
                : Sequence(side.Before, side.Reading.FromStart ? last.Since : new Stamp(side.Reading.Steps[0].ReceivedAt.Ticks - 1));
            var steps = sequence.Take(side.Reading, context.Now).ToList();

            // A bare id stands for some time before it: what this node crossed before that crossing was told before it.
            var seen = steps.FindLastIndex(step => NotificationId.Of(node, request.Threshold, step.To, step.Present) == last.LastId);
            missed.AddRange(steps.Skip(seen + 1).Select(step => (node, sequence, step)));
            NotePending(node, sequence);
        }

        // Up all the time.
        foreach (var side in read.Present.Where(s => (last.After is null || s.Reading.Node <= last.After) && !nodes.ContainsKey(s.Reading.Node)))
        {
            var sequence = nodes[side.Reading.Node] = Sequence(Side.Down, Stamp.Zero);
            sequence.Take(side.Reading, context.Now);
            NotePending(side.Reading.Node, sequence);
        }

        foreach (var (node, sequence, step) in missed.OrderBy(m => m.Step.Effect).ThenBy(m => m.Node))
        {
            Tell(node, sequence, step, record.ToldMissed, isLive: false);
        }

        if (last.After is not null)
        {
            TellPresent(read.Present, last.After);
        }
    }

    // --- from then on ---

    private void OnNoticed(Noticed noticed)
    {
        foreach (var node in noticed.Nodes)
        {
            var reading = node.Reading;
            if (!request.Nodes.Matches(reading.Node, reading.Name, reading.Hardware?.Canonical))
            {
                continue;
            }

            if (synced)
            {
                Take(node);
            }
            else if (early.Count < MostEarly)
            {
                early.Add(node);
            }
            else
            {
                readAgain = true;
            }
        }

        ScheduleDue();
    }

    // A notice is one copy's view, and only the reason to look: what is told is read from a majority.
    private void Take(NoticedNode noticed, bool isWithinRead = false)
    {
        var node = noticed.Reading.Node;
        if (looks.TryGetValue(node, out var look) && look.IsReading)
        {
            look.Note(noticed, context.Now);
            return;
        }

        var sequence = nodes.TryGetValue(node, out var known) ? known
            : before.TryGetValue(ToldSide.Brief(node), out var told) ? Sequence(told.Side, told.ReceivedAt)
            : Sequence(Side.Down, knownUpTo);
        if (sequence.MayMoveBy(noticed.Reading))
        {
            nodes[node] = sequence;
            look ??= looks[node] = new NodeLook();
            look.Begin(noticed, context.Now);
            Read(node, noticed, isWithinRead);
        }
    }

    private void Read(NodeId node, NoticedNode noticed, bool isWithinRead = false)
    {
        // Not within another: that one has the node's look to go on with.
        if (!isWithinRead && noticed.Majority.IsCompletedSuccessfully)
        {
            OnNodeRead(new NodeRead(node, noticed.Majority.Result)); // read for another subscriber: no message for each of a thousand
        }
        else
        {
            noticed.Majority.PipeTo(Self, success: stored => new NodeRead(node, stored), failure: e => new ReadFailed(e));
        }
    }

    private void OnNodeRead(NodeRead read)
    {
        var node = read.Node;
        var sequence = nodes[node];
        if (read.Stored.Since(new Stamp(sequence.UpTo.Ticks - 1)) is { } whole)
        {
            foreach (var step in sequence.Take(whole, context.Now))
            {
                Tell(node, sequence, step, record.ToldLive, isLive: true);
            }
        }

        NotePending(node, sequence);
        if (looks[node].End(read.Stored) is { } newer)
        {
            Take(newer, isWithinRead: true);
        }

        LookAgain(node);
        ScheduleDue();
    }

    private void LookAgain(NodeId node)
    {
        var look = looks[node];
        if (look.IsReading)
        {
            return;
        }

        if (look.NextAfter(context.Now) is { } after)
        {
            Timers.StartSingleTimer(node, new LookNow(node), after);
        }
        else
        {
            looks.Remove(node);
        }
    }

    private void OnLookNow(LookNow due)
    {
        if (looks.TryGetValue(due.Node, out var look) && !look.IsReading)
        {
            Read(due.Node, look.BeginAgain());
        }
    }

    private void OnReadAgain(bool isSecond = false)
    {
        if (!synced || readingAll)
        {
            readAgain = true;
            return;
        }

        (readingAll, readAgain) = (true, false);
        if (!isSecond)
        {
            // Once more when the copies no longer lag: one that is asked now may lack what it will not raise, since that was raised.
            Timers.StartSingleTimer("again", ReadOnceMore.Instance, CopiesLag);
        }

        reader.ReadAll(record.Since, ended.Token).PipeTo(Self, success: all => new AllReadAgain(all), failure: e => new ReadFailed(e));
    }

    private void OnAllReadAgain(AllReadAgain all)
    {
        readingAll = false;
        foreach (var side in all.Missed)
        {
            Take(new NoticedNode(side.Reading, node => SideReader.ReadMajority(context, node, ended.Token)));
        }

        if (readAgain)
        {
            OnReadAgain();
        }

        ScheduleDue();
    }

    private void OnReceivedUpTo(ReceivedUpTo received)
    {
        if (synced && !readingAll && !Timers.IsTimerActive("again") && !looks.Values.Any(l => l.IsReading))
        {
            // What a majority lacks yet was received before it was looked for, by no more than copies lag.
            var looked = looks.Values.Select(l => l.LacksSince).OfType<Stamp>().Select(since => since - CopiesLag);
            record.MoveTo(looked.Append(received.Stamp).Min());
        }

        CheckProgress();
    }

    // --- telling ---

    private void Tell(NodeId node, ToldSequence sequence, CrossingStep step, Action<NodeId, string, CrossingStep> note, bool isLive)
    {
        var id = NotificationId.Of(node, request.Threshold, step.To, step.Present);
        note(node, id, step);
        var named = new NodeRef(node.ToString(), sequence.Name, sequence.Hardware?.Text);
        var direction = step.To == Side.Up ? CrossingDirection.Up : CrossingDirection.Down;
        outbox.Add(
            (subscription, number) => new Crossing(
                subscription, number, record.Cursor, id, named, direction, step.Present.Probability, step.Present.From, step.Present.Observation),
            isLive);
        context.Metrics.Crossed();
        if (outbox.IsFull)
        {
            CutOff($"more than {context.Settings.Notifications.Queue} crossings wait for this subscriber", null);
        }
    }

    private void Gap(string reason) =>
        outbox.Add((id, number) => new SubscriptionGap(id, number, string.Empty, reason, Ended: false), isLive: false);

    private void CheckProgress()
    {
        var now = context.Time.GetTimestamp();
        if (!outbox.IsHeldUp || outbox.Seen != progress.Seen)
        {
            progress = (outbox.Seen, now);
        }
        else if (context.Time.GetElapsedTime(progress.Since, now) > Patience)
        {
            CutOff($"the subscriber has seen nothing of {context.Settings.Notifications.Window} items for {Patience.TotalSeconds} s", null);
        }
    }

    // Death watch of who asks by itself would only do harm: after some seconds of silence it quarantines that actor system, which from then on this
    // member could not be reached by until one of both starts again.
    private void OnCheck(CheckSubscription check)
    {
        Context.Unwatch(subscriber);
        Timers.StartSingleTimer("lease", LeaseOver.Instance, Lease);
        Sender.Tell(new SubscriptionChecked(check.Subscription, outbox.LastNumber));
    }

    private void CutOff(string reason, Exception? cause)
    {
        if (cause is OperationCanceledException && ended.IsCancellationRequested)
        {
            return;
        }

        context.Metrics.CutOff();
        log.Warning(cause, "a subscriber is cut off: {0}", reason);
        outbox.CutOff(reason);
        Context.Stop(Self);
    }

    private ToldSequence Sequence(Side side, Stamp upTo) => new(request.Threshold, context.Settings.Notifications.Rules, side, upTo);

    private void NotePending(NodeId node, ToldSequence sequence)
    {
        if (sequence.Pending is { } step)
        {
            pending.Enqueue(node, step.Effect.Ticks);
        }
    }

    private void OnDue()
    {
        var now = context.Now;
        while (pending.TryPeek(out var node, out var at) && at <= now.Ticks)
        {
            pending.Dequeue();
            // Where the node is looked at, what comes of it decides.
            if (nodes[node] is var sequence && !looks.ContainsKey(node) && sequence.Due(now) is { } step)
            {
                Tell(node, sequence, step, record.ToldLive, isLive: true);
            }
        }

        ScheduleDue();
    }

    private void ScheduleDue()
    {
        if (pending.TryPeek(out _, out var at))
        {
            var left = new TimeSpan(Math.Max(0, at - context.Now.Ticks));
            Timers.StartSingleTimer("due", Due.Instance, left + TimeSpan.FromMilliseconds(1));
        }
    }

    private sealed record SidesRead(SubscriptionCursor? Last, IReadOnlyList<NodeSideReading> Missed, IReadOnlyList<NodeSideReading> Present) : ILocalMessage;

    private sealed record AllReadAgain(IReadOnlyList<NodeSideReading> Missed) : ILocalMessage;

    private sealed record NodeRead(NodeId Node, StoredPresents Stored) : ILocalMessage;

    private sealed record LookNow(NodeId Node) : ILocalMessage;

    private sealed record ReadFailed(Exception Cause) : ILocalMessage;

    private sealed record ReadOnceMore : ILocalMessage
    {
        public static ReadOnceMore Instance { get; } = new();
    }

    private sealed record LeaseOver : ILocalMessage
    {
        public static LeaseOver Instance { get; } = new();
    }

    private sealed record Due : ILocalMessage
    {
        public static Due Instance { get; } = new();
    }
}
