using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Retention;
using FailureHistory.Core.Ring;
using FailureHistory.Messages.Wire;
using Google.Protobuf;

namespace FailureHistory.Node.Ingest;

/// <summary>
/// One thing to be made durable by a majority: a batch of a reporter, tombstones, or copies passed on. It is over when every item is durable or given back,
/// or its time is up.
/// </summary>
internal sealed class Write(IReadOnlyList<WriteItem> items, TimeSpan timeout, TimeProvider time, Action<Write> ended)
{
    private readonly long start = time.GetTimestamp();
    private int unsettled = items.Count;
    private int notDurable = items.Count;

    public IReadOnlyList<WriteItem> Items { get; } = items;

    public bool IsOver { get; private set; }

    public bool IsLate => time.GetElapsedTime(start) > timeout;

    /// <summary>All items are durable.</summary>
    public bool IsDurable => notDurable == 0;

    /// <summary>All items are durable or given back.</summary>
    public bool IsSettled => unsettled == 0;

    /// <summary>A majority has the item, or it is given back.</summary>
    public void Settle(WriteItem item, bool isDurable)
    {
        if (item.IsSettled)
        {
            return;
        }

        item.IsSettled = true;
        unsettled--;
        if (isDurable)
        {
            item.IsDurable = true;
            notDurable--;
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

    /// <summary>What it belongs to, once that has begun.</summary>
    public Write? Write { get; set; }

    public bool IsDurable { get; set; }

    /// <summary>Whether it is durable, or given back.</summary>
    public bool IsSettled { get; set; }

    public bool IsDuplicate { get; set; }

    /// <summary>Whether a tombstone covers it, so that the replicas did not store it.</summary>
    public bool IsRemoved { get; set; }
}

/// <summary>Items that go to the same replica set in one message.</summary>
internal sealed class WriteChunk(long id, IReadOnlyList<WriteItem> items, ByteString payload, Lane lane, bool isApart, long sentAt)
{
    public long Id { get; } = id;

    public IReadOnlyList<WriteItem> Items { get; } = items;

    public ByteString Payload { get; } = payload;

    public Lane Lane { get; } = lane;

    /// <summary>Whether it is none of the messages that what comes next waits for.</summary>
    public bool IsApart { get; } = isApart;

    public RingView Ring => Lane.Ring;

    public WriteVotes Votes { get; } = new(lane.Replicas, lane.Ring);

    public long Began { get; } = sentAt;

    public long SentAt { get; set; } = sentAt;

    /// <summary>Whether a replica stored it under a version before the one that it was sent under: its answer does not count (R9.9).</summary>
    public bool SomeAreBehind { get; set; }
}

/// <summary>What is gathered for one replica set of a version of the ring until it is sent.</summary>
internal sealed class Lane(IReadOnlyList<MemberId> replicas, RingView ring)
{
    private ObservationBatchWriter writer = new(1);
    private List<WriteItem> items = [];

    public IReadOnlyList<MemberId> Replicas { get; } = replicas;

    public RingView Ring { get; } = ring;

    /// <summary>The items in the order in which they are in the payload.</summary>
    public IReadOnlyList<WriteItem> Items => items;

    /// <summary>About how many bytes are gathered.</summary>
    public int Bytes => items.Count == 0 ? 0 : writer.Size;

    /// <summary>What goes in messages of its own.</summary>
    public List<WriteItem> Apart { get; } = [];

    /// <summary>How many messages to the set have no majority yet.</summary>
    public int UnderWay { get; set; }

    /// <summary>Adds an item with an observation; false where there is no more room. The first always has.</summary>
    public bool TryAdd(WriteItem item, int maxBytes)
    {
        if (!writer.TryAdd(item.Observation!, maxBytes))
        {
            return false;
        }

        items.Add(item);
        return true;
    }

    /// <summary>What was gathered, as a payload; then there is room again.</summary>
    public (ByteString Payload, IReadOnlyList<WriteItem> Items) Take()
    {
        var taken = (writer.ToPayload(), items);
        (writer, items) = (new ObservationBatchWriter(items.Count), []); // the next has about as many
        return taken;
    }
}
