using FailureHistory.Core.History;
using FailureHistory.Core.Reliability;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Tests.Reliability;

/// <summary>Reliability the slow way: looks at a history at every tick, where everything in it happens at multiples of two.</summary>
internal sealed class DumbReliability
{
    public DumbReliability(IReadOnlyList<Period> periods, Stamp from, Stamp to, double threshold, TimeSpan tick)
    {
        var begins = new List<Stamp>();
        var failedBefore = false;
        for (var now = periods.Count == 0 ? to : periods[0].From; now < to; now += tick)
        {
            var period = periods.Single(p => p.From <= now && (p.To is not { } end || now < end));
            var failed = !period.Planned && period.Probability >= threshold;
            if (now >= from)
            {
                Planned += period.Planned ? tick : TimeSpan.Zero;
                Unknown += !period.Planned && period.Probability is null ? tick : TimeSpan.Zero;
                Failed += failed ? tick : TimeSpan.Zero;
                Up += !period.Planned && period.Probability < threshold ? tick : TimeSpan.Zero;
            }

            if (failed && !failedBefore)
            {
                Last = new FailureStretch(now, null);
                if (now >= from)
                {
                    begins.Add(now);
                }
            }

            if (!failed && failedBefore)
            {
                Last = new FailureStretch(Last!.Value.From, now);
                if (Last.Value.From >= from)
                {
                    RepairTimes.Add(now - Last.Value.From);
                }
            }

            failedBefore = failed;
        }

        Failures = begins.Count;
        Flapping = begins.Any(b => begins.Count(other => other >= b && other - b < TimeSpan.FromHours(1)) >= 3);
    }

    public TimeSpan Up { get; }

    public TimeSpan Failed { get; }

    public TimeSpan Planned { get; }

    public TimeSpan Unknown { get; }

    public int Failures { get; }

    public List<TimeSpan> RepairTimes { get; } = [];

    public FailureStretch? Last { get; }

    public bool Flapping { get; }
}
