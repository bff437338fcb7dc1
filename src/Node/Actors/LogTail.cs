using FailureHistory.Core.Ring;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Actors;

/// <summary>
/// The bookkeeping of snapshots and clean-up (DESIGN D2): which part of the log each segment still needs. The next snapshot is always that of
/// the segment that holds the log back most, paced so that snapshot bytes stay below log bytes.
/// </summary>
internal sealed class LogTail
{
    private readonly long[] firstNeeded = new long[Segments.Count]; // the first row applied since the snapshot; 0 for none
    private readonly long[] lastApplied = new long[Segments.Count];
    private readonly long[] snapshotOffset = new long[Segments.Count];
    private readonly Queue<(long Offset, long BytesBefore)> rows = new();
    private long logged;
    private long budget;
    private long lastOffset;
    private int? snapshotting;

    /// <summary>A tail for segments whose snapshots hold the log up to these offsets.</summary>
    public LogTail(IReadOnlyList<long> snapshotOffsets)
    {
        for (var i = 0; i < Segments.Count; i++)
        {
            snapshotOffset[i] = snapshotOffsets[i];
        }
    }

    /// <summary>Rows up to here were deleted, as far as is known.</summary>
    public long DeletedUpTo { get; set; }

    /// <summary>A row was written or replayed.</summary>
    public void Logged(long offset, long bytes)
    {
        rows.Enqueue((offset, logged));
        logged += bytes;
        budget += bytes;
        lastOffset = offset;
        if (DeletedUpTo == 0)
        {
            DeletedUpTo = offset - 1; // the first row there is: nothing lies before it
        }
    }

    /// <summary>A row holds something of the segment.</summary>
    public void Dirtied(int segment, long offset)
    {
        if (offset <= snapshotOffset[segment])
        {
            return;
        }

        lastApplied[segment] = offset;
        if (firstNeeded[segment] == 0)
        {
            firstNeeded[segment] = offset;
        }
    }

    /// <summary>The segment to snapshot now, if the log behind it is over <paramref name="limit"/> bytes; null for none.</summary>
    public int? NextSnapshot(long limit)
    {
        if (snapshotting is not null || budget <= 0)
        {
            return null;
        }

        var oldest = Oldest();
        if (oldest is not { } segment || logged - BytesBefore(firstNeeded[segment]) < limit)
        {
            return null;
        }

        snapshotting = segment;
        return segment;
    }

    /// <summary>A snapshot was written, or failed.</summary>
    public void SnapshotTaken(SnapshotTaken taken)
    {
        snapshotting = null;
        if (taken.Bytes is not { } bytes)
        {
            budget = 0; // wait for as much log again before the next try
            return;
        }

        budget -= bytes;
        snapshotOffset[taken.Segment] = taken.Offset;
        firstNeeded[taken.Segment] = lastApplied[taken.Segment] > taken.Offset ? taken.Offset + 1 : 0;
    }

    /// <summary>Up to where a segment's newest snapshot holds the log.</summary>
    public long SnapshotOffsetOf(int segment) => snapshotOffset[segment];

    /// <summary>Whether a segment's snapshot is under way.</summary>
    public bool IsSnapshotting(int segment) => snapshotting == segment;

    /// <summary>The log was started (again): an answer about a snapshot under way may have been lost meanwhile and is not waited for.</summary>
    public void LogRestarted() => snapshotting = null;

    /// <summary>The last row that no segment needs any more.</summary>
    public long DeletableUpTo() => Oldest() is { } segment ? firstNeeded[segment] - 1 : lastOffset;

    private int? Oldest()
    {
        int? oldest = null;
        for (var i = 0; i < firstNeeded.Length; i++)
        {
            if (firstNeeded[i] > 0 && (oldest is null || firstNeeded[i] < firstNeeded[oldest.Value]))
            {
                oldest = i;
            }
        }

        return oldest;
    }

    private long BytesBefore(long offset)
    {
        while (rows.Count > 1 && rows.Peek().Offset < offset)
        {
            rows.Dequeue();
        }

        return rows.Peek().BytesBefore;
    }
}
