namespace FailureHistory.Simulator.Generation;

/// <summary>An imperfect detector (R12.1): what it makes of the truth.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Accuracy">The accuracy that it is registered with, 0 to 100; what it is worth follows from the rest.</param>
/// <param name="Miss">The probability that it does not notice an outage at all, 0 to 1.</param>
/// <param name="MeanDelay">The mean time from a failure until it reports it (exponentially distributed); an outage that is over by then it does not report.</param>
/// <param name="FalseAlarmsPerDay">How many false alarms it raises about one node that is up, on average a day.</param>
/// <param name="MeanFalseAlarm">The mean time until it withdraws a false alarm.</param>
public sealed record DetectorModel(string Id, double Accuracy, double Miss, TimeSpan MeanDelay, double FalseAlarmsPerDay, TimeSpan MeanFalseAlarm)
{
    /// <summary>
    /// So many detectors from good to poor: the best is registered with accuracy 95 and misses 2 % of the outages, the poorest with 35 and misses a
    /// third; false alarms from one a year to one in ten days.
    /// </summary>
    public static IReadOnlyList<DetectorModel> Graded(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var poor = count == 1 ? 0 : (double)i / (count - 1);
            return new DetectorModel(
                $"sim.detector-{i + 1}", Math.Round(95 - (60 * poor)), 0.02 + (0.31 * poor), TimeSpan.FromSeconds(5 + (55 * poor)),
                (1.0 / 365) + (0.0973 * poor), TimeSpan.FromMinutes(2 + (8 * poor)));
        })];
    }
}
