using CsCheck;
using FailureHistory.Core.Notifications;
using FailureHistory.Core.Tests.History;
using FailureHistory.Core.Time;
using Xunit;

namespace FailureHistory.Core.Tests.Notifications;

/// <summary>Sides and crossings over a timeline of presents, against a walk that looks ahead.</summary>
public sealed class NodeSideTests
{
    // Presents a few seconds apart, some of what happened long before.
    private static readonly Gen<Present[]> Timelines =
        Gen.Select(Gen.Int[1, 30], Gen.OneOf(0, 1, 10, 36, 90), Gen.OneOf<double?>(null, 0, 0.2, 0.3, 0.4, 0.5, 0.8, 1)).Array[1, 16].Select(steps =>
            steps.Select((s, i) => At(steps.Take(i + 1).Sum(x => x.Item1), s.Item3, late: s.Item2)).ToArray());

    [Fact]
    [Trait("Rule", "R8.1")]
    public void Each_crossing_is_told_once_as_the_rules_say_over_any_timeline() =>
        Gen.Select(Timelines, Scenes.Thresholds).Sample(
            (timeline, threshold) =>
            {
                var side = new NodeSide(threshold, Scenes.Rules);
                var told = new List<CrossingStep>();
                foreach (var present in timeline)
                {
                    told.AddRange(side.Take(present));
                }

                if (side.Due(Stamp.MaxValue) is { } last)
                {
                    told.Add(last);
                }

                Assert.Equal(NaiveCrossings.Of(timeline, threshold, Scenes.Rules), told);
                Assert.Equal(told.Select((_, i) => i % 2 == 0 ? Side.Up : Side.Down), told.Select(t => t.To));
                Assert.Equal(told.Count == 0 ? Side.Down : told[^1].To, side.Side);
            },
            iter: 3_000);

    [Fact]
    [Trait("Rule", "R8.1")]
    public void When_it_is_asked_in_between_changes_nothing() =>
        Gen.Select(Timelines, Scenes.Thresholds).Sample(
            (timeline, threshold) =>
            {
                var side = new NodeSide(threshold, Scenes.Rules);
                var told = new List<CrossingStep>();
                var next = 0;
                for (var second = 0; second < 1000; second++)
                {
                    if (side.Due(Script.At(second)) is { } due)
                    {
                        Assert.Equal(Script.At(second), due.Effect);
                        told.Add(due);
                    }

                    for (; next < timeline.Length && timeline[next].ReceivedAt == Script.At(second); next++)
                    {
                        told.AddRange(side.Take(timeline[next]));
                    }
                }

                Assert.Equal(NaiveCrossings.Of(timeline, threshold, Scenes.Rules), told);
            },
            iter: 300);

    [Fact]
    [Trait("Rule", "R8.1")]
    public void Up_is_at_or_above_and_down_is_below_and_in_between_it_stays() =>
        Assert.Equal([Side.Up, Side.Down, Side.Up], Sides(new Threshold(0.7, 0.3, TimeSpan.Zero), 0.69, 0.7, 0.5, 0.3, 0.29, 0.5, 0.69, 0.7));

    [Fact]
    [Trait("Rule", "R5.2")]
    public void Unknown_crosses_nothing() =>
        Assert.Equal([Side.Up, Side.Down], Sides(new Threshold(0.5, 0.5, TimeSpan.Zero), null, 0.5, null, 1, null, 0, null));

    [Fact]
    [Trait("Rule", "R8.1")]
    public void Up_must_have_held_for_a_while_from_its_beginning_and_down_is_at_once()
    {
        var side = new NodeSide(new Threshold(0.5, 0.5, TimeSpan.FromSeconds(20)), Scenes.Rules);
        Assert.Empty(side.Take(At(10, 0.9, late: 4)));
        Assert.Equal(Script.At(26), side.Pending!.Effect);
        Assert.Null(side.Due(Script.At(25.9)));
        Assert.Equal(Side.Up, side.Due(Script.At(26))!.To);
        Assert.Equal(Side.Down, Assert.Single(side.Take(At(27, 0))).To);
        Assert.Empty(side.Take(At(30, 0.9)));
        Assert.Empty(side.Take(At(40, 0)));
        Assert.Null(side.Due(Stamp.MaxValue));
    }

    [Fact]
    [Trait("Rule", "R8.2")]
    public void What_a_late_report_tells_must_hold_from_its_receipt()
    {
        var side = new NodeSide(new Threshold(0.5, 0.5, TimeSpan.Zero), Scenes.Rules);
        Assert.Empty(side.Take(At(100, 0.9, late: 36)));
        Assert.Equal(Script.At(125), side.Pending!.Effect);
        Assert.Equal(Side.Up, Assert.Single(new NodeSide(new Threshold(0.5, 0.5, TimeSpan.Zero), Scenes.Rules).Take(At(100, 0.9, late: 35))).To);
    }

    [Theory]
    [InlineData(0, 0.5, 0, "above")]
    [InlineData(1.01, 0.5, 0, "above")]
    [InlineData(double.NaN, 0.5, 0, "above")]
    [InlineData(0.5, 0, 0, "below")]
    [InlineData(0.5, 0.51, 0, "below")]
    [InlineData(0.5, double.NaN, 0, "below")]
    [InlineData(0.5, 0.5, -1, "for")]
    [InlineData(0.5, 0.5, (30 * 86400) + 1, "for")]
    [Trait("Rule", "R8.1")]
    public void Numbers_that_make_no_sense_are_named(double above, double below, int hold, string field) =>
        Assert.Equal(field, new Threshold(above, below, TimeSpan.FromSeconds(hold)).Fault()?.Field);

    [Fact]
    [Trait("Rule", "R8.1")]
    public void The_numbers_at_the_edges_are_taken()
    {
        Assert.Null(new Threshold(1, 1, Threshold.MaxFor).Fault());
        Assert.Null(new Threshold(double.Epsilon, double.Epsilon, TimeSpan.Zero).Fault());
    }

    private static Side[] Sides(Threshold threshold, params double?[] probabilities)
    {
        var side = new NodeSide(threshold, Scenes.Rules);
        return [.. probabilities.SelectMany((p, i) => side.Take(At(i, p)).ToList()).Select(s => s.To)];
    }

    private static Present At(int second, double? probability, int late = 0) =>
        new(Script.At(second), Script.At(second - late), probability, (ulong)second, $"o{second}", Script.At(second), "");
}
