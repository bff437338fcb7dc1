using Akka.Actor;
using Akka.Event;
using FailureHistory.Messages;
using FailureHistory.Node.Member;
using FailureHistory.Node.Queries;

namespace FailureHistory.Node.Actors;

/// <summary>
/// The door of the service at every member, <c>/user/failure-history</c> (SPEC 11.1, DESIGN D6): whoever asks here gets the answer from
/// wherever the history is. Reports go to the gate; queries are carried out beside the actor, so that none waits for another. It owns nothing.
/// </summary>
internal sealed class EntryActor : ReceiveActor
{
    private readonly MemberContext context;
    private readonly ILoggingAdapter log = Context.GetLogger();

    public EntryActor(MemberContext context, IActorRef node)
    {
        this.context = context;
        var reader = new NodeReader(context);
        var fleet = new FleetReader(context);
        var remover = new HistoryRemover(context, node);
        var views = new ClusterViews(context);

        Receive<GetState>(m => WithRegistry(() => Answer(reader.Read(m))));
        Receive<GetHistory>(m => Answer(reader.Read(m)));
        Receive<GetObservations>(m => Answer(reader.Read(m)));
        Receive<GetNodes>(m => WithRegistry(() => Answer(fleet.Read(m))));
        Receive<RemoveHistory>(m => Answer(remover.Remove(m)));
        Receive<GetCluster>(_ => Sender.Tell(AnswerFit.To(Sender, views.Cluster())));
        Receive<GetRing>(_ => Sender.Tell(AnswerFit.To(Sender, views.Ring())));
        Receive<RemoveRingMember>(m => Answer(views.Remove(m)));
        Receive<GetReadiness>(_ => Sender.Tell(views.Readiness()));

        foreach (var type in new[]
                 {
                     typeof(ReportObservations), typeof(LocalReport), typeof(RegisterDetector), typeof(DeleteDetector), typeof(DetectorHeartbeat),
                     typeof(GetDetector), typeof(GetDetectors), typeof(Subscribe), typeof(Unsubscribe), typeof(NotificationsSeen),
                     typeof(CheckSubscription),
                 })
        {
            Receive(type, m => WithRegistry(() => node.Forward(m)));
        }
    }

    public static Props Props(MemberContext context, IActorRef node) => Akka.Actor.Props.Create(() => new EntryActor(context, node));

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

    private void Answer(Task<object> reply)
    {
        var asker = Sender;
        reply.PipeTo(asker, Self, success: answer => AnswerFit.To(asker, answer), failure: cause =>
        {
            log.Error(cause, "a query failed");
            return new TryAgain($"the query failed: {cause.Message}");
        });
    }
}
