using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;

namespace FailureHistory.Simulator.Checks;

/// <summary>What an onlooker who sees everything knows: what was stamped, what reporters were told, what was removed.</summary>
internal sealed class Ledger
{
    private readonly Dictionary<ObservationKey, List<Observation>> stamped = [];
    private readonly Dictionary<NodeId, Dictionary<ObservationKey, TimeSpan>> acknowledged = [];
    private readonly Dictionary<NodeId, List<(Stamp UpTo, TimeSpan? AcknowledgedAt)>> removals = [];

    public int Acknowledgements { get; private set; }

    public IEnumerable<NodeId> Nodes => acknowledged.Keys.Union(removals.Keys);

    /// <summary>What some copy has dropped as the middle of a run of repeats (R2.6).</summary>
    public HashSet<ObservationKey> Repeats { get; } = [];

    public void Stamp(Observation observation)
    {
        var key = ObservationKey.Of(observation);
        (stamped.TryGetValue(key, out var copies) ? copies : stamped[key] = []).Add(observation);
    }

    public void Acknowledge(ObservationKey key, TimeSpan now)
    {
        Acknowledgements++;
        (acknowledged.TryGetValue(key.Node, out var keys) ? keys : acknowledged[key.Node] = []).TryAdd(key, now);
    }

    public void Remove(NodeId node, Stamp upTo) => (removals.TryGetValue(node, out var list) ? list : removals[node] = []).Add((upTo, null));

    public void AcknowledgeRemoval(NodeId node, Stamp upTo, TimeSpan now)
    {
        var list = removals[node];
        list[list.FindIndex(r => r.UpTo == upTo)] = (upTo, now);
    }

    /// <summary>The copies of one observation that gates have stamped; more than one where a reporter sent it again.</summary>
    public IReadOnlyList<Observation> CopiesOf(ObservationKey key) => stamped.TryGetValue(key, out var copies) ? copies : [];

    /// <summary>What was acknowledged of a node by then, and that no removal may have taken.</summary>
    public IEnumerable<ObservationKey> AcknowledgedBy(NodeId node, TimeSpan then) =>
        (acknowledged.TryGetValue(node, out var keys) ? keys : []).Where(k => k.Value < then && !MayBeRemoved(k.Key)).Select(k => k.Key);

    /// <summary>Up to when a node's history is removed, by what was acknowledged by then.</summary>
    public Stamp? RemovedUpTo(NodeId node, TimeSpan then)
    {
        var done = (removals.TryGetValue(node, out var list) ? list : []).Where(r => r.AcknowledgedAt < then).ToList();
        return done.Count == 0 ? null : done.Max(r => r.UpTo);
    }

    // A removal that nobody acknowledged may have happened, and of two copies of a report it may have taken the one that was kept.
    private bool MayBeRemoved(ObservationKey key) =>
        removals.TryGetValue(key.Node, out var list) && CopiesOf(key).Any(o => list.Exists(r => o.ReceivedAt <= r.UpTo));
}
