using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using Xunit;

namespace FailureHistory.Core.Tests.History;

/// <summary>One id and the machines that hold it in turn (R1.2–R1.4, R1.6–R1.8).</summary>
public sealed class MachineHistoriesTests
{
    [Fact]
    [Trait("Rule", "R1.6")]
    public void A_node_that_nobody_reported_on_has_no_history() => Assert.Null(new Script().Join(0).Read("q"));

    [Fact]
    [Trait("Rule", "R1.6")]
    public void Any_first_report_makes_a_history()
    {
        var history = new Script().Failure(3, "a").Read("p")!;

        Assert.Equal((Script.Id("p"), "p", null), (history.Node, history.Name, history.Hardware));
        Assert.Equal([new Incarnation(Script.Id("p"), "p", null, Script.At(3), null, false)], history.Incarnations);
        Assert.Equal(["3.. {a} 0.8"], Script.Show(history.Periods));
    }

    [Fact]
    [Trait("Rule", "R1.3")]
    public void The_same_machine_joining_again_continues_its_history()
    {
        var history = new Script().Join(0, "X-1").Failure(5, "a").Join(9, "x-1").Read("p")!;

        Assert.Equal(["0..5 {} 0", "5..9 {a} 0.8", "9.. {} 0"], Script.Show(history.Periods));
        Assert.Equal("X-1", history.Hardware!.Text);
        Assert.Single(history.Incarnations);
    }

    [Fact]
    [Trait("Rule", "R1.4")]
    public void Another_machine_that_takes_the_id_starts_afresh()
    {
        var script = new Script().Join(0, "X").Failure(5, "a").Join(9, "Y");

        Assert.Equal(["9.. {} 0"], Script.Show(script.Read("p")!.Periods));
        Assert.Equal([new Incarnation(Script.Id("p"), "p", Script.Address("Y"), Script.At(9), null, false)], script.Read("p")!.Incarnations);
    }

    [Fact]
    [Trait("Rule", "R1.4")]
    public void The_old_machine_stays_reachable_by_its_address()
    {
        var history = new Script().Join(0, "X").Failure(5, "a").Join(9, "Y").Read("hw:x", "p")!;

        Assert.Equal(["0..5 {} 0", "5.. {a} 0.8"], Script.Show(history.Periods));
        Assert.Equal([new Incarnation(Script.Id("p"), "p", Script.Address("X"), Script.At(0), Script.At(9), false)], history.Incarnations);
    }

    [Fact]
    [Trait("Rule", "R1.3")]
    public void A_machine_that_returns_to_its_id_continues_its_incarnation()
    {
        var history = new Script().Join(0, "X").Failure(5, "a").Join(9, "Y").Failure(12, "a").Join(20, "X").Read("p")!;

        Assert.Equal(["0..5 {} 0", "5..20 {a} 0.8", "20.. {} 0"], Script.Show(history.Periods));
        Assert.Equal([new Incarnation(Script.Id("p"), "p", Script.Address("X"), Script.At(0), null, false)], history.Incarnations);
    }

    [Fact]
    [Trait("Rule", "R1.7")]
    public void A_failure_that_names_the_old_machine_does_not_touch_the_new_one()
    {
        var script = new Script().Join(0, "X").Join(9, "Y").Failure(12, "a", hw: "X");

        Assert.Equal(["9.. {} 0"], Script.Show(script.Read("p")!.Periods));
        Assert.Equal(["0..12 {} 0", "12.. {a} 0.8"], Script.Show(script.Read("hw:X", "p")!.Periods));
    }

    [Fact]
    [Trait("Rule", "R1.7")]
    public void A_leave_that_names_the_old_machine_does_not_make_the_new_one_leave()
    {
        var script = new Script().Join(0, "X").Join(9, "Y").Leave(12, "X");

        Assert.False(script.Read("p")!.Left);
        Assert.True(script.Read("hw:X", "p")!.Left);
    }

    [Fact]
    [Trait("Rule", "R1.7")]
    public void Only_a_join_makes_another_machine_the_holder()
    {
        var history = new Script().Join(0, "X").Failure(5, "a", hw: "Y").Alive(6, "a", hw: "Y").Read("p")!;

        Assert.Equal("X", history.Hardware!.Text);
        Assert.Equal(["0.. {} 0"], Script.Show(history.Periods));
    }

