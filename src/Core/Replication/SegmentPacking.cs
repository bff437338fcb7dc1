using System.Buffers.Binary;
using FailureHistory.Core.History;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Replication;

/// <summary>
/// The observations of a segment's copy as bytes, as they are packed in memory: what a snapshot holds (DESIGN D2). Records are copied and not decoded, but for the few
/// that are copies for or from another history. Frozen: docs/WIRE.md says what is where, and golden bytes are in the tests.
/// </summary>
public static class SegmentPacking
{
    /// <summary>The layout, of records too, that is written.</summary>
    public const byte Layout = 1;

    private const int HashBytes = sizeof(ulong);
    private const int MostOfANode = 48; // beside its records

    /// <summary>The observations of an image.</summary>
    public static byte[] Pack(SegmentImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var target = new PackedWriter(image.Views.Sum(view => view.Bytes + MostOfANode));
        target.Byte(Layout);
        target.Number((ulong)image.Gone);
        image.Words.WriteTo(target);
        target.Number(image.Views.Count);
        foreach (var view in image.Views)
        {
            view.WriteTo(target);
        }

        target.UInt64(ContentHash.Of(target.Written));
        return target.Written.ToArray();
    }

    /// <summary>Reads what <see cref="Pack"/> wrote into a machine without observations; gives the latest <c>receivedAt</c> among them.</summary>
    /// <exception cref="FormatException">The bytes are damaged, or of a later layout; the message says which.</exception>
    internal static Stamp Read(ReadOnlySpan<byte> packed, Vocabulary vocabulary, Action<NodeLog, IReadOnlyList<Observation>> add, out long gone)
    {
        if (packed.Length <= HashBytes || ContentHash.Of(packed[..^HashBytes]) != BinaryPrimitives.ReadUInt64LittleEndian(packed[^HashBytes..]))
        {
            throw new FormatException($"{packed.Length} bytes of packed observations are damaged: their hash is not the one at their end");
        }

        var reader = new PackedReader(packed[..^HashBytes], 0);
        if (reader.Byte() is var layout && layout != Layout)
        {
            throw new FormatException($"packed observations have layout {layout}; this version reads {Layout}: a newer member wrote them, upgrade this one");
        }

        gone = (long)reader.Number();
        vocabulary.ReadFrom(ref reader);
        var latest = Stamp.Zero;
        for (var nodes = reader.Int(); nodes > 0; nodes--)
        {
            var log = NodeLog.Read(ref reader, vocabulary, out var copies, out var received);
            latest = received > latest ? received : latest;
            add(log, copies);
        }

        return latest;
    }
}
