using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Reliability;
using FailureHistory.Core.Retention;

namespace FailureHistory.Core.Replication;

/// <summary>What names an observation once and for all, within the history that holds it (R2.4). Texts compare exactly.</summary>
/// <param name="Node">Whose history holds it.</param>
/// <param name="Origin">The node that the report was about, where this is a copy in another history (R1.5).</param>
/// <param name="Detector">Who says so, or null.</param>
/// <param name="Id">The reporter's id.</param>
public readonly record struct ObservationKey(NodeId Node, NodeId? Origin, string? Detector, string Id)
{
    /// <summary>The key of an observation.</summary>
    public static ObservationKey Of(Observation observation) =>
        new(observation.Node, observation.Origin, observation.Detector, observation.Id);
}

/// <summary>The hashes of contents that replicas compare and add up (R9.5). Frozen for ever, golden values are in the tests (DESIGN D14).</summary>
public static class ObservationHash
{
    private const byte ObservationFormat = 1;
    private const byte TombstoneFormat = 2;
    private const byte PinFormat = 3;
    private const byte FoldFormat = 4;

    /// <summary>
    /// The XXH64, seed 0, of the whole content: a byte 1, node, origin or none, name, address as given, detector, kind, at, receivedAt, reportedAt or
    /// none, id, reason, the count of the labels (32 bits) and each key and value, accuracy, explicit (0 or 1), total, signature; each as 16-byte ids
    /// (most significant first), 64-bit little-endian numbers (doubles as their bits), texts as the count of their UTF-16 code units (32 bits
    /// little-endian, -1 for none) and the units (little-endian), optional ids and stamps after a byte 1, or a byte 0 for none.
    /// </summary>
    public static ulong Digest(Observation observation)
    {
        var bytes = new CanonicalBytes();
        bytes.Byte(ObservationFormat);
        bytes.Id(observation.Node);
        bytes.Byte(observation.Origin is null ? (byte)0 : (byte)1);
        if (observation.Origin is { } origin)
        {
            bytes.Id(origin);
        }

        bytes.Text(observation.Name);
        bytes.Text(observation.Hardware?.Text);
        bytes.Text(observation.Detector);
        bytes.Byte((byte)observation.Kind);
        bytes.Int64(observation.At.Ticks);
        bytes.Int64(observation.ReceivedAt.Ticks);
        bytes.Byte(observation.ReportedAt is null ? (byte)0 : (byte)1);
        if (observation.ReportedAt is { } reportedAt)
        {
            bytes.Int64(reportedAt.Ticks);
        }

        bytes.Text(observation.Id);
        bytes.Text(observation.Reason);
        bytes.Int32(observation.Labels.Count);
        for (var i = 0; i < observation.Labels.Count; i++)
        {
            bytes.Text(observation.Labels[i].Key);
            bytes.Text(observation.Labels[i].Value);
        }

        bytes.Double(observation.Accuracy);
        bytes.Byte(observation.Explicit ? (byte)1 : (byte)0);
        bytes.Double(observation.Total);
        bytes.Text(observation.Signature);
        return bytes.Hash();
    }

    /// <summary>
    /// The XXH64, seed 0, of a tombstone in its normal form: a byte 2, node, the lower-cased address or none, the count of the stints (32 bits), each
    /// stint's from and to, and upTo; written as in <see cref="Digest(Observation)"/>.
    /// </summary>
    public static ulong Digest(Tombstone tombstone)
    {
        var normal = tombstone.Normalized();
        var bytes = new CanonicalBytes();
        bytes.Byte(TombstoneFormat);
        bytes.Id(normal.Node);
        bytes.Text(normal.Hardware?.Canonical);
        bytes.Int32(normal.Stints.Count);
        foreach (var (from, to) in normal.Stints)
        {
            bytes.Int64(from.Ticks);
            bytes.Int64(to.Ticks);
        }

        bytes.Int64(normal.UpTo.Ticks);
        return bytes.Hash();
    }

