using FailureHistory.Core.History;
using Xunit;

namespace FailureHistory.Core.Tests.History;

public sealed class FailurePeriodsTests
{
    [Fact]
    [Trait("Rule", "R4.4")]
    public void Without_observations_there_are_no_periods() => Assert.Empty(new Script().Periods());

    [Fact]
    [Trait("Rule", "R4.4")]
    public void A_period_ends_where_the_set_of_suspects_changes() =>
        Assert.Equal(
            ["0..10 {} 0", "10..15 {ping} 0.8", "15..20 {log,ping} 1", "20..30 {log} 0.2", "30.. {} 0"],
            new Script().Join(0).Failure(10, "ping").Failure(15, "log", accuracy: 20).Alive(20, "ping").Join(30).Periods());

    [Fact]
    [Trait("Rule", "R4.4")]
    public void The_history_begins_at_the_first_observation_whatever_it_is() =>
        Assert.Equal(["5.. {} 0"], new Script().Alive(5, "ping").Periods());

    [Fact]
    [Trait("Rule", "R4.4")]
    public void A_suspect_is_shown_with_its_accuracy_since_observation_and_reason()
    {
        var period = new Script().Failure(1, "ping", accuracy: 70, id: "f1", reason: "no echo").Timeline().Periods.Single();

        Assert.Equal(new Suspect("ping", 70, Script.At(1), "f1", "no echo"), period.Suspects.Single());
    }

    [Fact]
    [Trait("Rule", "R4.4")]
    public void A_join_ends_the_period_even_where_nobody_was_suspected() =>
        Assert.Equal(["0..10 {} 0", "10.. {} 0"], new Script().Join(0, by: "a").Join(10, by: "b").Periods());

    [Theory]
    [Trait("Rule", "R2.6")]
    [InlineData(null)]
    [InlineData("a")]
    public void A_join_that_only_repeats_the_one_before_opens_no_period(string? by) =>
        Assert.Equal(["0.. {} 0"], new Script().Join(0, by: by).Join(10, by: by).Join(20, by: by).Periods());

    [Fact]
    [Trait("Rule", "R2.6")]
    public void A_join_after_a_suspicion_is_no_repeat_even_where_that_was_withdrawn() =>
        Assert.Equal(
            ["0..5 {} 0", "5..6 {ping} 0.8", "6..10 {} 0", "10.. {} 0"],
            new Script().Join(0).Failure(5, "ping").Alive(6, "ping").Join(10).Periods());

    [Fact]
    [Trait("Rule", "R2.2")]
    public void A_join_ends_the_suspicion_of_every_detector() =>
        Assert.Equal(["0..9 {a,b} 0.6", "9.. {} 0"], new Script().Failure(0, "a", 30).Failure(0, "b", 30).Join(9).Periods());

    [Fact]
    [Trait("Rule", "R2.2")]
    public void An_alive_ends_the_suspicion_of_its_own_detector_alone() =>
        Assert.Equal(["0..9 {a,b} 0.6", "9.. {b} 0.3"], new Script().Failure(0, "a", 30).Failure(0, "b", 30).Alive(9, "a").Alive(9, "c").Periods());

    [Fact]
    [Trait("Rule", "R4.3")]
    public void A_leave_ends_suspicion_and_what_fails_until_the_next_join_does_not_count()
    {
        var script = new Script().Failure(0, "a").Leave(10).Failure(20, "a").Failure(25, "b").Join(30).Failure(40, "b");

        Assert.Equal(["0..10 {a} 0.8", "10..30 {} 0 planned", "30..40 {} 0", "40.. {b} 0.8"], script.Periods());
    }

    [Fact]
    [Trait("Rule", "R4.3")]
    public void A_failure_during_a_planned_absence_is_heard_and_yet_no_verdict()
    {
        var timeline = new Script().Leave(10, id: "bye").Failure(20, "b", accuracy: 33).Timeline();

        Assert.True(timeline.Left);
        Assert.Null(timeline.LatestIncident);
        Assert.Equal(new Standing(false, 33, Script.At(10), Script.At(20), false, "bye", null), timeline.Standings["b"]);
    }

