using FailureHistory.Core.Identity;

namespace FailureHistory.Core.Ring;

/// <summary>The ring in force and the placement that follows from it.</summary>
/// <param name="Record">The record.</param>
/// <param name="Placement">Its placement.</param>
/// <param name="Previous">The placement of the version before, from which gained segments are fetched; null at version 1.</param>
public sealed record RingView(RingRecord Record, RingPlacement Placement, RingPlacement? Previous)
{
    private readonly int[] setOf = SetsOf(Placement, Record.SegmentCount);

    /// <summary>The version in force.</summary>
    public long Version => Record.Version;

    /// <summary>Computes both placements.</summary>
    public static RingView Of(RingRecord record) => new(
        record,
        RingPlacement.Of(record),
        record.PreviousMembers.Count == 0 ? null : RingPlacement.Of(record with { Members = record.PreviousMembers, PreviousMembers = [] }));

    /// <summary>The first segment that has the same replicas as the node's, in whatever order: what has the same one can be sent together.</summary>
    public int ReplicaSetOf(NodeId node) => setOf[Segments.Of(node)];

    /// <summary>The replica set of a node, nearest first.</summary>
    public IReadOnlyList<MemberId> ReplicasOf(NodeId node) => Placement.Replicas(Segments.Of(node));

    private static int[] SetsOf(RingPlacement placement, int segments)
    {
        var first = new Dictionary<string, int>(StringComparer.Ordinal);
        var sets = new int[segments];
        for (var segment = 0; segment < segments; segment++)
        {
            var key = string.Join(' ', placement.Replicas(segment).Order());
            first.TryAdd(key, segment);
            sets[segment] = first[key];
        }

        return sets;
    }
}
