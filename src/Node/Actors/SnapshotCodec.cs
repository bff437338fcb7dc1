using FailureHistory.Core.History;
using FailureHistory.Core.Replication;
using FailureHistory.Messages.Wire;

namespace FailureHistory.Node.Actors;

/// <summary>A frozen segment as one snapshot row.</summary>
internal static class SnapshotCodec
{
    private const int ObservationsPerBatch = 5000;

    public static SegmentSnapshot Encode(int segment, long offset, SegmentImage image)
    {
        var snapshot = new SegmentSnapshot { Format = 1, Segment = (uint)segment, LogOffset = offset };
        var batch = new List<Observation>(ObservationsPerBatch);
        snapshot.Batches.Add(ObservationBatchCodec.Encode([], [.. image.Tombstones], [.. image.Pins]));
        snapshot.Batches.AddRange(image.Folds.Select(fold => ObservationBatchCodec.Encode([], folds: [fold])));
        foreach (var observation in image.Observations)
        {
            batch.Add(observation);
            if (batch.Count == ObservationsPerBatch)
            {
                snapshot.Batches.Add(ObservationBatchCodec.Encode(batch));
                batch.Clear();
            }
        }

        if (batch.Count > 0)
        {
            snapshot.Batches.Add(ObservationBatchCodec.Encode(batch));
        }

        return snapshot;
    }
}
