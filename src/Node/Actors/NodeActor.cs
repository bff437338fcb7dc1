using Akka.Actor;
using Akka.Event;
using Akka.Pattern;
using FailureHistory.Core.Ring;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Configuration;
using FailureHistory.Node.Ingest;
using FailureHistory.Node.Member;
using FailureHistory.Node.Notifications;
using FailureHistory.Node.Persistence;
using FailureHistory.Node.Queries;
using FailureHistory.Node.Reachability;
using FailureHistory.Node.Stewards;

namespace FailureHistory.Node.Actors;

/// <summary>
/// One per member, <c>/user/fh</c>: owns the member's position on the ring and everything of it that holds data: the SegmentActors, the log,
/// the gate, the exchanger. Recovers in order: the log's database, snapshots, then the log, then the ring tells what to fetch (R9.4).
/// <list type="table">
/// <item><term>the log or the registry stops (a failed write)</term><description>started again under backoff; SegmentActors live on and answer reads</description></item>
/// <item><term>anything else throws</term><description>escalated: the member's actor system ends and the process starts it again from disk</description></item>
/// </list>
/// </summary>
internal sealed class NodeActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan AskDatabaseEvery = TimeSpan.FromSeconds(1);

    private readonly MemberContext context;
    private readonly MemberStore store;
    private readonly LogDatabase database;
    private readonly LogMark mark;
    private readonly RingView? ringAtStart;
    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly long[] offsets = new long[Segments.Count];
    private readonly IActorRef subscriptions;
    private IActorRef aggregator = ActorRefs.Nobody;
    private IActorRef memberLog = ActorRefs.Nobody;
    private IActorRef gate = ActorRefs.Nobody;
    private IActorRef exchanger = ActorRefs.Nobody;
    private int recovered;

    public NodeActor(MemberContext context, MemberStore store)
    {
        this.context = context;
        this.store = store;
        database = LogDatabase.Of(context.Settings, store.Folder);
        mark = new LogMark(store.Folder, context.Time);
        ringAtStart = context.Ring;
        subscriptions = Context.ActorOf(SubscriptionActor.Props(context), "subscriptions");
        Receive<DatabaseReady>(m => OnDatabaseReady(m.Fate, m.Warning));
        Receive<DatabaseFailed>(m => OnDatabaseFailed(m.Cause));
        Receive<AskDatabase>(_ => PrepareDatabase());
        Receive<SegmentRecovered>(OnSegmentRecovered);
        Receive<LogReplayed>(OnLogReplayed);
        Receive<LogWritable>(m => context.LogWritable = m.Writable);
        Receive<RingChangedTo>(OnRingChanged);
        Receive<StorePulled>(m => memberLog.Forward(m));
        Receive<SnapshotTaken>(m => memberLog.Forward(m));
        Receive<PassOnCopies>(m => gate.Forward(m));
        Receive<ListSegments>(OnListSegments);
        Receive<ListSides>(m => SideReader.ListOwn(context, m).PipeTo(Sender, Self, failure: cause => new Status.Failure(cause)));

        // What the entry hands on.
        Receive<ReportObservations>(m => ForwardToGate(m));
        Receive<LocalReport>(m => ForwardToGate(m));
        Receive<WriteTombstones>(m => ForwardToGate(m));
        Receive<GetUnderWay>(OnGetUnderWay);
        Receive<HandOverNow>(OnHandOver);
        Receive<Subscribe>(m => subscriptions.Forward(m));
        Receive<Unsubscribe>(m => subscriptions.Forward(m));
        Receive<NotificationsSeen>(m => subscriptions.Forward(m));
        Receive<CheckSubscription>(m => subscriptions.Forward(m));
        Receive<SubscriptionSignals>(m => subscriptions.Forward(m));
        Receive<RegisterDetector>(m => aggregator.Forward(m));
        Receive<DeleteDetector>(m => aggregator.Forward(m));
        Receive<DetectorHeartbeat>(m => aggregator.Forward(m));
        Receive<GetDetector>(m => aggregator.Forward(m));
        Receive<GetDetectors>(m => aggregator.Forward(m));
        Receive<FollowMembers>(m => aggregator.Forward(m));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(MemberContext context, MemberStore store) => Akka.Actor.Props.Create(() => new NodeActor(context, store));

    protected override void PreStart() => PrepareDatabase();

    private void PrepareDatabase() => Task.Run(async () =>
    {
        var found = await database.Prepare(CancellationToken.None).ConfigureAwait(false);
        var fate = mark.Judge(found, store.HasCounted, context.Settings.KeepAfterAbsence);
        if (fate == LogFate.Lost)
        {
            store.ForgetCounting(); // before the mark: cut off in between, it is found lost again
            context.Clock.Observe(mark.Bound); // the reservation was lost with the log
        }

        context.LogRows = found.LastRow;

        if (fate != LogFate.Kept)
        {
            await mark.Begin(database, found, CancellationToken.None).ConfigureAwait(false);
        }

        return new DatabaseReady(fate, found.Warning);
    }).PipeTo(Self, failure: cause => new DatabaseFailed(cause));

    private void OnDatabaseReady(LogFate fate, string? warning)
    {
        if (context.StorageStatus.Length > 0)
        {
            log.Info("{0} is there again", database.Name);
            context.StorageStatus = string.Empty;
        }

        if (warning is not null)
        {
            log.Warning(warning);
        }

        if (fate == LogFate.Lost)
        {
            log.Warning("the log in {0} is not the one that this member wrote last, or lacks the end of it: its copies count for nothing until they have fetched everything from the others", database.Name);
            context.IsNew = true; // its detectors are lost too
        }

        aggregator = Context.ActorOf(
            BackoffSupervisor.Props(Backoff.OnStop(ProbabilityAggregator.Props(context), "registry", context.Settings.MinBackoff, context.Settings.MaxBackoff, 0.2, -1)),
            "aggregator");

        // A version of the ring that this member had not seen when it last ran may have given a segment away and back: then it does not count.
        var counted = store.ReadCounting(ringAtStart);
        context.SegmentActors = [.. Enumerable.Range(0, Segments.Count)
            .Select(n => Context.ActorOf(SegmentActor.Props(n, context, database, ringAtStart, counted.Contains(n)), $"segment-{n}"))];
        Context.ActorOf(ServingReporter.Props(context, store), "serving");
    }

    // An operator whose database restarts wants the member to wait; one who told it wrongly wants to be told.
    private void OnDatabaseFailed(Exception cause)
    {
        if (cause is not LogUnavailableException)
        {
            context.Fail(cause is StartupException ? cause.Message : $"{database.Name} can't be used: {cause.Message}");
            return;
        }

        if (context.StorageStatus.Length == 0)
        {
            log.Warning("{0}; it is tried again every second", cause.Message);
        }

        context.StorageStatus = $"this member waits for the database of its log: {cause.Message}; start it, or correct postgresql.connection";
        Timers.StartSingleTimer("database", AskDatabase.Instance, AskDatabaseEvery);
    }

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(cause =>
    {
        log.Error(cause, "an actor of this member failed; the member starts again from its disk");
        context.StartsAgain = true;
        context.System.Terminate();
        return Directive.Stop;
    });

    private void OnSegmentRecovered(SegmentRecovered segment)
    {
        offsets[segment.Segment] = segment.Offset;
        if (++recovered < Segments.Count)
        {
            return;
        }

        var tail = new LogTail(offsets);
        var progress = new MemberLog.Progress();
        memberLog = Context.ActorOf(
            BackoffSupervisor.Props(Backoff.OnStop(
                MemberLog.Props(context, progress, tail, database.Shrink, mark, Self), "writer", context.Settings.MinBackoff, context.Settings.MaxBackoff, 0.2, -1)),
            "log");
        gate = Context.ActorOf(Gate.Props(context, memberLog, aggregator), "gate");
        exchanger = Context.ActorOf(Exchanger.Props(context), "exchange");
        Context.ActorOf(StewardRegion.Props(context, exchanger), "stewards");
    }

    private void OnLogReplayed(LogReplayed replayed)
    {
        if (context.IsRecovered)
        {
            return; // the log alone was started again
        }

        log.Info("the log is replayed up to row {0}", replayed.Offset);
        context.IsRecovered = true;
        Tell(replayed);
        if (context.Ring is { } ring)
        {
            Tell(new RingChangedTo(ring));
        }
    }

    private void OnRingChanged(RingChangedTo changed)
    {
        if (context.IsRecovered)
        {
            Tell(changed);
        }

        gate.Tell(changed);
        exchanger.Tell(changed);
    }

    private void Tell(object message)
    {
        foreach (var segment in context.SegmentActors)
        {
            segment.Tell(message);
        }
    }

    private void ForwardToGate(object message)
    {
        if (gate.IsNobody())
        {
            Sender.Tell(new TryAgain("this member is still reading its snapshots", TimeSpan.FromSeconds(1)));
        }
        else
        {
            gate.Forward(message);
        }
    }

    // Before there is a gate nothing can be under way, and before the own log is read there is nothing to hand over.
    private void OnGetUnderWay(GetUnderWay request)
    {
        if (gate.IsNobody())
        {
            Sender.Tell(new UnderWay(request.Queries));
        }
        else
        {
            gate.Forward(request);
        }
    }

    private void OnHandOver(HandOverNow request)
    {
        if (context.IsRecovered)
        {
            exchanger.Forward(request);
        }
        else
        {
            Sender.Tell(new HandedOver(0));
        }
    }

    private void OnListSegments(ListSegments request)
    {
        var query = request.Query.ToRecord();
        if (NodeFilter.Fault(query) is { } fault)
        {
            Sender.Tell(fault);
            return;
        }

        FleetReader.ListOwn(context, [.. request.Segments.Select(s => (int)s)], query, context.Settings.QueryTimeout).PipeTo(
            Sender,
            Self,
            listed =>
            {
                var reply = new SegmentsListed
                {
                    RingVersion = context.Ring?.Version ?? 0,
                    Member = WireIds.Bytes(context.Id),
                    NextCursor = listed.Cut && listed.Nodes.Count > 0 ? NodeOrder.CursorAfter(listed.Nodes[^1]) : string.Empty,
                };
                reply.Answered.AddRange(listed.Answered.Select(s => (uint)s));
                reply.Nodes.AddRange(listed.Nodes.Select(n => n.ToWire()));
                return reply;
            });
    }

    private sealed record DatabaseReady(LogFate Fate, string? Warning) : ILocalMessage;

    private sealed record DatabaseFailed(Exception Cause) : ILocalMessage;

    private sealed record AskDatabase : ILocalMessage
    {
        public static AskDatabase Instance { get; } = new();
    }
}
