using System.Runtime.InteropServices;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;

namespace FailureHistory.Core.Replication;

/// <summary>
/// What R2.5 stores with an observation; few combinations occur, so it is kept once and named by its place. Equal by bits, so that every double
/// survives.
/// </summary>
internal readonly record struct Weight(long AccuracyBits, bool Explicit, long TotalBits)
{
    public static Weight Of(Observation observation) =>
        new(BitConverter.DoubleToInt64Bits(observation.Accuracy), observation.Explicit, BitConverter.DoubleToInt64Bits(observation.Total));
}

/// <summary>
/// The values that a segment's records share: detectors, names and reasons; addresses; labels; weights; origins. Append-only and readable by any
/// thread, see <see cref="InternTable{T}"/>. When much of what used it is gone, the machine starts another one and writes its records anew.
/// </summary>
internal sealed class Vocabulary
{
    private const int StringOverhead = 24;

    // A reason is worth a place once it comes a second time; unique ones (a counter, a log line) stay in their records and leave with them.
    private readonly ulong[] recentReasons = new ulong[256];

    // One detector says most of what comes, and with one weight: looked at before the tables are.
    private (string? Text, int Place) lastDetector = (null, -1);
    private (Weight Weight, int Place) lastWeight = (default, -1);

    public InternTable<string> Texts { get; } = new(StringComparer.Ordinal);

    public InternTable<HardwareAddress> Addresses { get; } = new(ExactText.Instance);

    public InternTable<Labels> LabelSets { get; } = new(EqualityComparer<Labels>.Default);

    public InternTable<Weight> Weights { get; } = new(EqualityComparer<Weight>.Default);

    public InternTable<NodeId> Origins { get; } = new(EqualityComparer<NodeId>.Default);

    private long ItemBytes { get; set; }

    /// <summary>About the bytes of the tables and of all they refer to.</summary>
    public long Bytes => Texts.Bytes + Addresses.Bytes + LabelSets.Bytes + Weights.Bytes + Origins.Bytes + (recentReasons.Length * 8) + ItemBytes;

    public int Text(string text)
    {
        var place = Texts.Find(text);
        if (place < 0)
        {
            place = Texts.PlaceOf(text);
            ItemBytes += SizeOf(text);
        }

        return place;
    }

    /// <summary>The place of a detector, or -1 where there is none and <paramref name="add"/> is false.</summary>
    public int Detector(string detector, bool add)
    {
        if (lastDetector.Text == detector)
        {
            return lastDetector.Place;
        }

        var place = add ? Text(detector) : Texts.Find(detector);
        if (place >= 0)
        {
            lastDetector = (detector, place);
        }

        return place;
    }

    /// <summary>The place of what R2.5 stores with an observation.</summary>
    public int WeightOf(Observation observation)
    {
        var weight = Weight.Of(observation);
        if (lastWeight.Place < 0 || lastWeight.Weight != weight)
        {
            lastWeight = (weight, Weights.PlaceOf(weight));
        }

        return lastWeight.Place;
    }

    /// <summary>The place of a reason, or -1 when it should be written into its record.</summary>
    /// <param name="reason">The text.</param>
    /// <param name="again">Whether it is only a record that is written anew: then the reason has not come once more.</param>
    public int Reason(string reason, bool again)
    {
        var place = Texts.Find(reason);
        if (place >= 0 || again)
        {
            return place;
        }

        var hash = ContentHash.Of(MemoryMarshal.AsBytes(reason.AsSpan()));
        ref var recent = ref recentReasons[hash % (uint)recentReasons.Length];
        if (recent == hash)
        {
            return Text(reason);
        }

        recent = hash;
        return -1;
    }

    public int Address(HardwareAddress address)
    {
        var place = Addresses.Find(address);
        if (place < 0)
        {
            place = Addresses.PlaceOf(address);
            ItemBytes += 32 + (2 * SizeOf(address.Text));
        }

        return place;
    }

    public int LabelSet(Labels labels)
    {
        var place = LabelSets.Find(labels);
        if (place < 0)
        {
            place = LabelSets.PlaceOf(labels);
            ItemBytes += 48 + labels.Sum(pair => 16 + SizeOf(pair.Key) + SizeOf(pair.Value));
        }

        return place;
    }

    /// <summary>Takes in the values of a vocabulary that was written (<see cref="VocabularyImage"/>), each at the place that it had.</summary>
    public void ReadFrom(ref PackedReader reader)
    {
        for (var count = reader.Int(); count > 0; count--)
        {
            Text(reader.Text());
        }

        for (var count = reader.Int(); count > 0; count--)
        {
            Address(HardwareAddress.Parse(reader.Text()) ?? throw new FormatException("a hardware address among packed observations is empty or a placeholder"));
        }

        for (var count = reader.Int(); count > 0; count--)
        {
            var pairs = new KeyValuePair<string, string>[reader.Int()];
            for (var i = 0; i < pairs.Length; i++)
            {
                pairs[i] = new(reader.Text(), reader.Text());
            }

            LabelSet(Labels.From(pairs));
        }

        for (var count = reader.Int(); count > 0; count--)
        {
            var (accuracy, total) = ((long)reader.UInt64(), (long)reader.UInt64());
            Weights.PlaceOf(new Weight(accuracy, reader.Byte() != 0, total));
        }

        for (var count = reader.Int(); count > 0; count--)
        {
            Origins.PlaceOf(reader.Id());
        }
    }

    private static long SizeOf(string text) => StringOverhead + (2 * text.Length);

    // Addresses are equal whatever their case; a record must give back the very text that came.
    private sealed class ExactText : IEqualityComparer<HardwareAddress>
    {
        public static ExactText Instance { get; } = new();

        public bool Equals(HardwareAddress? x, HardwareAddress? y) => string.Equals(x?.Text, y?.Text, StringComparison.Ordinal);

        public int GetHashCode(HardwareAddress obj) => obj.Text.GetHashCode(StringComparison.Ordinal);
    }
}
