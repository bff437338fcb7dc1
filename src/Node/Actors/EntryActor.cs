using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
using FailureHistory.Messages;
using FailureHistory.Node.Member;
using FailureHistory.Node.Queries;
using FailureHistory.Node.Telemetry;

namespace FailureHistory.Node.Actors;

/// <summary>
/// The door of the service at every member, <c>/user/failure-history</c> (SPEC 11.1, DESIGN D6): whoever asks here gets the answer from
/// wherever the history is. Reports go to the gate; queries are carried out beside the actor, so that none waits for another. It owns nothing.
/// </summary>
internal sealed class EntryActor : ReceiveActor
{
    private readonly MemberContext context;
    private readonly ILoggingAdapter log = Context.GetLogger();
    private ActivityContext parent;
    private bool isClosed;
    private int answering; // beside the actor, so only by Interlocked

    public EntryActor(MemberContext context, IActorRef node)
    {
        this.context = context;
        var reader = new NodeReader(context);
        var fleet = new FleetReader(context);
        var remover = new HistoryRemover(context, node);
        var pinner = new NodePinner(context, node);
        var views = new ClusterViews(context);
        context.Metrics.Readiness = views.Readiness;

        Receive<GetState>(m => WithRegistry(() => Answer("state", () => reader.Read(m))));
        Receive<GetHistory>(m => Answer("history", () => reader.Read(m)));
        Receive<GetObservations>(m => Answer("observations", () => reader.Read(m)));
        Receive<GetNodes>(m => WithRegistry(() => Answer("nodes", () => fleet.Read(m))));
        Receive<GetReliability>(m => Answer("reliability", () => reader.Read(m)));
        Receive<PinNode>(m => Answer("pin", () => pinner.Pin(m)));
        Receive<UnpinNode>(m => Answer("unpin", () => pinner.Unpin(m)));
        Receive<RemoveHistory>(m => Answer("remove", () => remover.Remove(m)));
        Receive<GetCluster>(_ => Sender.Tell(AnswerFit.To(Sender, views.Cluster())));
        Receive<GetRing>(_ => Sender.Tell(AnswerFit.To(Sender, views.Ring())));
        Receive<RemoveRingMember>(m => Answer("remove-member", () => views.Remove(m)));
        Receive<GetReadiness>(_ => Sender.Tell(views.Readiness()));
        Receive<GetUnderWay>(_ => node.Forward(new GetUnderWay(Volatile.Read(ref answering))));
        Receive<CloseEntry>(_ => isClosed = true);

        foreach (var type in new[]
                 {
                     typeof(ReportObservations), typeof(LocalReport), typeof(RegisterDetector), typeof(DeleteDetector), typeof(DetectorHeartbeat),
                     typeof(GetDetector), typeof(GetDetectors), typeof(Subscribe), typeof(Unsubscribe), typeof(NotificationsSeen),
                     typeof(CheckSubscription),
                 })
        {
            Receive(type, m => WithRegistry(() => node.Forward(m is LocalReport report ? report with { Parent = parent } : m)));
        }
    }

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

    private void Answer(string query, Func<Task<object>> read)
    {
        var asker = Sender;
        var begun = context.Time.GetTimestamp();
        var span = Tracing.Begin("failure_history." + query, parent);
        Interlocked.Increment(ref answering);
        object Ended(object reply)
        {
            var outcome = Tracing.OutcomeOf(reply);
            context.Metrics.Answered(query, outcome, context.Time.GetElapsedTime(begun));
            Tracing.End(span, outcome);
            Interlocked.Decrement(ref answering);
            return AnswerFit.To(asker, reply);
        }

        Tracing.Under(span, read).PipeTo(asker, Self, success: Ended, failure: cause =>
        {
            log.Error(cause, "a query failed");
            return Ended(new TryAgain($"the query failed: {cause.Message}"));
        });
    }
}
