using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Retention;
using FailureHistory.Core.Time;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Actors;
using FailureHistory.Node.Tests.Wire;
using Google.Protobuf;
using Xunit;

namespace FailureHistory.Node.Tests.Actors;

/// <summary>A snapshot gives back the copy that it was made of, in either format, and says what is wrong where it can't (D14).</summary>
[Trait("Rule", "D14")]
public sealed class SnapshotCodecTests
{
    private static readonly TimeSpan Settle = TimeSpan.FromMinutes(1);

    [Fact]
    public void What_was_encoded_comes_back_marks_and_all()
    {
        var machine = Made();
        var snapshot = SegmentSnapshot.Parser.ParseFrom(SnapshotCodec.Encode(3, 42, machine.Freeze()).ToByteArray());
        Assert.Equal((2u, 3u, 42L), (snapshot.Format, snapshot.Segment, snapshot.LogOffset));
        AssertSame(machine, Decoded(snapshot, out var latest));
        Assert.Equal(machine.Freeze().Observations.Max(o => o.ReceivedAt), latest);
    }

    [Fact]
    public void Snapshots_of_format_1_are_read()
    {
        var machine = Made();
        var image = machine.Freeze();
        var observations = image.Observations.ToList();
        var snapshot = new SegmentSnapshot
        {
            Format = 1,
            Segment = 3,
            Batches = { ObservationBatchCodec.Encode([], [.. image.Tombstones], [.. image.Pins]), ObservationBatchCodec.Encode([.. observations.Take(500)]), ObservationBatchCodec.Encode([.. observations.Skip(500)]) },
        };
        AssertSame(machine, Decoded(snapshot, out var latest));
        Assert.Equal(observations.Max(o => o.ReceivedAt), latest);
    }

    [Fact]
    public void An_empty_copy_comes_back_empty() =>
        Assert.Equal(0, Decoded(SnapshotCodec.Encode(3, 1, new SegmentMachine(3, Settle).Freeze()), out _).ObservationCount);

    [Fact]
    public void What_is_damaged_or_newer_is_refused_with_words()
    {
        var snapshot = SnapshotCodec.Encode(3, 42, Made().Freeze());
        var bytes = snapshot.Packed.ToByteArray();
        bytes[bytes.Length / 2] ^= 1;
        Assert.Contains("damaged", Refused(new SegmentSnapshot(snapshot) { Packed = ByteString.CopyFrom(bytes) }), StringComparison.Ordinal);
        Assert.Contains("format 3", Refused(new SegmentSnapshot(snapshot) { Format = 3 }), StringComparison.Ordinal);
    }

    private static SegmentMachine Made()
    {
        var machine = new SegmentMachine(3, Settle);
        foreach (var observation in RandomObservations.Fleet(1_000, seed: 4))
        {
            machine.Apply(observation);
        }

        var nodes = machine.Freeze().Views.Select(v => v.Node).Order().ToList();
        machine.Apply(new Tombstone(nodes[0], null, [], new Stamp(long.MaxValue / 2)));
        machine.Apply(new Pin(nodes[1], new Stamp(7), true, "kept", "test"));
        return machine;
    }

    private static SegmentMachine Decoded(SegmentSnapshot snapshot, out Stamp latest)
    {
        var machine = new SegmentMachine(3, Settle);
        latest = SnapshotCodec.Decode(snapshot, machine);
        return machine;
    }

    private static string Refused(SegmentSnapshot snapshot) =>
        Assert.Throws<WireFormatException>(() => SnapshotCodec.Decode(snapshot, new SegmentMachine(3, Settle))).Message;

    private static void AssertSame(SegmentMachine expected, SegmentMachine actual)
    {
        Assert.True(expected.ObservationCount > 900, $"{expected.ObservationCount} observations");
        Assert.Equal((expected.Digest, expected.ObservationCount, expected.NodeCount), (actual.Digest, actual.ObservationCount, actual.NodeCount));
        Assert.Equal(expected.Freeze().Observations.OrderBy(ObservationHash.Digest), actual.Freeze().Observations.OrderBy(ObservationHash.Digest));
        Assert.Equal(expected.Freeze().Tombstones, actual.Freeze().Tombstones);
        Assert.Equal(expected.Freeze().Pins, actual.Freeze().Pins);
    }
}
