using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;

namespace FailureHistory.Simulator.Members;

/// <summary>One row of a member's log.</summary>
internal sealed record LogRow(long Offset, Stamp Reserved, IReadOnlyList<Batch> Batches);

/// <summary>
/// What survives a crash: rows that were synced, the snapshots, and the small files, each whole or not there. What was still being written is lost with
/// the process, or is there without anybody having been told.
/// </summary>
internal sealed class SimDisk
{
    public List<LogRow> Rows { get; } = [];

    public Dictionary<int, (long Offset, Batch Contents)> Snapshots { get; } = [];

    public RingState Ring { get; set; } = RingState.Empty;

    public (long Version, HashSet<int> Segments) Counting { get; set; } = (0, []);

    /// <summary>The number that the next row gets; goes on through lost logs.</summary>
    public long NextOffset { get; set; } = 1;

    /// <summary>No stamp above it was given, noted beside the log (the file <c>log-mark</c>).</summary>
    public Stamp Bound { get; set; } = Stamp.Zero;

    /// <summary>For the checks: keys and stamps of the observations that a synced row holds, or held before it was lost.</summary>
    public HashSet<(ObservationKey Key, Stamp ReceivedAt)> Synced { get; } = [];

    /// <summary>The log and its snapshots are gone; the small files beside them are not.</summary>
    public void LoseLog()
    {
        Rows.Clear();
        Snapshots.Clear();
    }

    /// <summary>The segments whose copies counted, as far as that is still true under this ring.</summary>
    public HashSet<int> ReadCounting(RingView? ring, MemberId self)
    {
        if (ring is null)
        {
            return [];
        }

        var segments = new HashSet<int>(Counting.Segments);
        if (Counting.Version == ring.Version - 1)
        {
            segments.IntersectWith(ring.Previous?.SegmentsOf(self) ?? []);
            return segments;
        }

        return Counting.Version == ring.Version ? segments : [];
    }
}
