using Akka.Actor;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Actors;

/// <summary>
/// The HistoryActors of one segment (DESIGN D11): at most this segment's share of <c>history.actors</c>, the one asked longest ago goes first. One that goes is
/// forgotten here before it is stopped, and stops after what it was sent, so that no query is lost to one that is stopping.
/// </summary>
internal sealed class HistoryActors(IActorContext parent, MemberContext context)
{
    private readonly Dictionary<NodeId, LinkedListNode<(NodeId Node, IActorRef Actor)>> live = [];
    private readonly LinkedList<(NodeId Node, IActorRef Actor)> byLastQuestion = new();
    private readonly int most = Math.Max(1, context.Settings.HistoryActors / Segments.Count);
    private long made;

    public int Count => live.Count;

    public IActorRef Of(NodeId node)
    {
        if (live.TryGetValue(node, out var known))
        {
            byLastQuestion.Remove(known);
            byLastQuestion.AddLast(known);
            return known.Value.Actor;
        }

        if (live.Count >= most)
        {
            Retire(byLastQuestion.First!.Value.Node, byLastQuestion.First.Value.Actor);
        }

        // A number in the name, since its predecessor may still be stopping.
        var actor = parent.ActorOf(HistoryActor.Props(node, context), $"{node}-{++made}");
        live[node] = byLastQuestion.AddLast((node, actor));
        return actor;
    }

    public void Retire(NodeId node, IActorRef actor)
    {
        if (live.TryGetValue(node, out var known) && known.Value.Actor.Equals(actor))
        {
            live.Remove(node);
            byLastQuestion.Remove(known);
            actor.Tell(PoisonPill.Instance);
        }
    }
}
