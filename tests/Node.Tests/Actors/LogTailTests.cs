using FailureHistory.Core.Ring;
using FailureHistory.Node.Actors;
using FailureHistory.Node.Member;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Actors;

public sealed class LogTailTests(ITestOutputHelper output)
{
    [Fact]
    public void A_snapshot_is_due_when_the_log_behind_the_oldest_segment_is_over_the_limit_DESIGN_D2()
    {
        var tail = new LogTail(new long[Segments.Count]);
        Row(tail, 1, 100, 5);
        Row(tail, 2, 100, 6);
        Assert.Null(tail.NextSnapshot(300));
        Row(tail, 3, 100, 6);
        Assert.Equal(5, tail.NextSnapshot(300));
        Assert.Null(tail.NextSnapshot(300)); // one at a time
        Assert.Equal(0, tail.DeletableUpTo());

        tail.SnapshotTaken(new SnapshotTaken(5, 3, 50));
        Assert.Equal(1, tail.DeletableUpTo()); // segment 6 needs row 2
        Assert.Null(tail.NextSnapshot(300));
        Assert.Equal(6, tail.NextSnapshot(200));
        tail.SnapshotTaken(new SnapshotTaken(6, 3, 50));
        Assert.Equal(3, tail.DeletableUpTo());
    }

    [Fact]
    public void What_came_while_the_snapshot_was_encoded_is_still_needed()
    {
        var tail = new LogTail(new long[Segments.Count]);
        Row(tail, 1, 1000, 5);
        Assert.Equal(5, tail.NextSnapshot(1));
        Row(tail, 2, 10, 5);
        tail.SnapshotTaken(new SnapshotTaken(5, 1, 10));
        Assert.Equal(1, tail.DeletableUpTo());
    }

    [Fact]
    public void Snapshot_bytes_stay_below_log_bytes_and_a_failed_one_is_tried_again_after_as_much_log()
    {
        var tail = new LogTail(new long[Segments.Count]);
        Row(tail, 1, 100, 5);
        Assert.Equal(5, tail.NextSnapshot(1));
        tail.SnapshotTaken(new SnapshotTaken(5, 1, 250)); // 150 more than the log has paid for
        Row(tail, 2, 100, 5);
        Assert.Null(tail.NextSnapshot(1));
        Row(tail, 3, 51, 5);
        Assert.Equal(5, tail.NextSnapshot(1));
        tail.SnapshotTaken(new SnapshotTaken(5, 3, null));
        Assert.Null(tail.NextSnapshot(1));
        Row(tail, 4, 1, 5);
        Assert.Equal(5, tail.NextSnapshot(1));
        Assert.Equal(1, tail.DeletableUpTo());
    }

    [Fact]
    public void Rows_replayed_that_a_snapshot_holds_need_none()
    {
        var offsets = new long[Segments.Count];
        offsets[5] = 10;
        var tail = new LogTail(offsets);
        Row(tail, 9, 100, 5);
        Row(tail, 10, 100, 5);
        Assert.Null(tail.NextSnapshot(1));
        Assert.Equal(10, tail.DeletableUpTo());
        Assert.Equal(8, tail.DeletedUpTo);
    }

    [Fact]
    public void A_snapshot_whose_end_was_lost_with_a_restart_of_the_log_is_asked_for_again()
    {
        var tail = new LogTail(new long[Segments.Count]);
        Row(tail, 1, 100, 5);
        Assert.Equal(5, tail.NextSnapshot(1));
        tail.LogRestarted();
        Assert.Equal(5, tail.NextSnapshot(1));
    }

    [Fact]
    public void Nothing_deletable_is_ever_needed_by_a_segment()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var tail = new LogTail(new long[Segments.Count]);
        var needed = new Dictionary<int, List<long>>();
        var snapshots = 0;
        (int Segment, long Offset)? under = null;
        for (var offset = 1L; offset <= 3000; offset++)
        {
            var segments = Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(12)).Distinct().ToArray();
            Row(tail, offset, random.Next(20, 200), segments);
            foreach (var segment in segments)
            {
                (needed.TryGetValue(segment, out var rows) ? rows : needed[segment] = []).Add(offset);
            }

            under ??= tail.NextSnapshot(1000) is { } due ? (due, offset) : null;
            if (under is { } done && random.Next(3) == 0)
            {
                tail.SnapshotTaken(new SnapshotTaken(done.Segment, done.Offset, random.Next(10) == 0 ? null : random.Next(300)));
                var deletable = tail.DeletableUpTo();
                if (deletable >= 0)
                {
                    snapshots++;
                }

                under = null;
            }

            foreach (var (segment, rows) in needed)
            {
                rows.RemoveAll(row => tail.SnapshotOffsetOf(segment) >= row);
                Assert.True(rows.Count == 0 || rows[0] > tail.DeletableUpTo(), $"seed {seed}: segment {segment} needs row {rows.FirstOrDefault()}, up to {tail.DeletableUpTo()} is deletable");
            }
        }

        Assert.True(snapshots > 20, $"expected many snapshots; saw {snapshots}");
        Assert.True(tail.DeletableUpTo() > 1000, $"expected the log to advance; deletable up to {tail.DeletableUpTo()} of 3000");
    }

    private static void Row(LogTail tail, long offset, long bytes, params int[] segments)
    {
        tail.Logged(offset, bytes);
        foreach (var segment in segments)
        {
            tail.Dirtied(segment, offset);
        }
    }
}
