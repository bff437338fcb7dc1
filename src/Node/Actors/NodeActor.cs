using Akka.Actor;
using Akka.Event;
using Akka.Pattern;
using FailureHistory.Core.Ring;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;
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
/// the gate, the exchanger. Recovers in order: snapshots, then the log, then the ring tells what to fetch (R9.4).
/// <list type="table">
/// <item><term>the log or the registry stops (a failed write)</term><description>started again under backoff; SegmentActors live on and answer reads</description></item>
/// <item><term>anything else throws</term><description>escalated: the member's actor system ends and the process starts it again from disk</description></item>
/// </list>
/// </summary>
internal sealed class NodeActor : ReceiveActor
{
    private readonly MemberContext context;
    private readonly MemberStore store;
    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly long[] offsets = new long[Segments.Count];
    private readonly IActorRef aggregator;
    private readonly IActorRef subscriptions;
    private IActorRef memberLog = ActorRefs.Nobody;
    private IActorRef gate = ActorRefs.Nobody;
    private IActorRef exchanger = ActorRefs.Nobody;
    private int recovered;

    public NodeActor(MemberContext context, MemberStore store)
    {
        this.context = context;
        this.store = store;
        aggregator = Context.ActorOf(
            BackoffSupervisor.Props(Backoff.OnStop(ProbabilityAggregator.Props(context), "registry", context.Settings.MinBackoff, context.Settings.MaxBackoff, 0.2, -1)),
            "aggregator");
        subscriptions = Context.ActorOf(SubscriptionActor.Props(context), "subscriptions");
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
        Receive<Subscribe>(m => subscriptions.Forward(m));
        Receive<Unsubscribe>(m => subscriptions.Forward(m));
        Receive<NotificationsSeen>(m => subscriptions.Forward(m));
        Receive<CheckSubscription>(m => subscriptions.Forward(m));
        Receive<RegisterDetector>(m => aggregator.Forward(m));
        Receive<DeleteDetector>(m => aggregator.Forward(m));
        Receive<DetectorHeartbeat>(m => aggregator.Forward(m));
        Receive<GetDetector>(m => aggregator.Forward(m));
        Receive<GetDetectors>(m => aggregator.Forward(m));
        Receive<FollowMembers>(m => aggregator.Forward(m));
    }

    public static Props Props(MemberContext context, MemberStore store) => Akka.Actor.Props.Create(() => new NodeActor(context, store));

    protected override void PreStart()
    {
        // A version of the ring that this member had not seen when it last ran may have given a segment away and back: then it does not count.
        var ring = context.Ring;
        var counted = store.ReadCounting(ring);
        context.SegmentActors = [.. Enumerable.Range(0, Segments.Count)
            .Select(n => Context.ActorOf(SegmentActor.Props(n, context, ring, counted.Contains(n)), $"segment-{n}"))];
        Context.ActorOf(ServingReporter.Props(context, store), "serving");
    }

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(cause =>
    {
        log.Error(cause, "an actor of this member failed; the member starts again from its disk");
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
                MemberLog.Props(context, progress, tail, store.Shrink, Self), "writer", context.Settings.MinBackoff, context.Settings.MaxBackoff, 0.2, -1)),
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
}
