using FailureHistory.Core.History;
using FailureHistory.Core.Identity;

namespace FailureHistory.Core.Replication;

/// <summary>The index entries of addresses among a segment's histories (R1.5): which have something to pass on, and what.</summary>
public sealed partial class SegmentMachine
{
    private readonly HashSet<NodeId> changedIndexNodes = [];

    /// <summary>The index entries known under several ids that have changed since they were last taken: they have something to pass on (R1.5).</summary>
    public IReadOnlyCollection<NodeId> IndexNodesToPassOn => changedIndexNodes;

    /// <summary>All index entries known under several ids: what they pass on is passed on again at every exchange (R1.5).</summary>
    public IEnumerable<NodeId> SharedIndexNodes => logs.Values.Where(log => log.Origins is { Several: true }).Select(log => log.Node);

    /// <summary>
    /// The copies that the index entry of an address has to pass on to the histories of the ids it is known under (R1.5): to each, from each other,
    /// its joins (of a row of equal joins the first and the last), or its earliest observation when it has no join. Node is the id to tell, Origin
    /// the id that the report was about.
    /// </summary>
    public IReadOnlyList<Observation> PassOn(NodeId indexNode)
    {
        if (!logs.TryGetValue(indexNode, out var log) || log.Origins is not { Several: true })
        {
            return [];
        }

        return AddressIndex.Copies(InOrder(log, Decode(log)));
    }

    /// <summary>Gives <see cref="IndexNodesToPassOn"/> and empties it.</summary>
    public IReadOnlyCollection<NodeId> TakeChangedIndexNodes()
    {
        NodeId[] taken = [.. changedIndexNodes];
        changedIndexNodes.Clear();
        return taken;
    }

    private void NoteOrigin(NodeLog log, Observation observation)
    {
        if (log.Origins is null && !AddressIndex.IsEntry(observation))
        {
            return;
        }

        log.Origins ??= new IndexOrigins(observation.About);
        log.Origins.Note(observation.About);
        if (log.Origins.Several)
        {
            changedIndexNodes.Add(log.Node);
        }
    }
}
