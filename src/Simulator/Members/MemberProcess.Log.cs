using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;

namespace FailureHistory.Simulator.Members;

/// <summary>The log (MemberLog) and what a copy does with a written row (SegmentActor): one write in flight, snapshots, old rows deleted.</summary>
internal sealed partial class MemberProcess
{
    private const int SnapshotEveryRows = 25;
    private static readonly TimeSpan BoundAhead = TimeSpan.FromSeconds(6);

    private readonly Queue<Pending> waiting = new();
    private readonly Dictionary<int, long> snapshotOffsets = [];
    private List<Pending> writing = [];
    private LogRow? inFlight;
    private Stamp reserved;
    private int rowsSinceSnapshot;

    /// <summary>The process ends. What was being written is on the disk, or is not.</summary>
    public void Crashed()
    {
        if (inFlight is { } row && world.Random.Chance(0.5))
        {
            Sync(row);
        }
    }

    private void ReadDisk()
    {
        var lost = host.LogWasLost ? disk.Bound : Stamp.Zero;
        reserved = disk.Rows.Count > 0 ? disk.Rows[^1].Reserved : lost;
        clock = decisions.ClockAtStart(reserved > lost ? reserved : lost);
        foreach (var copy in copies.Values)
        {
            if (disk.Snapshots.TryGetValue(copy.Segment, out var snapshot))
            {
                Apply(copy, snapshot.Contents);
                copy.Offset = snapshotOffsets[copy.Segment] = snapshot.Offset;
            }
        }

        foreach (var row in disk.Rows)
        {
            foreach (var batch in row.Batches)
            {
                foreach (var (segment, part, _) in Parts(batch))
                {
                    if (CopyOf(segment) is { } copy && row.Offset > snapshotOffsets.GetValueOrDefault(segment))
                    {
                        Apply(copy, part);
                        copy.Offset = row.Offset;
                    }
                }
            }
        }
    }

    private void OnWriteBatch(WriteBatch write, Action<Message> reply)
    {
        if (write.Highest > Wall + TimeSpan.FromMinutes(5))
        {
            return;
        }

        clock.Observe(write.Highest);
        var pending = new Pending(write.Batch, null, (duplicates, removed) => reply(new BatchWritten(write.Id, Id, Ring?.Version ?? 0, duplicates, removed, Now)));
        if (!decisions.AcknowledgesOnceSynced)
        {
            pending.Done([], []);
            pending = pending with { Done = (_, _) => { } };
        }

        Enqueue(pending);
    }

    private void Enqueue(Pending pending)
    {
        waiting.Enqueue(pending);
        if (inFlight is null)
        {
            WriteNext();
        }
    }

    private void WriteNext()
    {
        if (waiting.Count == 0)
        {
            return;
        }

        writing = [.. waiting];
        waiting.Clear();
        foreach (var reserve in writing.Select(w => w.Reserve).OfType<Stamp>())
        {
            reserved = reserve > reserved ? reserve : reserved;
        }

        inFlight = new LogRow(disk.NextOffset++, reserved, [.. writing.Select(w => w.Batch).OfType<Batch>()]);
        After(world.Random.Chance(0.02) ? world.Random.Milliseconds(100, 800) : world.Random.Milliseconds(1, 6), Written);
    }

    private void Written()
    {
        var row = inFlight!;
        var done = writing;
        (inFlight, writing) = (null, []);
        Sync(row);
        clock.Reserve(reserved);
        foreach (var pending in done)
        {
            List<int> duplicates = [], removed = [];
            foreach (var (segment, part, places) in pending.Batch is { } batch ? Parts(batch) : [])
            {
                if (CopyOf(segment) is { } copy)
                {
                    Apply(copy, part, places, duplicates, removed);
                    copy.Offset = row.Offset;
                }
            }

            pending.Done(duplicates, removed);
        }

        if (pendingReservations)
        {
            OnReserved();
        }

        SnapshotIfDue();
        WriteNext();
    }

