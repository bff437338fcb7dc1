using CsCheck;
using FailureHistory.Core.History;
using Xunit;

namespace FailureHistory.Core.Tests.History;

public sealed class PeriodProperties
{
    private const int Samples = 2_000;

    [Fact]
    [Trait("Rule", "R4.4")]
    public void Periods_are_those_of_the_definitions() =>
        Gen.Select(RandomHistories.OfOneMachine, RandomHistories.Options).Sample(
            (observations, options) => HistoryAssert.Same(new DumbPeriods(observations, options), FailurePeriods.Evaluate(observations, options)),
            iter: Samples);

    [Fact]
    [Trait("Rule", "R4.4")]
    public void Periods_have_neither_gap_nor_overlap_and_the_last_is_open() =>
        RandomHistories.OfOneMachine.Sample(
            observations =>
            {
                var periods = FailurePeriods.Evaluate(observations, HistoryOptions.Default).Periods;

                Assert.Equal(observations.Min(o => o.At), periods[0].From);
                Assert.Null(periods[^1].To);
                for (var i = 1; i < periods.Count; i++)
                {
                    Assert.Equal(periods[i].From, periods[i - 1].To);
                    Assert.True(periods[i - 1].From < periods[i].From);
                }
            },
            iter: Samples);

    [Fact]
    [Trait("Rule", "R5.3")]
    public void A_probability_is_null_or_between_zero_and_one() =>
        RandomHistories.OfOneMachine.Sample(
            observations => Assert.All(
                FailurePeriods.Evaluate(observations, HistoryOptions.Default).Periods,
                p => Assert.True(p.Probability is null or (>= 0 and <= 1), $"P is {p.Probability}")),
            iter: Samples);

    [Fact]
    [Trait("Rule", "R4.6")]
    public void The_order_of_arrival_does_not_show() =>
        (from observations in RandomHistories.OfOneMachine
         from shuffled in Gen.Shuffle(observations)
         select (observations, shuffled)).Sample(
            x => HistoryAssert.Same(
                FailurePeriods.Evaluate(x.observations, HistoryOptions.Default), FailurePeriods.Evaluate(x.shuffled, HistoryOptions.Default)),
            iter: Samples);

    [Fact]
    [Trait("Rule", "R2.6")]
    public void Repeats_change_nothing_but_last_heard() =>
        Gen.Select(RandomHistories.OfOneMachine, Gen.Int[0, 1_000], Gen.Int[1, 400]).Sample(
            (observations, which, later) =>
            {
                var before = FailurePeriods.Evaluate(observations, HistoryOptions.Default);
                if (RepeatOf(observations, which, later) is not { } repeat)
                {
                    return;
                }

                var after = FailurePeriods.Evaluate([.. observations, repeat], HistoryOptions.Default);
                HistoryAssert.Same(before.Periods, after.Periods);
                Assert.Equal(before.LatestIncident, after.LatestIncident);
                foreach (var (detector, standing) in before.Standings)
                {
                    Assert.Equal(standing with { LastHeard = after.Standings[detector].LastHeard }, after.Standings[detector]);
                }
            },
            iter: Samples);

    // The same verdict, with the same accuracy, somewhere between a suspicion's failure and the detector's next word or the node's next join or leave.
    private static Observation? RepeatOf(Observation[] observations, int which, int later)
    {
        var sorted = observations.Order(ObservationOrder.Instance).ToArray();
        var begin = which % sorted.Length;
        var o = sorted[begin];
        var until = sorted.Skip(begin + 1).FirstOrDefault(n => n.Detector == o.Detector || n.Kind >= ObservationKind.Join)?.At;
        var leftBefore = sorted.Take(begin).LastOrDefault(n => n.Kind >= ObservationKind.Join)?.Kind == ObservationKind.Leave;
        var at = o.At + TimeSpan.FromSeconds(later);
        return o.Kind != ObservationKind.Failure || leftBefore || at >= until ? null : o with { Id = "repeat", At = at, Total = 12345 };
    }
}
