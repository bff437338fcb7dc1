using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Probability;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Retention;
using FailureHistory.Core.Time;
using FailureHistory.Node.Member;
using FailureHistory.Node.Queries;

namespace FailureHistory.Node.Retention;

/// <summary>
/// Which machines one copy of a segment takes to be forgettable (R10.1). Reads a node anew only where its contents changed, since almost none is
/// failed, and those that are stay as they are. Reads frozen views, on any thread, one look at a time.
/// </summary>
internal sealed class ForgetCandidates(MemberContext context)
{
    private readonly Lock door = new();
    private readonly Dictionary<NodeId, (ulong Digest, int Count, IReadOnlyList<(NodeReference Machine, Stamp LastReceivedAt)> Suspected)> known = [];

    /// <summary>The machines that are failed by this copy alone, and silent for <paramref name="forgetAfter"/>; at most <paramref name="max"/>.</summary>
    public IReadOnlyList<NodeReference> Of(IReadOnlyList<NodeView> copy, TimeSpan forgetAfter, int max)
    {
        lock (door)
        {
            return Find(copy, forgetAfter, max);
        }
    }

    private List<NodeReference> Find(IReadOnlyList<NodeView> copy, TimeSpan forgetAfter, int max)
    {
        var now = context.Now;
        if (known.Count > 2 * copy.Count)
        {
            known.Clear(); // most of it was removed
        }

        var found = new List<NodeReference>();
        foreach (var view in copy.Where(v => v.Pin is not { IsPinned: true }))
        {
            foreach (var (reference, last) in Suspected(view))
            {
                if (now - last >= forgetAfter && IsFailed(view, reference, now))
                {
                    found.Add(reference);
                    if (found.Count == max)
                    {
                        return found;
                    }
                }
            }
        }

        return found;
    }

    private IReadOnlyList<(NodeReference Machine, Stamp LastReceivedAt)> Suspected(NodeView view)
    {
        if (known.TryGetValue(view.Node, out var cached) && cached.Digest == view.Digest && cached.Count == view.Count)
        {
            return cached.Suspected;
        }

        var source = view.ToSource();
        var suspected = new List<(NodeReference, Stamp)>();
        var holder = NodeReference.Of(view.Node);
        if (Read(source, holder) is { } present)
        {
            Add(holder, present);
            foreach (var other in Forgetting.OthersOn(source, present.Hardware))
            {
                var reference = NodeReference.Parse(NodeReference.AddressPrefix + other.Text);
                Add(reference, Read(source, reference));
            }
        }

        known[view.Node] = (view.Digest, view.Count, suspected);
        return suspected;

        void Add(NodeReference reference, MachineHistory? machine)
        {
            if (machine is not null && machine.Standings.Values.Any(s => s.Suspects))
            {
                suspected.Add((reference, machine.LastReceivedAt));
            }
        }
    }

    private bool IsFailed(NodeView view, NodeReference reference, Stamp now) =>
        MachineHistories.EvaluateAsOf([view.ToSource()], reference, Replies.Options(context), now) is { } asOfNow
        && NodeStates.Of(asOfNow, context.Registry, now, context.Settings.FailedThreshold).Condition == NodeCondition.Failed;

    private MachineHistory? Read(NodeObservations source, NodeReference reference) => MachineHistories.Evaluate([source], reference, Replies.Options(context));
}