    private void Sync(LogRow row)
    {
        disk.Rows.Add(row);
        disk.Bound = row.Reserved + BoundAhead is var bound && bound > disk.Bound ? bound : disk.Bound;
        foreach (var observation in world.Checks.IsOn ? row.Batches.SelectMany(b => b.Observations) : [])
        {
            disk.Synced.Add((ObservationKey.Of(observation), observation.ReceivedAt));
        }
    }

    private void Apply(SimCopy copy, Batch part, List<int>? places = null, List<int>? duplicates = null, List<int>? removed = null)
    {
        foreach (var tombstone in part.Tombstones)
        {
            copy.Machine.Apply(tombstone);
        }

        for (var i = 0; i < part.Observations.Count; i++)
        {
            clock.Observe(part.Observations[i].ReceivedAt);
            switch (copy.Machine.Apply(part.Observations[i]))
            {
                case ApplyOutcome.Duplicate:
                    duplicates?.Add(places![i]);
                    break;
                case ApplyOutcome.Removed:
                    removed?.Add(places![i]);
                    break;
            }
        }
    }

    // The segment whose snapshot is oldest holds the log back most.
    private void SnapshotIfDue()
    {
        if (++rowsSinceSnapshot < SnapshotEveryRows)
        {
            return;
        }

        rowsSinceSnapshot = 0;
        if (copies.Values.Where(c => !c.IsSnapshotting).MinBy(c => snapshotOffsets.GetValueOrDefault(c.Segment)) is { } oldest)
        {
            Snapshot(oldest);
        }
    }

    // One at a time of each copy, lest an older one come last.
    private void Snapshot(SimCopy copy)
    {
        copy.IsSnapshotting = true;
        var lastWritten = disk.NextOffset - (inFlight is null ? 1 : 2);
        var (at, contents) = (lastWritten, new Batch([.. copy.Machine.Freeze().Observations], TombstonesOf(copy)));
        After(world.Random.Milliseconds(5, 60), () =>
        {
            copy.IsSnapshotting = false;
            disk.Snapshots[copy.Segment] = (at, contents);
            snapshotOffsets[copy.Segment] = at;
            var upTo = decisions.DeletableUpTo([.. copies.Keys.Select(s => snapshotOffsets.GetValueOrDefault(s))]);
            var last = disk.Rows.Count > 0 ? disk.Rows[^1] : null;
            disk.Rows.RemoveAll(row => row.Offset <= upTo && row != last); // the last row keeps the clock's bound
        });
    }

    private List<Tombstone> TombstonesOf(SimCopy copy) =>
        [.. copy.Machine.Freeze().Tombstones.Select(t => t.Node).Distinct().SelectMany(n => decisions.TombstonesOf(copy.Machine, n))];

    private SimCopy? CopyOf(int segment) => copies.GetValueOrDefault(segment);

    private IEnumerable<(int Segment, Batch Part, List<int> Places)> Parts(Batch batch)
    {
        var bySegment = new SortedDictionary<int, (List<Observation> Observations, List<Tombstone> Tombstones, List<int> Places)>();
        (List<Observation> Observations, List<Tombstone> Tombstones, List<int> Places) Part(NodeId node)
        {
            var segment = world.SegmentOf(node);
            return bySegment.TryGetValue(segment, out var part) ? part : bySegment[segment] = ([], [], []);
        }

        for (var i = 0; i < batch.Observations.Count; i++)
        {
            var part = Part(batch.Observations[i].Node);
            part.Observations.Add(batch.Observations[i]);
            part.Places.Add(i);
        }

        foreach (var tombstone in batch.Tombstones)
        {
            Part(tombstone.Node).Tombstones.Add(tombstone);
        }

        return bySegment.Select(p => (p.Key, new Batch(p.Value.Observations, p.Value.Tombstones), p.Value.Places));
    }

    private sealed record Pending(Batch? Batch, Stamp? Reserve, Action<List<int>, List<int>> Done);
}