    [Fact]
    [Trait("Rule", "R2.6")]
    public void A_repeated_failure_opens_no_period_and_only_moves_last_heard()
    {
        var timeline = new Script().Failure(0, "a", id: "f").Failure(10, "a").Failure(20, "a").Timeline();

        Assert.Equal(["0.. {a} 0.8"], Script.Show(timeline.Periods));
        Assert.Equal(new Standing(true, 80, Script.At(0), Script.At(20), true, "f", null), timeline.Standings["a"]);
    }

    [Fact]
    [Trait("Rule", "R4.5")]
    public void At_one_instant_a_failure_comes_before_an_alive_and_that_before_a_join_and_that_before_a_leave() =>
        Assert.Equal(["0.. {} 0 planned"], new Script().Leave(0).Join(0).Alive(0, "a").Failure(0, "a").Periods());

    [Fact]
    [Trait("Rule", "R4.5")]
    public void A_period_without_length_is_left_out_and_its_incident_still_counts()
    {
        var timeline = new Script().Join(-5).Failure(0, "a", id: "f").Alive(0, "a").Timeline();

        Assert.Equal(["-5..0 {} 0", "0.. {} 0"], Script.Show(timeline.Periods));
        Assert.Equal(Script.At(0), timeline.LatestIncident!.Since);
        Assert.True(timeline.Standings["a"].InLatestIncident);
    }

    [Fact]
    [Trait("Rule", "R5.2")]
    public void Without_any_accuracy_the_probability_is_unknown_and_not_zero() =>
        Assert.Equal(
            ["0..5 {} unknown", "5..9 {a} unknown", "9.. {} 0"],
            new Script().Join(0, total: 0).Failure(5, "a", accuracy: 0, total: 0).Join(9, total: 10).Periods());

    [Fact]
    [Trait("Rule", "R5.3")]
    public void The_total_counted_is_that_stored_with_the_observation_that_opened_the_period() =>
        Assert.Equal(
            ["0..5 {a} 0.5", "5.. {a,b} 0.25"],
            new Script().Failure(0, "a", accuracy: 50, total: 100).Failure(3, "a", total: 900).Failure(5, "b", accuracy: 50, total: 400).Periods());

    [Fact]
    [Trait("Rule", "R5.3")]
    public void Suspicions_above_the_stored_total_make_the_probability_one() =>
        Assert.Equal(["0.. {a} 1"], new Script().Failure(0, "a", accuracy: 80, total: 20).Periods());

    [Fact]
    [Trait("Rule", "R2.5")]
    public void Each_auto_registered_detector_is_added_from_its_first_report_on() =>
        Assert.Equal(
            ["0..5 {a} 0.5", "5..9 {a,b} 0.6667", "9.. {b} 0.3333"],
            new Script().Failure(0, "a", 50, total: 50, auto: true).Failure(5, "b", 50, total: 50, auto: true).Alive(9, "a", 50, total: 50, auto: true).Periods());

    [Fact]
    [Trait("Rule", "R2.5")]
    public void A_detector_that_was_registered_since_its_first_report_is_counted_once()
    {
        var timeline = new Script().Alive(0, "a", 50, total: 0, auto: true).Failure(5, "a", 80, total: 160).Timeline();

        Assert.Equal(["0..5 {} 0", "5.. {a} 0.5"], Script.Show(timeline.Periods));
        Assert.Empty(timeline.AutoDetectors);
    }

    [Fact]
    [Trait("Rule", "R6.1")]
    public void Where_a_join_ended_a_suspicion_the_verdict_stands_since_that_join()
    {
        var timeline = new Script().Failure(0, "a", id: "f").Failure(4, "a").Join(9, id: "j", by: "b", reason: "rebooted").Timeline();

        Assert.Equal(new Standing(false, 80, Script.At(9), Script.At(4), true, "j", "rebooted"), timeline.Standings["a"]);
        Assert.Equal(new Standing(false, 80, Script.At(9), Script.At(9), false, "j", "rebooted"), timeline.Standings["b"]);
    }

    [Fact]
    [Trait("Rule", "R6.1")]
    public void A_verdict_on_an_older_incident_does_not_belong_to_the_latest()
    {
        var standings = new Script().Failure(0, "a").Failure(100, "b").Alive(101, "c").Timeline().Standings;

        Assert.Equal((true, false), (standings["a"].Suspects, standings["a"].InLatestIncident));
        Assert.Equal((true, true), (standings["b"].Suspects, standings["b"].InLatestIncident));
        Assert.Equal((false, false), (standings["c"].Suspects, standings["c"].InLatestIncident));
    }
}