    [Fact]
    [Trait("Rule", "R1.7")]
    public void A_machine_named_by_stray_reports_alone_never_held_the_id()
    {
        var history = new Script().Join(0, "X").Failure(5, "a", hw: "Y").Alive(6, "a", hw: "Y").Read("hw:Y", "p")!;

        Assert.Equal([new Incarnation(Script.Id("p"), "p", Script.Address("Y"), Script.At(5), Script.At(6), false)], history.Incarnations);
    }

    [Fact]
    [Trait("Rule", "R1.7")]
    public void A_report_without_an_address_belongs_to_the_machine_that_held_the_id_then()
    {
        var script = new Script().Join(0, "X").Join(20, "Y").Failure(10, "a").Failure(30, "b");

        Assert.Equal(["0..10 {} 0", "10.. {a} 0.8"], Script.Show(script.Read("hw:X", "p")!.Periods));
        Assert.Equal(["20..30 {} 0", "30.. {b} 0.8"], Script.Show(script.Read("p")!.Periods));
    }

    [Fact]
    [Trait("Rule", "R1.7")]
    public void At_the_instant_of_a_take_over_a_failure_still_belongs_to_the_old_machine() =>
        Assert.Equal(["0..20 {} 0", "20.. {a} 0.8"], Script.Show(new Script().Join(0, "X").Join(20, "Y").Failure(20, "a").Read("hw:X", "p")!.Periods));

    [Fact]
    [Trait("Rule", "R1.7")]
    public void An_incarnation_without_an_address_takes_the_first_one_named()
    {
        var history = new Script().Failure(0, "a").Failure(50, "b", hw: "X").Join(60, "X").Read("p")!;

        Assert.Equal("X", history.Hardware!.Text);
        Assert.Equal(["0..50 {a} 0.8", "50..60 {a,b} 1", "60.. {} 0"], Script.Show(history.Periods));
    }

    [Fact]
    [Trait("Rule", "R1.8")]
    public void Placeholder_addresses_tell_no_machines_apart()
    {
        var history = new Script().Join(0, "00:00:00:00:00:00").Failure(5, "a", hw: "None").Join(9, "To Be Filled By O.E.M.", by: "b").Read("p")!;

        Assert.Null(history.Hardware);
        Assert.Equal(["0..5 {} 0", "5..9 {a} 0.8", "9.. {} 0"], Script.Show(history.Periods));
    }

    [Fact]
    [Trait("Rule", "R2.3")]
    public void What_lies_in_the_future_does_not_count_as_of_now()
    {
        var script = new Script().Failure(0, "a").Join(10, "X").Join(20, "Y");

        Assert.Null(script.ReadAsOf(-1, "p"));
        Assert.Null(script.ReadAsOf(9, "p")!.Hardware);
        Assert.Equal(["0.. {a} 0.8"], Script.Show(script.ReadAsOf(9, "p")!.Periods));
        Assert.Equal("X", script.ReadAsOf(10, "p")!.Hardware!.Text);
        Assert.Equal("Y", script.ReadAsOf(20, "p")!.Hardware!.Text);
    }

    [Fact]
    [Trait("Rule", "R6.7")]
    public void Labels_are_the_latest_value_of_each_key()
    {
        var history = new Script().Join(9).With(o => o with { Labels = Labels.From([new("rack", "2")]) })
            .Join(0).With(o => o with { Labels = Labels.From([new("rack", "1"), new("owner", "ops")]) }).Failure(20, "a").Read("p")!;

        Assert.Equal(Labels.From([new("owner", "ops"), new("rack", "2")]), history.Labels);
    }

    [Fact]
    [Trait("Rule", "R1.1")]
    public void The_name_is_spelt_as_in_the_earliest_report_that_used_one()
    {
        var script = new Script().Join(0).With(o => o with { Name = null }).Join(9).With(o => o with { Name = "P" }).Failure(12, "a");

        Assert.Equal("P", script.Read("p")!.Name);
        Assert.Null(script.ReadAsOf(5, "p")!.Name);
    }

    [Fact]
    [Trait("Rule", "R10.1")]
    public void Last_received_is_by_the_gates_clock()
    {
        var history = new Script().Join(0).With(o => o with { ReceivedAt = Script.At(500) }).Failure(9, "a").Read("p")!;

        Assert.Equal(Script.At(500), history.LastReceivedAt);
    }

    [Fact]
    [Trait("Rule", "R2.4")]
    public void The_same_observation_from_two_replicas_is_one()
    {
        var source = new Script().Join(0, "X").Failure(5, "a").Source("p");

        var history = MachineHistories.Evaluate([source, source], NodeReference.Parse("p"), HistoryOptions.Default)!;

        Assert.Equal(2, history.Observations.Count);
    }
}
