using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;
using FailureHistory.Messages.Wire;
using Google.Protobuf;

namespace FailureHistory.Node.Actors;

/// <summary>A segment's copy as one snapshot row, and back. The observations go as they are packed in memory; format 1 had them in batches, and is still read.</summary>
internal static class SnapshotCodec
{
    private const uint Packed = 2;

    // What builds that know format 1 alone read of a snapshot of format 2: "a newer member wrote it, upgrade this one".
    private static readonly ByteString ForEarlierBuilds = new ObservationBatch { Format = ObservationBatchCodec.Format + 1 }.ToByteString();

    public static SegmentSnapshot Encode(int segment, long offset, SegmentImage image)
    {
        var snapshot = new SegmentSnapshot { Format = Packed, Segment = (uint)segment, LogOffset = offset, Packed = UnsafeByteOperations.UnsafeWrap(SegmentPacking.Pack(image)) };
        snapshot.Batches.Add(ForEarlierBuilds);
        snapshot.Marks.Add(ObservationBatchCodec.Encode([], [.. image.Tombstones], [.. image.Pins]));
        snapshot.Marks.AddRange(image.Folds.Select(fold => ObservationBatchCodec.Encode([], folds: [fold])));
        return snapshot;
    }

    /// <summary>Fills an empty machine; gives the latest <c>receivedAt</c>.</summary>
    /// <exception cref="WireFormatException">The snapshot is damaged, or a newer member wrote it; the message says which.</exception>
    public static Stamp Decode(SegmentSnapshot snapshot, SegmentMachine machine)
    {
        if (snapshot.Format is 0 or > Packed)
        {
            throw new WireFormatException($"snapshot has format {snapshot.Format}; this version reads 1 to {Packed}: a newer member wrote it, upgrade this one");
        }

        var latest = Stamp.Zero;
        if (snapshot.Format == Packed)
        {
            try
            {
                latest = machine.Load(snapshot.Packed.Span);
            }
            catch (Exception e) when (e is FormatException or ArgumentException or IndexOutOfRangeException)
            {
                throw new WireFormatException($"corrupt snapshot: {e.Message}", e);
            }
        }

        foreach (var bytes in snapshot.Format == Packed ? snapshot.Marks : snapshot.Batches)
        {
            var received = Apply(ObservationBatchCodec.Decode(bytes), machine);
            latest = received > latest ? received : latest;
        }

        return latest;
    }

    private static Stamp Apply(DecodedBatch batch, SegmentMachine machine)
    {
        foreach (var tombstone in batch.Tombstones)
        {
            machine.Apply(tombstone);
        }

        foreach (var pin in batch.Pins)
        {
            machine.Apply(pin);
        }

        foreach (var fold in batch.Folds)
        {
            machine.Apply(fold);
        }

        var latest = Stamp.Zero;
        foreach (var observation in batch.Observations)
        {
            machine.Apply(observation);
            latest = observation.ReceivedAt > latest ? observation.ReceivedAt : latest;
        }

        return latest;
    }
}
