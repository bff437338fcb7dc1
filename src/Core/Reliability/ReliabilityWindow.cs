using FailureHistory.Core.Time;

namespace FailureHistory.Core.Reliability;

/// <summary>
/// How reliable a node was over a window (R7.1), a function of its periods. Time counts as up, failed, planned or unknown
/// (<see cref="TimeKind"/>); a failure is one longest stretch of failed time, whoever suspected and whatever else P did within it; it belongs to
/// the window that it begins in.
/// </summary>
/// <remarks>
/// Unknown time is neither up nor failed: to count it as up would reward a node that nobody watches. Of a failure begun before the window the
/// time within counts as failed, and it is neither a failure nor a repair of this window: so windows that follow one another add up.
/// Availability is a share of time and not MTBF / (MTBF + MTTR): the two agree only where every failure was repaired within the window.
/// </remarks>
public static class ReliabilityWindow
{
    /// <summary>So many failures begun within <see cref="FlappingSpan"/> are flapping.</summary>
    public const int FlappingFailures = 3;

    /// <summary>From the first of them, inclusive, to the last, exclusive.</summary>
    public static readonly TimeSpan FlappingSpan = TimeSpan.FromHours(1);

    /// <summary>Judges the steps of one node.</summary>
    /// <param name="steps">Its steps in order, without gaps; the last one open. None for a node without observations.</param>
    /// <param name="from">The begin of the window, inclusive.</param>
    /// <param name="to">Its end, exclusive, not before <paramref name="from"/>: now at the latest, since an open step is taken to last until then.</param>
    /// <param name="failedThreshold"><c>failed-threshold</c>, in (0, 1].</param>
    /// <param name="earlier">What was before the steps, where that is known in sums alone; else null.</param>
    public static ReliabilityFigures Of(IEnumerable<ProbabilityStep> steps, Stamp from, Stamp to, double failedThreshold, ReliabilityTotals? earlier = null)
    {
        ArgumentNullException.ThrowIfNull(steps);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(from, to);
        var sum = new ReliabilitySum(from, to);
        if (earlier is not null)
        {
            sum.Begin(earlier);
        }

        foreach (var step in steps)
        {
            if (step.From >= to)
            {
                break;
            }

            sum.Add(step, step.KindOf(failedThreshold));
        }

        return sum.ToFigures();
    }
}
