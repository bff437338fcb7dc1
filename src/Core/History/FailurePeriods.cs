namespace FailureHistory.Core.History;

/// <summary>
/// Reads the observations of one machine as periods, incidents and standings (R4.1–R4.6, R5.2, R5.3).
/// </summary>
/// <remarks>
/// The history is a function of the set of observations: they are put in the order of R4.5 and walked through once, each ending the open
/// period and opening another when the set of suspecting detectors changes or the node joins or leaves. Nothing is remembered between two
/// readings, so neither the order of arrival nor the replica can show (R4.6). The rejected alternative, to keep periods up to date as reports
/// arrive, has to undo and redo them for every late report and saves little: a thousand observations are read in well under a millisecond.
/// </remarks>
public static class FailurePeriods
{
    /// <summary>Reads the observations of one machine, given in any order.</summary>
    /// <param name="observations">All that counts of one machine; which these are is decided by <see cref="MachineHistories"/>.</param>
    /// <param name="options">Correlation interval and incident limit.</param>
    public static FailureTimeline Evaluate(IReadOnlyList<Observation> observations, HistoryOptions options)
    {
        ArgumentNullException.ThrowIfNull(observations);
        ArgumentNullException.ThrowIfNull(options);
        return EvaluateSorted(ObservationOrder.Sort([.. observations]), options);
    }

    /// <summary>
    /// Reads observations that are in the order of R4.5, and says besides, as a text to be compared, what the result does not show and later observations
    /// are read by.
    /// </summary>
    internal static (FailureTimeline Timeline, string Unseen) EvaluateWithUnseen(ReadOnlySpan<Observation> sorted, HistoryOptions options)
    {
        var walk = new PeriodWalk(options);
        foreach (var observation in sorted)
        {
            walk.Take(observation);
        }

        var unseen = walk.Unseen();
        return (walk.Finish(), unseen);
    }

    /// <summary>Reads observations that are in the order of R4.5.</summary>
    internal static FailureTimeline EvaluateSorted(ReadOnlySpan<Observation> sorted, HistoryOptions options)
    {
        var walk = new PeriodWalk(options);
        foreach (var observation in sorted)
        {
            walk.Take(observation);
        }

        return walk.Finish();
    }
}
