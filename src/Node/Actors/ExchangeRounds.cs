using FailureHistory.Core.Ring;

namespace FailureHistory.Node.Actors;

/// <summary>
/// Which of this member's segments are compared next (R9.3, R9.5). Rounds are made due by the segments' stewards, one holder of each; the
/// others notice that it compares with them. A segment that nobody compared for two intervals has no steward for the moment (members come and go,
/// sharding moves it), so each holder that finds this out compares it itself, then every interval until a steward is back. Where pulls of a round
/// changed the copy that began it, the copy has what the others lack: it is compared once more, and again if it changed again, so that all are equal after one round.
/// </summary>
internal sealed class ExchangeRounds
{
    private const int Rechecks = 2;
    private static readonly TimeSpan RepairAtMostEvery = TimeSpan.FromSeconds(1);

    private readonly TimeSpan interval;
    private readonly TimeProvider time;
    private readonly long[] compared = new long[Segments.Count];
    private readonly TimeSpan[] patience = new TimeSpan[Segments.Count];
    private readonly int[] rechecks = new int[Segments.Count];
    private readonly SortedSet<int> due = [];
    private readonly HashSet<int> again = [];

    public ExchangeRounds(TimeSpan interval, TimeProvider time)
    {
        this.interval = interval;
        this.time = time;
        for (var segment = 0; segment < Segments.Count; segment++)
        {
            Noted(segment);
        }
    }

    /// <summary>The segment's steward asks for a round.</summary>
    public void Due(int segment) => due.Add(segment);

    /// <summary>Somebody read of copies that differ (R6.5): a round, unless there has just been one.</summary>
    public void Repair(int segment)
    {
        if (time.GetElapsedTime(compared[segment]) > RepairAtMostEvery)
        {
            due.Add(segment);
        }
    }

    /// <summary>Another holder compares the segment in a round of its own.</summary>
    public void Noted(int segment)
    {
        compared[segment] = time.GetTimestamp();
        patience[segment] = interval * 2;
    }

    /// <summary>All pulls of the segment have ended, and the copy was changed by them.</summary>
    public void Changed(int segment)
    {
        if (rechecks[segment] > 0)
        {
            rechecks[segment]--;
            again.Add(segment);
        }
    }

    /// <summary>The segments to compare now, of those that this member holds and has read from its disk, ascending.</summary>
    public IReadOnlyList<int> Take(Func<int, bool> holds)
    {
        for (var segment = 0; segment < Segments.Count; segment++)
        {
            if (!holds(segment))
            {
                Noted(segment); // of one that is gained, or read, the patience begins anew
                due.Remove(segment);
                again.Remove(segment);
            }
            else if (due.Contains(segment))
            {
                Noted(segment);
                rechecks[segment] = Rechecks;
            }
            else if (time.GetElapsedTime(compared[segment]) >= patience[segment])
            {
                due.Add(segment);
                compared[segment] = time.GetTimestamp();
                patience[segment] = interval;
                rechecks[segment] = Rechecks;
            }
        }

        if (due.Count == 0 && again.Count == 0)
        {
            return [];
        }

        int[] taken = [.. due.Union(again).Order()];
        due.Clear();
        again.Clear();
        return taken;
    }
}
