using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using Xunit;

namespace FailureHistory.Core.Tests.History;

/// <summary>One machine under several ids (R1.5), and addresses that prove nothing (R1.8).</summary>
public sealed class MovingMachineTests
{
    private static Script Moved => new Script()
        .On("old").Join(0, "X").Failure(5, "a")
        .On("new").Join(9, "X").Failure(20, "b");

    [Theory]
    [Trait("Rule", "R1.5")]
    [InlineData("new")]
    [InlineData("old")]
    [InlineData("hw:X")]
    public void A_machine_under_a_new_id_has_one_history_by_either_id_and_by_its_address(string asked)
    {
        var history = Moved.Read(asked, "new", "old", "hw:X")!;

        Assert.Equal((Script.Id("new"), "new"), (history.Node, history.Name));
        Assert.Equal(["0..5 {} 0", "5..9 {a} 0.8", "9..20 {} 0", "20.. {b} 0.8"], Script.Show(history.Periods));
        Assert.Equal(
            [
                new Incarnation(Script.Id("old"), "old", Script.Address("X"), Script.At(0), Script.At(9), false),
                new Incarnation(Script.Id("new"), "new", Script.Address("X"), Script.At(9), null, false),
            ],
            history.Incarnations);
        Assert.Empty(history.OtherIds);
    }

    [Fact]
    [Trait("Rule", "R1.5")]
    public void The_old_id_answers_for_another_machine_once_that_has_taken_it()
    {
        var script = Moved.On("old").Join(30, "Y");

        Assert.Equal(["30.. {} 0"], Script.Show(script.Read("old", "new", "old")!.Periods));
        Assert.Equal(4, script.Read("new", "new", "old")!.Periods.Count);
        Assert.Equal(Script.At(9), script.Read("new", "new", "old")!.Incarnations[0].To);
    }

    [Fact]
    [Trait("Rule", "R1.5")]
    public void A_join_passed_on_from_the_new_id_ends_suspicion_under_the_old_one()
    {
        var history = Moved.Read("old", "old")!;

        Assert.Equal(["0..5 {} 0", "5..9 {a} 0.8", "9.. {} 0"], Script.Show(history.Periods));
        Assert.Equal(Script.Id("new"), history.Node);
        Assert.Equal("new", history.Name);
        Assert.Equal(2, history.Observations.Count);
        Assert.Equal([Script.Id("new")], history.OtherIds);
        Assert.Equal(["old", "new"], history.Incarnations.Select(i => i.Name));
        Assert.Equal(Script.At(9), history.LastReceivedAt);
    }

    [Fact]
    [Trait("Rule", "R1.5")]
    public void The_index_entry_of_an_address_names_the_ids_to_fetch()
    {
        var index = Moved.Sources("hw:X");

        Assert.Null(MachineHistories.Evaluate(index, NodeReference.Parse("hw:X"), HistoryOptions.Default));
        Assert.Equal(
            new[] { Script.Id("old"), Script.Id("new") }.Order(), MachineHistories.IdsOf(index, Script.Address("x")));
    }

    [Fact]
    [Trait("Rule", "R1.5")]
    public void An_id_reported_without_a_join_is_known_by_the_index()
    {
        var script = new Script().On("old").Failure(5, "a", hw: "X").On("new").Join(9, "X");

        var history = script.Read("new", "new", "hw:X")!;

        Assert.Equal([Script.Id("old")], history.OtherIds);
        Assert.Equal(["9.. {} 0"], Script.Show(history.Periods));
        Assert.Equal(["old", "new"], history.Incarnations.Select(i => i.Name));
    }

    [Fact]
    [Trait("Rule", "R1.5")]
    public void A_machine_that_moves_to_an_id_that_another_held_brings_its_own_history()
    {
        var script = new Script().On("a").Join(0, "X").Failure(5, "d").On("b").Join(1, "Y").Failure(6, "e").Join(10, "X");

        Assert.Equal(["0..5 {} 0", "5..10 {d} 0.8", "10.. {} 0"], Script.Show(script.Read("b", "a", "b")!.Periods));
        Assert.Equal(["1..6 {} 0", "6.. {e} 0.8"], Script.Show(script.Read("hw:Y", "a", "b")!.Periods));
    }

    [Fact]
    [Trait("Rule", "R1.5")]
    public void An_id_that_was_fetched_and_is_empty_is_not_asked_for_again()
    {
        var removed = new NodeObservations(Script.Id("new"), []);

        var history = MachineHistories.Evaluate([Moved.Source("old"), removed], NodeReference.Parse("old"), HistoryOptions.Default)!;

        Assert.Empty(history.OtherIds);
        Assert.Equal(3, history.Periods.Count);
    }

