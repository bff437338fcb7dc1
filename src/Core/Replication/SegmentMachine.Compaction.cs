using FailureHistory.Core.History;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Replication;

/// <summary>How a segment's copy stays small: repeats and old tombstones go, and with them the values that only they used.</summary>
public sealed partial class SegmentMachine
{
    private const int VocabularyPatience = 4096;

    private readonly PriorityQueue<NodeLog, long> due = new();
    private List<NodeLog> touched = [];
    private Stamp horizon;

    /// <summary>
    /// Drops the middle of the runs of repeats, each once it and the repeat after it were received before <paramref name="until"/> less settle (R2.6),
    /// and tombstones and ended pins older than their lifetime by then (R9.7). A horizon before an earlier one does nothing. Looks only at nodes that
    /// have changed or have repeats that are now old enough.
    /// Changes no periods, standings, incidents, names or latest labels; replicas with equal contents that compact to the same horizon have equal
    /// contents.
    /// </summary>
    /// <returns>How many observations were dropped.</returns>
    public int CompactTo(Stamp until)
    {
        if (until < horizon)
        {
            return 0;
        }

        horizon = until;
        var before = ObservationCount;
        var cutoff = until - Settle;
        foreach (var log in LogsToLookAt(cutoff))
        {
            Compact(log, cutoff);
        }

        DropTombstonesBefore(until - Tombstone.Lifetime);
        DropEndedPinsBefore(until - Tombstone.Lifetime);
        RenewVocabulary();
        return (int)(before - ObservationCount);
    }

    private void Touch(NodeLog? log)
    {
        if (log is { Touched: false })
        {
            log.Touched = true;
            touched.Add(log);
        }
    }

    // A log that was replaced by another meanwhile has no mark any more.
    private List<NodeLog> LogsToLookAt(Stamp cutoff)
    {
        var chosen = touched;
        touched = [];
        chosen.RemoveAll(log => !log.Touched);
        while (due.TryPeek(out var log, out var at) && at < cutoff.Ticks)
        {
            due.Dequeue();
            if (log.Due == at && !log.Touched)
            {
                log.Touched = true;
                chosen.Add(log);
            }
        }

        return chosen;
    }

    private void Compact(NodeLog log, Stamp cutoff)
    {
        log.Touched = false;
        log.Due = long.MaxValue;
        if (log.Count <= 2 || !log.MayHaveRuns())
        {
            return;
        }

        var arrived = Decode(log);
        var ordered = InOrder(log, arrived);
        var (needed, next) = RepeatRuns.Of(ordered);
        var dropped = new HashSet<Observation>(ReferenceEqualityComparer.Instance);
        var nextDue = long.MaxValue;
        for (var i = 0; i < needed.Length; i++)
        {
            if (needed[i])
            {
                continue;
            }

            // The one that takes its place must be old as well: while that is young, a report may yet come that lies between the two.
            var goesAt = Math.Max(ordered[i].ReceivedAt.Ticks, ordered[next[i]].ReceivedAt.Ticks);
            if (goesAt < cutoff.Ticks)
            {
                dropped.Add(ordered[i]);
            }
            else
            {
                nextDue = Math.Min(nextDue, goesAt);
            }
        }

        if (dropped.Count > 0)
        {
            arrived.RemoveAll(dropped.Contains);
        }

        var left = dropped.Count > 0 ? Rewrite(log, arrived) : log;
        if (left is not null && nextDue != long.MaxValue)
        {
            left.Due = nextDue;
            due.Enqueue(left, nextDue);
        }
    }

    private void DropTombstonesBefore(Stamp oldest)
    {
        foreach (var (node, known) in tombstones.Where(t => t.Value.Any(x => x.UpTo < oldest)).ToList())
        {
            SetTombstones(node, [.. known.Where(t => t.UpTo >= oldest)]);
        }
    }

    // Once as much has gone as is left, the rest is written anew with only the words it uses: a constant share of the work that brought it here.
    private void RenewVocabulary()
    {
        if (gone < VocabularyPatience || gone < ObservationCount)
        {
            return;
        }

        gone = 0;
        vocabulary = new Vocabulary();
        logBytes = 0;
        var old = logs.Values.ToList();
        foreach (var log in old)
        {
            var next = Copy(log, Decode(log), again: false);
            (next.Touched, next.Due) = (log.Touched, log.Due);
            logs[log.Node] = next;
            logBytes += next.Bytes;
            if (next.Touched)
            {
                touched.Add(next);
            }

            if (next.Due != long.MaxValue)
            {
                due.Enqueue(next, next.Due);
            }

            (log.Touched, log.Due) = (false, long.MaxValue);
        }

        touched.RemoveAll(log => !log.Touched);
    }
}
