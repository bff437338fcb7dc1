using FailureHistory.Core.History;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Retention;
using Google.Protobuf;

namespace FailureHistory.Messages.Wire;

/// <summary>What a batch held, in the order in which it was written.</summary>
/// <param name="Observations">The observations.</param>
/// <param name="Tombstones">The tombstones; empty for none.</param>
/// <param name="Pins">The pins; empty for none.</param>
/// <param name="Folds">The folds; empty for none.</param>
public sealed record DecodedBatch(IReadOnlyList<Observation> Observations, IReadOnlyList<Tombstone> Tombstones, IReadOnlyList<Pin> Pins,
    IReadOnlyList<Fold> Folds);

/// <summary>
/// Observations as bytes (<c>ObservationBatch</c> in observations.proto): the one form in which they travel and are logged
/// (DESIGN D4, D7); snapshots hold them packed otherwise. What is decoded equals what was encoded in every field. Pure and safe for any number of threads.
/// </summary>
public static class ObservationBatchCodec
{
    /// <summary>The layout that is written.</summary>
    public const uint Format = 1;

    /// <summary>The most bytes that a payload within a message may have, so that the message stays under <see cref="FailureHistorySerializer.MaxMessageBytes"/>.</summary>
    public const int MaxPayloadBytes = 60_000;

    /// <summary>Encodes observations, and tombstones, pins and folds if any.</summary>
    /// <exception cref="WireFormatException">A text can't be written as UTF-8, or a name is empty.</exception>
    public static ByteString Encode(
        IReadOnlyList<Observation> observations, IReadOnlyList<Tombstone>? tombstones = null, IReadOnlyList<Pin>? pins = null,
        IReadOnlyList<Fold>? folds = null)
    {
        ArgumentNullException.ThrowIfNull(observations);
        var writer = new ObservationBatchWriter(observations.Count);
        for (var i = 0; i < observations.Count; i++)
        {
            writer.Add(observations[i]);
        }

        for (var i = 0; i < (tombstones?.Count ?? 0); i++)
        {
            writer.Add(tombstones![i]);
        }

        for (var i = 0; i < (pins?.Count ?? 0); i++)
        {
            writer.Add(pins![i]);
        }

        for (var i = 0; i < (folds?.Count ?? 0); i++)
        {
            writer.Add(folds![i]);
        }

        return writer.ToPayload();
    }

    /// <summary>
    /// Encodes as many observations, from <paramref name="start"/> on, as fit into <paramref name="maxBytes"/>; always at least one, which
    /// fits when it obeys the limits of SPEC R1.1 and §2.
    /// </summary>
    /// <param name="observations">The whole list.</param>
    /// <param name="start">The index of the first to write.</param>
    /// <param name="next">The index of the first that was not written; the list's count at its end.</param>
    /// <param name="maxBytes">The most bytes of the payload.</param>
    /// <exception cref="WireFormatException">A text can't be written as UTF-8, or a name is empty.</exception>
    public static ByteString EncodePage(IReadOnlyList<Observation> observations, int start, out int next, int maxBytes = MaxPayloadBytes)
    {
        ArgumentNullException.ThrowIfNull(observations);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)start, (uint)observations.Count, nameof(start));
        var writer = new ObservationBatchWriter(Math.Min(observations.Count - start, maxBytes / 32));
        next = start;
        while (next < observations.Count && writer.TryAdd(observations[next], maxBytes))
        {
            next++;
        }

        return writer.ToPayload();
    }

    /// <summary>Reads what <see cref="Encode"/> wrote. Takes time and memory in proportion to the bytes, whatever they are.</summary>
    /// <exception cref="WireFormatException">The bytes are no batch, a corrupt one, or of a later format; the message says which and where.</exception>
    public static DecodedBatch Decode(ReadOnlySpan<byte> payload)
    {
        ObservationBatch batch;
        try
        {
            batch = ObservationBatch.Parser.ParseFrom(payload);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new WireFormatException($"batch of {payload.Length} bytes is no ObservationBatch: {e.Message}", e);
        }

        return new ObservationBatchReader(batch).Read();
    }

    /// <inheritdoc cref="Decode(ReadOnlySpan{byte})"/>
    public static DecodedBatch Decode(ByteString payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        return Decode(payload.Span);
    }
}