    [Fact]
    [Trait("Rule", "R1.5")]
    public void As_of_a_moment_before_the_move_the_machine_goes_under_its_old_id()
    {
        var history = Moved.ReadAsOf(8, "old", "old", "new", "hw:X")!;

        Assert.Equal(Script.Id("old"), history.Node);
        Assert.Null(Assert.Single(history.Incarnations).To);
        Assert.Null(Moved.ReadAsOf(8, "new", "old", "new"));
    }

    [Fact]
    [Trait("Rule", "R1.8")]
    public void An_address_that_two_ids_use_by_turns_is_a_clash_and_their_histories_are_not_joined()
    {
        var script = new Script().On("a").Join(0, "X").Failure(1, "d").On("b").Join(5, "X").Failure(6, "e").On("a").Join(9, "X").Failure(20, "f");

        var a = script.Read("a", "a", "b", "hw:X")!;
        var b = script.Read("b", "a", "b", "hw:X")!;

        Assert.Equal(["0..1 {} 0", "1..9 {d} 0.8", "9..20 {} 0", "20.. {f} 0.8"], Script.Show(a.Periods));
        Assert.Equal(["5..6 {} 0", "6.. {e} 0.8"], Script.Show(b.Periods));
        Assert.Equal((true, null), (a.Incarnations.Single().Clash, a.Incarnations.Single().To));
        Assert.Equal((true, null), (b.Incarnations.Single().Clash, b.Incarnations.Single().To));
    }

    [Fact]
    [Trait("Rule", "R1.8")]
    public void A_clash_is_seen_by_copies_alone_and_they_end_no_suspicion_then()
    {
        var script = new Script().On("a").Join(0, "X").Failure(1, "d").On("b").Join(5, "X").On("a").Join(9, "X").Failure(20, "f").On("b").Join(30, "X");

        var a = script.Read("a", "a")!;

        Assert.True(a.Incarnations.Single().Clash);
        Assert.Equal(["0..1 {} 0", "1..9 {d} 0.8", "9..20 {} 0", "20.. {f} 0.8"], Script.Show(a.Periods));
        Assert.Empty(a.OtherIds);
    }

    [Fact]
    [Trait("Rule", "R1.8")]
    public void By_its_address_a_clash_is_answered_with_the_id_that_came_up_last()
    {
        var script = new Script().On("a").Join(0, "X").On("b").Join(5, "X").On("a").Join(9, "X").On("b").Failure(50, "e");

        var history = script.Read("hw:X", "a", "b", "hw:X")!;

        Assert.Equal((Script.Id("a"), true), (history.Node, history.Incarnations.Single().Clash));
    }

    [Fact]
    [Trait("Rule", "R1.8")]
    public void A_third_id_is_not_joined_with_those_that_clash()
    {
        var script = new Script().On("a").Join(0, "X").On("b").Join(5, "X").On("a").Join(9, "X").On("c").Join(20, "X");

        var history = script.Read("c", "a", "b", "c")!;

        Assert.Equal(["20.. {} 0"], Script.Show(history.Periods));
        Assert.False(history.Incarnations.Single().Clash);
        Assert.Empty(history.OtherIds);
    }

    [Fact]
    [Trait("Rule", "R1.8")]
    public void Moving_on_from_id_to_id_is_no_clash_and_neither_are_joins_at_one_instant()
    {
        var script = new Script().On("a").Join(0, "X").Join(3, "X").On("b").Join(3, "X").Join(7, "X").On("c").Join(7, "X").Join(9, "X");

        var history = script.Read("c", "a", "b", "c")!;

        Assert.Equal(["a", "b", "c"], history.Incarnations.Select(i => i.Name));
        Assert.DoesNotContain(history.Incarnations, i => i.Clash);
    }

    [Fact]
    [Trait("Rule", "R1.5")]
    public void A_machine_without_joins_goes_under_the_id_asked_for()
    {
        var script = new Script().On("a").Failure(0, "d", hw: "X").On("b").Failure(5, "d", hw: "X");

        Assert.Equal(Script.Id("a"), script.Read("a", "a", "b")!.Node);
        Assert.Equal(Script.Id("b"), script.Read("b", "a", "b")!.Node);
        Assert.Equal(Script.Id("b"), script.Read("hw:X", "a", "b")!.Node);
        Assert.Equal(["0.. {d} 0.8"], Script.Show(script.Read("a", "a", "b")!.Periods));
    }
}
