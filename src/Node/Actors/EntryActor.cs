using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Messages;
using FailureHistory.Node.Member;
using FailureHistory.Node.Queries;
using FailureHistory.Node.Telemetry;

namespace FailureHistory.Node.Actors;

/// <summary>
/// The door of the service at every member, <c>/user/failure-history</c> (SPEC 11.1, DESIGN D6): whoever asks here gets the answer from
/// wherever the history is. Reports go to the gate; queries are carried out beside the actor, so that none waits for another. It owns nothing.
/// </summary>
internal sealed class EntryActor : ReceiveActor, IWithTimers
{
    private readonly MemberContext context;
    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly NodeReader reader;
    private readonly Queue<OwnCopyRead> underWay = new(); // to this member's own copies, as they came
    private ActivityContext parent;
    private bool isClosed;
    private int beside; // answered beside the actor, so only by Interlocked

    public EntryActor(MemberContext context, IActorRef node)
    {
        this.context = context;
        reader = new NodeReader(context);
        var fleet = new FleetReader(context);
        var remover = new HistoryRemover(context, node);
        var pinner = new NodePinner(context, node);
        var views = new ClusterViews(context);
        context.Metrics.Readiness = views.Readiness;

        Receive<GetState>(m => WithRegistry(() => AnswerAbout("state", m)));
        Receive<GetHistory>(m => AnswerAbout("history", m));
        Receive<GetObservations>(m => AnswerAbout("observations", m));
        Receive<GetNodes>(m => WithRegistry(() => Answer("nodes", () => fleet.Read(m))));
        Receive<GetReliability>(m => AnswerAbout("reliability", m));
        Receive<OwnCopyRead.Unsaid>(m => AskOn(m.Read, isLate: false));
        Receive<LookForLate>(_ => OnLookForLate());
        Receive<PinNode>(m => Answer("pin", () => pinner.Pin(m)));
        Receive<UnpinNode>(m => Answer("unpin", () => pinner.Unpin(m)));
        Receive<RemoveHistory>(m => Answer("remove", () => remover.Remove(m)));
        Receive<GetCluster>(_ => Sender.Tell(AnswerFit.To(Sender, views.Cluster())));
        Receive<GetRing>(_ => Sender.Tell(AnswerFit.To(Sender, views.Ring())));
        Receive<RemoveRingMember>(m => Answer("remove-member", () => views.Remove(m)));
        Receive<GetReadiness>(_ => Sender.Tell(views.Readiness()));
        Receive<GetUnderWay>(_ => node.Forward(new GetUnderWay(UnderWay)));
        Receive<CloseEntry>(_ => isClosed = true);

        foreach (var type in new[]
                 {
                     typeof(ReportObservations), typeof(LocalReport), typeof(RegisterDetector), typeof(DeleteDetector), typeof(DetectorHeartbeat),
                     typeof(GetDetector), typeof(GetDetectors), typeof(Subscribe), typeof(Unsubscribe), typeof(NotificationsSeen),
                     typeof(CheckSubscription), typeof(SubscriptionSignals),
                 })
        {
            Receive(type, m => WithRegistry(() => node.Forward(m is LocalReport report ? report with { Parent = parent } : m)));
        }
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(MemberContext context, IActorRef node) => Akka.Actor.Props.Create(() => new EntryActor(context, node));

    // Under whose span the message at hand is asked.
    protected override bool AroundReceive(Receive receive, object message)
    {
        parent = message is Traced traced ? traced.Parent : default;
        var asked = message is Traced { Request: var request } ? request : message;
        if (isClosed && asked is not (GetReadiness or GetUnderWay or CloseEntry))
        {
            Sender.Tell(new TryAgain("this member is stopping", TimeSpan.FromSeconds(1)));
            return true;
        }

        return base.AroundReceive(receive, asked);
    }

    private void WithRegistry(Action answer)
    {
        if (context.AwaitsRegistry)
        {
            Sender.Tell(new TryAgain("this member has not read the detectors' registry yet", TimeSpan.FromSeconds(1)));
        }
        else
        {
            answer();
        }
    }

    // By this member's own copy, where it can: nobody waits for it beside the actors, and only what is late is asked of others as well (R6.4).
    private void AnswerAbout(string name, object query)
    {
        var question = Question.Of(query, out var fault);
        if (fault is not null || !question.IsForOneCopy || OwnCopyOf(question.Node.Id) is not { } copy)
        {
            Answer(name, () => fault is null ? reader.Read(question, ownIsLate: false) : Task.FromResult<object>(fault));
            return;
        }

        var read = new OwnCopyRead(name, question, Sender, Self, parent, context);
        underWay.Enqueue(read);
        if (underWay.Count == 1)
        {
            LookForLateIn(context.Settings.HedgeAfter);
        }

        read.Ask(copy, context.Id);
    }

    private IActorRef? OwnCopyOf(NodeId node)
    {
        var segment = Segments.Of(node);
        return context.Board[segment] is { Phase: CopyPhase.Serving, Complete: true } && context.Holds(segment) ? context.SegmentActors[segment] : null;
    }

    private void AskOn(OwnCopyRead read, bool isLate)
    {
        if (!read.IsEnded && !read.IsAskedOn)
        {
            read.IsAskedOn = true;
            Answer(read, () => reader.Read(read.Question, isLate));
        }
    }

    private void OnLookForLate()
    {
        while (underWay.TryPeek(out var oldest))
        {
            if (!oldest.IsEnded && !oldest.IsAskedOn && context.Settings.HedgeAfter - context.Time.GetElapsedTime(oldest.Begun) is var left && left > TimeSpan.Zero)
            {
                LookForLateIn(left);
                return;
            }

            AskOn(underWay.Dequeue(), isLate: true);
        }
    }

    private void LookForLateIn(TimeSpan time) => Timers.StartSingleTimer("late", LookForLate.Instance, time);

    private void Answer(string name, Func<Task<object>> read) => Answer(new Answering(name, Sender, Self, parent, context), read);

    private void Answer(Answering answering, Func<Task<object>> read)
    {
        Interlocked.Increment(ref beside);
        Tracing.Under(answering.Span, read).ContinueWith(
            task =>
            {
                if (task.Exception?.GetBaseException() is { } cause)
                {
                    log.Error(cause, "a query failed");
                    answering.End(new TryAgain($"the query failed: {cause.Message}"));
                }
                else
                {
                    answering.End(task.Result);
                }

                Interlocked.Decrement(ref beside);
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    // Those that other actors answer end here, too: late ones are taken from the queue, the rest is answered.
    private int UnderWay => Volatile.Read(ref beside) + underWay.Count(r => !r.IsEnded && !r.IsAskedOn);

    private sealed record LookForLate : ILocalMessage
    {
        public static LookForLate Instance { get; } = new();
    }
}
