using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Retention;

namespace FailureHistory.Core.Replication;

/// <summary>
/// What is stored of one node at one moment: a frozen prefix of a packed log, which any thread may read without a lock while the segment's machine
/// goes on appending (DESIGN D11).
/// </summary>
/// <remarks>
/// The machine only ever writes behind the prefix, or to new arrays; all that the prefix refers to was written before the view was made, and handing
/// over a reference publishes what was written before it.
/// </remarks>
public sealed class NodeView
{
    private readonly Vocabulary vocabulary;
    private readonly byte[] buffer;
    private readonly int length;
    private readonly int records;
    private readonly long baseTicks;
    private readonly ulong logDigest;

    internal NodeView(NodeId node, Vocabulary vocabulary, byte[] buffer, int length, int count, int records, long baseTicks, ulong logDigest, ulong marks, bool ordered, Pin? pin, Fold? fold)
    {
        Pin = pin;
        Fold = fold;
        Node = node;
        Count = count;
        Digest = logDigest + marks;
        this.logDigest = logDigest;
        Ordered = ordered;
        this.vocabulary = vocabulary;
        this.buffer = buffer;
        this.length = length;
        this.records = records;
        this.baseTicks = baseTicks;
    }

    /// <summary>The node, or the index entry of an address.</summary>
    public NodeId Node { get; }

    /// <summary>How many observations are stored, at least 1.</summary>
    public int Count { get; }

    /// <summary>The bytes that the packed observations take, without the values shared within the segment.</summary>
    public long Bytes => length;

    /// <summary>The pin of the node, or its end; null where it was never pinned.</summary>
    public Pin? Pin { get; }

    /// <summary>What is left of the history before a horizon, or null.</summary>
    public Fold? Fold { get; }

    /// <summary>The sum, modulo 2^64, of the digests of the observations and of the node's tombstones, pin and fold: equal where the contents are equal (R9.5).</summary>
    public ulong Digest { get; }

    /// <summary>
    /// Whether the observations arrived, and so are decoded, in order of time (R4.5): then nobody needs to sort them. May be false although they are
    /// in order.
    /// </summary>
    public bool Ordered { get; }

    /// <summary>What readings of the node rest on.</summary>
    public NodeObservations ToSource() => new(Node, Decode(), Pin, Fold);

    /// <summary>The observations, in the order in which they arrived.</summary>
    public List<Observation> Decode()
    {
        var observations = new List<Observation>(Count);
        DecodeTo(observations);
        return observations;
    }

    /// <summary>Adds the observations, in the order in which they arrived, to a list.</summary>
    public void DecodeTo(ICollection<Observation> target)
    {
        var replaced = records == Count ? null : Replaced();
        for (var reader = new PackedReader(buffer.AsSpan(0, length), 0); reader.Position < length;)
        {
            var size = reader.Int();
            var start = reader.Position;
            if (replaced is null || !replaced.Contains(start))
            {
                target.Add(Record.Read(buffer, start, Node, vocabulary, baseTicks));
            }

            reader.Position = start + size;
        }
    }

    /// <summary>Writes it as it is (<see cref="SegmentPacking"/>): id, digest of the observations, how many, 1 where they are in order of time, what stamps are counted from, and the records behind their length.</summary>
    internal void WriteTo(PackedWriter target)
    {
        target.Id(Node);
        target.UInt64(logDigest);
        target.Number(Count);
        target.Byte(Ordered ? (byte)1 : (byte)0);
        target.Difference(baseTicks);
        target.Number(length);
        target.Bytes(buffer.AsSpan(0, length));
    }

    private HashSet<int> Replaced()
    {
        var starts = new HashSet<int>(records - Count);
        for (var reader = new PackedReader(buffer.AsSpan(0, length), 0); reader.Position < length;)
        {
            var size = reader.Int();
            var superseded = Record.Superseded(buffer, reader.Position);
            if (superseded >= 0)
            {
                starts.Add(superseded);
            }

            reader.Position += size;
        }

        return starts;
    }
}
