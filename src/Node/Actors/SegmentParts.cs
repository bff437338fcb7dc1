using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Retention;
using FailureHistory.Core.Ring;
using FailureHistory.Messages.Wire;

namespace FailureHistory.Node.Actors;

/// <summary>What of a batch belongs to one segment; the indices are places in the batch.</summary>
internal sealed class SegmentPart(int segment)
{
    private List<Tombstone>? tombstones;
    private List<Pin>? pins;
    private List<Fold>? folds;

    public int Segment => segment;

    public List<Observation> Observations { get; } = [];

    public List<int> Indices { get; } = [];

    public IReadOnlyList<Tombstone> Tombstones => tombstones ?? (IReadOnlyList<Tombstone>)[];

    public IReadOnlyList<Pin> Pins => pins ?? (IReadOnlyList<Pin>)[];

    public IReadOnlyList<Fold> Folds => folds ?? (IReadOnlyList<Fold>)[];

    public void Add(Tombstone tombstone) => (tombstones ??= []).Add(tombstone);

    public void Add(Pin pin) => (pins ??= []).Add(pin);

    public void Add(Fold fold) => (folds ??= []).Add(fold);
}

/// <summary>Splits a batch by segment.</summary>
internal static class SegmentParts
{
    public static List<SegmentPart> Of(DecodedBatch batch)
    {
        var bySegment = new Dictionary<int, SegmentPart>();
        for (var i = 0; i < batch.Observations.Count; i++)
        {
            var part = PartOf(bySegment, batch.Observations[i].Node);
            part.Observations.Add(batch.Observations[i]);
            part.Indices.Add(i);
        }

        foreach (var tombstone in batch.Tombstones)
        {
            PartOf(bySegment, tombstone.Node).Add(tombstone);
        }

        foreach (var pin in batch.Pins)
        {
            PartOf(bySegment, pin.Node).Add(pin);
        }

        foreach (var fold in batch.Folds)
        {
            PartOf(bySegment, fold.Node).Add(fold);
        }

        return [.. bySegment.Values];
    }

    private static SegmentPart PartOf(Dictionary<int, SegmentPart> bySegment, NodeId node)
    {
        var segment = Segments.Of(node);
        if (!bySegment.TryGetValue(segment, out var part))
        {
            bySegment[segment] = part = new SegmentPart(segment);
        }

        return part;
    }
}
