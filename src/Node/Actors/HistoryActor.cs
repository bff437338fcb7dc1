using Akka.Actor;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Member;
using FailureHistory.Node.Queries;

namespace FailureHistory.Node.Actors;

/// <summary>
/// Answers for one node that somebody asks for (DESIGN D11): keeps its periods as long as its frozen view does not change. Started by
/// queries, never by reports; gone after a while without questions. It owns nothing: stopping it loses nothing.
/// </summary>
internal sealed class HistoryActor : ReceiveActor
{
    private readonly NodeId node;
    private readonly MemberContext context;
    private MachineHistory? whole;
    private ulong digest;
    private int count = -1;

    public HistoryActor(NodeId node, MemberContext context)
    {
        this.node = node;
        this.context = context;
        SetReceiveTimeout(context.Settings.HistoryIdle);
        Receive<Read>(OnRead);
        Receive<ReceiveTimeout>(_ => Context.Parent.Tell(new Idle(node)));
    }

    public static Props Props(NodeId node, MemberContext context) => Akka.Actor.Props.Create(() => new HistoryActor(node, context));

    private void OnRead(Read read)
    {
        if (count != read.View.Count || digest != read.View.Digest)
        {
            whole = MachineHistories.Evaluate([read.View.ToSource()], NodeReference.Of(node), Replies.Options(context));
            (count, digest) = (read.View.Count, read.View.Digest);
        }

        if (whole is { OtherIds.Count: 0 })
        {
            var reply = Replies.To(read.Query, read.Query is GetState or GetReliability ? AsOfNow(read.View, context.Now) : whole, context, read.Status.Complete, 1);
            if (read.Own is { } own)
            {
                own.End(reply);
            }
            else
            {
                Sender.Tell(reply);
            }
        }
        else if (read.Own is { } own)
        {
            own.AskOn();
        }
        else
        {
            Sender.Tell(Cannot(read, whole is null ? ReplicaCannot.Types.Reason.UnknownNode : ReplicaCannot.Types.Reason.Linked));
        }
    }

    // R2.3: state counts only what has at ≤ now. Observations ahead of now are rare (a reported time), so the whole usually serves.
    private MachineHistory AsOfNow(NodeView view, Stamp now) =>
        whole!.Observations.Count > 0 && whole.Observations[^1].At > now
            ? MachineHistories.EvaluateAsOf([view.ToSource()], NodeReference.Of(node), Replies.Options(context), now) ?? whole
            : whole;

    private ReplicaCannot Cannot(Read read, ReplicaCannot.Types.Reason reason)
    {
        var cannot = new ReplicaCannot
        {
            RingVersion = read.Status.RingVersion,
            Node = WireIds.Bytes(node),
            Reason = reason,
            Member = WireIds.Bytes(context.Id),
            Counts = read.Status.Counts,
            Address = whole?.Hardware?.Text ?? string.Empty,
        };
        cannot.OtherIds.AddRange((whole?.OtherIds ?? []).Select(WireIds.Bytes));
        return cannot;
    }

    /// <summary>Nobody asked for a while: the parent may stop this one.</summary>
    internal sealed record Idle(NodeId Node) : ILocalMessage;

    /// <summary>A query about the node, and what its copy holds of it; answered to the sender, or to who asked this member's own copy.</summary>
    internal sealed record Read(object Query, NodeView View, CopyStatus Status, OwnCopyRead? Own = null) : ILocalMessage;
}
