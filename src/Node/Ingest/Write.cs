using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Retention;
using FailureHistory.Core.Ring;
using Google.Protobuf;

namespace FailureHistory.Node.Ingest;

/// <summary>
/// One thing to be made durable by a majority: a batch of a reporter, tombstones, or copies passed on. It is over when every item is durable
/// or its time is up.
/// </summary>
internal sealed class Write(IReadOnlyList<WriteItem> items, TimeSpan timeout, TimeProvider time, Action<Write> ended)
{
    private readonly long start = time.GetTimestamp();
    private int left = items.Count;

    public IReadOnlyList<WriteItem> Items { get; } = items;

    public bool IsOver { get; private set; }

    /// <summary>Messages of this write that wait for a majority.</summary>
    public int Chunks { get; set; }

    public bool IsLate => time.GetElapsedTime(start) > timeout;

    /// <summary>All items are durable.</summary>
    public bool IsDurable => left == 0;

    public void Durable(WriteItem item)
    {
        if (!item.IsDurable)
        {
            item.IsDurable = true;
            left--;
        }
    }

    public void End()
    {
        if (!IsOver)
        {
            IsOver = true;
            ended(this);
        }
    }
}

/// <summary>An observation, a tombstone or a pin, to store at the replicas of its node.</summary>
/// <param name="node">Whose replicas.</param>
/// <param name="observation">The observation, or null.</param>
/// <param name="tombstone">The tombstone, or null.</param>
/// <param name="index">The place in the reporter's batch.</param>
/// <param name="isCopy">Whether it is a copy for the address's index (R1.5), which says nothing of being a duplicate.</param>
internal sealed class WriteItem(NodeId node, Observation? observation, Tombstone? tombstone, int index, bool isCopy)
{
    public NodeId Node { get; } = node;

    public Observation? Observation { get; } = observation;

    public Tombstone? Tombstone { get; } = tombstone;

    public int Index { get; } = index;

    public bool IsCopy { get; } = isCopy;

    /// <summary>A pin to store instead, or null.</summary>
    public Pin? Pin { get; init; }

    /// <summary>A fold to store instead, or null.</summary>
    public Fold? Fold { get; init; }

    /// <summary>Whether it is from before the horizon of a fold, so that the replicas did not store it.</summary>
    public bool IsFolded { get; set; }

    /// <summary>Whether it keeps the stamps that it was stored with before.</summary>
    public bool IsRestored { get; init; }

    public bool IsDurable { get; set; }

    public bool IsDuplicate { get; set; }

    /// <summary>Whether a tombstone covers it, so that the replicas did not store it.</summary>
    public bool IsRemoved { get; set; }
}

/// <summary>Items of one write that go to the same replica set in one message.</summary>
internal sealed class WriteChunk(long id, Write write, IReadOnlyList<WriteItem> items, ByteString payload, IReadOnlyList<MemberId> replicas, RingView ring, long sentAt)
{
    public long Id { get; } = id;

    public Write Write { get; } = write;

    public IReadOnlyList<WriteItem> Items { get; } = items;

    public ByteString Payload { get; } = payload;

    public RingView Ring { get; } = ring;

    public WriteVotes Votes { get; } = new(replicas, ring);

    public long Began { get; } = sentAt;

    public long SentAt { get; set; } = sentAt;

    /// <summary>Whether a replica stored it under a version before the one that it was sent under: its answer does not count (R9.9).</summary>
    public bool SomeAreBehind { get; set; }
}
