using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Probability;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;
using FailureHistory.Messages;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Queries;

/// <summary>List the nodes of one segment's copy: sorted, filtered, after the cursor's place. Answered by <see cref="LocalListed"/>.</summary>
internal sealed record ListLocal(GetNodes Query, NodeSummary? After) : ILocalMessage;

/// <summary>The nodes of one segment; null where the copy does not serve.</summary>
internal sealed record LocalListed(int Segment, IReadOnlyList<NodeSummary>? Nodes) : ILocalMessage;

/// <summary>
/// The evaluated machines of a segment for lists of the fleet (R6.7), evaluated again only where the node's contents changed. It keeps of a
/// machine only what a list shows, not its observations.
/// </summary>
internal sealed class ListingCache(MemberContext context)
{
    private readonly Dictionary<NodeId, (ulong Digest, int Count, MachineHistory? Machine)> known = [];

    public IReadOnlyList<NodeSummary> List(SegmentMachine machine, GetNodes query, NodeSummary? after)
    {
        var filter = new NodeFilter(query);
        var order = new NodeOrder(query.Sort);
        var found = new List<NodeSummary>();
        var now = context.Now;
        if (known.Count > 2 * machine.NodeCount)
        {
            known.Clear(); // most of it was removed
        }

        foreach (var (node, _) in machine.DigestsAfter(null, int.MaxValue))
        {
            if (machine.View(node) is not { Count: > 0 } view || (Machine(node, view, now) ?? (query.Stored ? Whole(node, view) : null)) is not { } history)
            {
                continue; // nothing of its own
            }

            if (history.Node != node && !query.Stored)
            {
                continue; // a machine that goes under another id now and is listed there
            }

            var state = NodeStates.Of(history, context.Registry, now, context.Settings.FailedThreshold);
            var summary = new NodeSummary(history.Node == node ? Replies.Ref(history) : OfIdAlone(node, view), Replies.Status(state.Condition), state.Probability, history.Periods[^1].From, [.. history.Labels]);
            if (filter.Passes(summary) && (after is null || order.Compare(summary, after) > 0))
            {
                found.Add(summary);
            }
        }

        found.Sort(order);
        return found.Count > query.Limit + 1 ? found.GetRange(0, query.Limit + 1) : found;
    }

    private MachineHistory? Machine(NodeId node, NodeView view, Stamp now)
    {
        if (known.TryGetValue(node, out var cached) && cached.Digest == view.Digest && cached.Count == view.Count)
        {
            return cached.Machine;
        }

        var machine = Whole(node, view);
        if (machine?.Observations[^1].At > now)
        {
            // R2.3: what lies ahead does not count yet. Not kept, since time alone changes it.
            return MachineHistories.EvaluateAsOf([view.ToSource()], NodeReference.Of(node), Replies.Options(context), now);
        }

        known[node] = (view.Digest, view.Count, machine is null ? null : Trimmed(machine));
        return known[node].Machine;
    }

    private MachineHistory? Whole(NodeId node, NodeView view) =>
        MachineHistories.Evaluate([view.ToSource()], NodeReference.Of(node), Replies.Options(context));

    private static NodeRef OfIdAlone(NodeId node, NodeView view) =>
        new(node.ToString(), view.Decode().Where(o => o is { Origin: null, Name: not null }).Order(ObservationOrder.Instance).Select(o => o.Name).FirstOrDefault(), null);

    // A list shows the last period only, and a machine's observations are most of its size.
    private static MachineHistory Trimmed(MachineHistory machine) => new()
    {
        Node = machine.Node,
        Name = machine.Name,
        Hardware = machine.Hardware,
        Incarnations = [],
        Observations = [],
        Periods = [machine.Periods[^1]],
        LatestIncident = machine.LatestIncident,
        Standings = machine.Standings,
        AutoDetectors = machine.AutoDetectors,
        Left = machine.Left,
        Labels = machine.Labels,
        OtherIds = [],
        LastReceivedAt = machine.LastReceivedAt,
    };
}