    /// <summary>
    /// The XXH64, seed 0, of a pin: a byte 3, node, at, pinned (0 or 1), reason and by; written as in <see cref="Digest(Observation)"/>.
    /// </summary>
    public static ulong Digest(Pin pin)
    {
        var bytes = new CanonicalBytes();
        bytes.Byte(PinFormat);
        bytes.Id(pin.Node);
        bytes.Int64(pin.At.Ticks);
        bytes.Byte(pin.IsPinned ? (byte)1 : (byte)0);
        bytes.Text(pin.Reason);
        bytes.Text(pin.By);
        return bytes.Hash();
    }

    /// <summary>
    /// The XXH64, seed 0, of a fold: a byte 4, node, the lower-cased address or none, horizon, receivedUpTo; a byte 1 and the sums of what is older (from,
    /// to, up, failed, planned, unknown, the count of failures as 32 bits, flapping, and a byte 1 and the last failure's from and to, or a byte 0), or a
    /// byte 0; the count of the steps (32 bits) and of each from, to, planned, and a byte 1 and the probability, or a byte 0; the count of what is kept
    /// (32 bits) and each digest; written as in <see cref="Digest(Observation)"/>.
    /// </summary>
    public static ulong Digest(Fold fold)
    {
        var bytes = new CanonicalBytes();
        bytes.Byte(FoldFormat);
        bytes.Id(fold.Node);
        bytes.Text(fold.Hardware?.Canonical);
        bytes.Int64(fold.Horizon.Ticks);
        bytes.Int64(fold.ReceivedUpTo.Ticks);
        bytes.Byte(fold.Earlier is null ? (byte)0 : (byte)1);
        if (fold.Earlier is { } earlier)
        {
            Write(ref bytes, earlier);
        }

        bytes.Int32(fold.Steps.Count);
        foreach (var step in fold.Steps)
        {
            bytes.Int64(step.From.Ticks);
            bytes.Int64(step.To?.Ticks ?? 0);
            bytes.Byte(step.Planned ? (byte)1 : (byte)0);
            bytes.Byte(step.Probability is null ? (byte)0 : (byte)1);
            if (step.Probability is { } probability)
            {
                bytes.Double(probability);
            }
        }

        bytes.Int32(fold.Kept.Count);
        foreach (var digest in fold.Kept)
        {
            bytes.Int64((long)digest);
        }

        return bytes.Hash();
    }

    private static void Write(ref CanonicalBytes bytes, ReliabilityTotals totals)
    {
        bytes.Int64(totals.From.Ticks);
        bytes.Int64(totals.To.Ticks);
        bytes.Int64(totals.Up.Ticks);
        bytes.Int64(totals.Failed.Ticks);
        bytes.Int64(totals.Planned.Ticks);
        bytes.Int64(totals.Unknown.Ticks);
        bytes.Int32(totals.Failures);
        bytes.Byte(totals.Flapping ? (byte)1 : (byte)0);
        bytes.Byte(totals.LastFailure is null ? (byte)0 : (byte)1);
        if (totals.LastFailure is { } last)
        {
            bytes.Int64(last.From.Ticks);
            bytes.Int64(last.To?.Ticks ?? 0);
        }
    }

    /// <summary>
    /// Which of two copies of one key is the one to keep: negative when <paramref name="left"/> is, 0 when they are the same. The earlier <c>at</c>
    /// wins, then the earlier <c>receivedAt</c>, then the lower digest: a total order on contents, so every replica keeps the same one (R2.4).
    /// </summary>
    public static int Precedence(Observation left, Observation right)
    {
        var order = left.At.CompareTo(right.At);
        if (order == 0)
        {
            order = left.ReceivedAt.CompareTo(right.ReceivedAt);
        }

        return order != 0 ? order : Digest(left).CompareTo(Digest(right));
    }
}
