using CsCheck;
using FailureHistory.Core.History;
using FailureHistory.Core.Reliability;
using FailureHistory.Core.Tests.History;
using Xunit;
using static FailureHistory.Core.Tests.History.Script;

namespace FailureHistory.Core.Tests.Reliability;

[Trait("Rule", "R7.1")]
public sealed class ReliabilityWindowTests
{
    private const double Threshold = 0.5;

    [Fact]
    public void It_is_what_one_finds_who_looks_at_every_instant() =>
        Gen.Select(RandomHistories.OfOneMachine, Gen.Int[-10, 90], Gen.Int[0, 90], Gen.Double[0.01, 1], Gen.Bool).Sample(
            (observations, begin, length, threshold, slow) =>
            {
                // Half of the histories are slowed down, so that not every three failures are within an hour.
                var factor = slow ? 200 : 1;
                var history = observations.Select(o => o with { At = At(Seconds(o.At) * factor) }).ToArray();
                var periods = FailurePeriods.Evaluate(history, HistoryOptions.Default).Periods;
                var (from, to) = (At(begin * 5 * factor), At((begin + length) * 5 * factor));

                var dumb = new DumbReliability(periods, from, to, threshold, TimeSpan.FromSeconds(5 * factor));
                var figures = ReliabilityWindow.Of(ProbabilityStep.Of(periods), from, to, threshold);

                Assert.Equal((dumb.Up, dumb.Failed, dumb.Planned, dumb.Unknown), (figures.Up, figures.Failed, figures.Planned, figures.Unknown));
                Assert.Equal((dumb.Failures, dumb.Flapping, dumb.Last), (figures.Failures, figures.Flapping, figures.LastFailure));
                Assert.Equal((dumb.RepairTimes.Count, dumb.RepairTimes.Aggregate(TimeSpan.Zero, (a, b) => a + b)), (figures.Repairs, figures.RepairTime));
                Assert.True(figures.Availability is null or (>= 0 and <= 1), $"availability {figures.Availability}");
                Assert.Equal(dumb.Failures > 0 ? new TimeSpan(dumb.Up.Ticks / dumb.Failures) : null, figures.Mtbf);
                Assert.Equal(dumb.RepairTimes.Count > 0 ? new TimeSpan(figures.RepairTime.Ticks / dumb.RepairTimes.Count) : null, figures.Mttr);
            },
            iter: 2_000);

    [Fact]
    public void Windows_that_follow_one_another_add_up() =>
        Gen.Select(RandomHistories.OfOneMachine, Gen.Int[-5, 30], Gen.Int[0, 30], Gen.Int[0, 30]).Sample(
            (observations, begin, first, second) =>
            {
                var steps = ProbabilityStep.Of(FailurePeriods.Evaluate(observations, HistoryOptions.Default).Periods).ToList();
                var (a, b, c) = (At(begin * 10), At((begin + first) * 10), At((begin + first + second) * 10));
                var (left, right, whole) = (ReliabilityWindow.Of(steps, a, b, Threshold), ReliabilityWindow.Of(steps, b, c, Threshold), ReliabilityWindow.Of(steps, a, c, Threshold));

                Assert.Equal((whole.Up, whole.Failed, whole.Planned, whole.Unknown), (left.Up + right.Up, left.Failed + right.Failed, left.Planned + right.Planned, left.Unknown + right.Unknown));
                Assert.Equal(whole.Failures, left.Failures + right.Failures);
            },
            iter: 1_000);

    [Fact]
    public void A_node_that_failed_twice_in_a_day()
    {
        // 0 h join; fails at 6 h for 1 h and at 12 h for 3 h; seen until 24 h.
        var script = new Script().Join(0).Failure(6 * 3600, "a").Join(7 * 3600).Failure(12 * 3600, "a").Alive(15 * 3600, "a");
        var figures = Read(script, 0, 24);

        Assert.Equal(20.0 / 24, figures.Availability);
        Assert.Equal((2, TimeSpan.FromHours(10), TimeSpan.FromHours(2)), (figures.Failures, figures.Mtbf!.Value, figures.Mttr!.Value));
        Assert.Equal(new FailureStretch(At(12 * 3600), At(15 * 3600)), figures.LastFailure);
        Assert.Equal(TimeSpan.FromHours(9), figures.SinceLastFailure);
        Assert.False(figures.Flapping);
    }

