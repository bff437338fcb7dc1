using FailureHistory.Messages.Wire;
using Google.Protobuf;

namespace FailureHistory.Node.Ingest;

/// <summary>Cuts items into payloads that fit a message (DESIGN D7). The places in a payload are those of the chunk's items.</summary>
internal static class Payloads
{
    public static IEnumerable<(ByteString Payload, IReadOnlyList<WriteItem> Items)> Of(IReadOnlyList<WriteItem> items, int maxBytes)
    {
        var writer = new ObservationBatchWriter();
        var taken = new List<WriteItem>();
        foreach (var item in items)
        {
            if (item.Observation is not { } observation)
            {
                // Tombstones, pins and folds are rare and have no place among the observations: one payload each.
                yield return (ObservationBatchCodec.Encode([], item.Tombstone is { } tombstone ? [tombstone] : [], item.Pin is { } pin ? [pin] : [], item.Fold is { } fold ? [fold] : []), [item]);
                continue;
            }

            if (!writer.TryAdd(observation, maxBytes))
            {
                yield return (writer.ToPayload(), taken);
                writer = new ObservationBatchWriter();
                taken = [];
                writer.Add(observation);
            }

            taken.Add(item);
        }

        if (taken.Count > 0)
        {
            yield return (writer.ToPayload(), taken);
        }
    }
}