    [Fact]
    public void Planned_downtime_is_neither_up_nor_failed_and_kept_apart()
    {
        var figures = Read(new Script().Join(0).Leave(2 * 3600).Join(8 * 3600), 0, 10);
        Assert.Equal((1.0, TimeSpan.FromHours(6), TimeSpan.FromHours(4), 0), (figures.Availability!.Value, figures.Planned, figures.Up, figures.Failures));
    }

    [Fact]
    public void A_failure_that_ends_with_a_leave_is_over_then()
    {
        var figures = Read(new Script().Join(0).Failure(3600, "a").Leave(2 * 3600), 0, 10);
        Assert.Equal((1, 1, TimeSpan.FromHours(1)), (figures.Failures, figures.Repairs, figures.Mttr!.Value));
    }

    [Fact]
    public void A_failure_that_stands_is_no_repair_and_the_time_since_it_is_zero()
    {
        var figures = Read(new Script().Join(0).Failure(3600, "a"), 0, 10);
        Assert.Equal((1, 0, null, TimeSpan.Zero), (figures.Failures, figures.Repairs, figures.Mttr, figures.SinceLastFailure!.Value));
        Assert.Null(figures.LastFailure!.Value.To);
    }

    [Fact]
    public void Of_a_failure_begun_before_the_window_the_time_counts_and_not_the_failure()
    {
        var figures = Read(new Script().Join(0).Failure(3600, "a").Join(3 * 3600), 2, 10);
        Assert.Equal((0, TimeSpan.FromHours(1), null), (figures.Failures, figures.Failed, figures.Mtbf));
        Assert.Equal(7.0 / 8, figures.Availability);
    }

    [Fact]
    public void Time_at_which_P_is_unknown_is_in_neither_sum_and_without_any_other_there_is_no_availability()
    {
        var figures = Read(new Script().Join(0, total: 0), 0, 10);
        Assert.Equal((null, TimeSpan.FromHours(10)), (figures.Availability, figures.Unknown));
    }

    [Fact]
    public void What_was_before_the_first_observation_is_not_observed()
    {
        var figures = Read(new Script().Join(8 * 3600), 0, 10);
        Assert.Equal((TimeSpan.FromHours(2), 1.0), (figures.Observed, figures.Availability!.Value));
        Assert.Equal(TimeSpan.Zero, ReliabilityWindow.Of([], At(0), At(100), Threshold).Observed);
    }

    [Fact]
    public void Several_detectors_that_join_in_are_one_failure()
    {
        // 80 of 100, then 160 of 160, back to 80 of 100: P stays at or above a half throughout.
        var script = new Script().Join(0).Failure(3600, "a").Failure(2 * 3600, "b", total: 160).Alive(3 * 3600, "b").Join(4 * 3600);
        var figures = Read(script, 0, 10);
        Assert.Equal((1, TimeSpan.FromHours(3)), (figures.Failures, figures.Failed));
    }

    [Theory]
    [InlineData(1799, true)]
    [InlineData(1800, false)]
    public void Three_failures_begun_within_less_than_an_hour_are_flapping(double apart, bool flapping)
    {
        var script = new Script().Join(0);
        for (var i = 0; i < 3; i++)
        {
            script.Failure(10_000 + (i * apart), "a").Join(10_000 + (i * apart) + 60);
        }

        Assert.Equal(flapping, Read(script, 0, 10).Flapping);
    }

    private static ReliabilityFigures Read(Script script, double fromHours, double toHours) =>
        ReliabilityWindow.Of(ProbabilityStep.Of(script.Timeline().Periods), At(fromHours * 3600), At(toHours * 3600), Threshold);
}
