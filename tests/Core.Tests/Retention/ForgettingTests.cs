using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Probability;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Retention;
using FailureHistory.Core.Tests.History;
using Xunit;
using static FailureHistory.Core.Tests.History.Script;

namespace FailureHistory.Core.Tests.Retention;

/// <summary>R10.1 on its own: who is due, and what goes with it. Times in days.</summary>
[Trait("Rule", "R10.1")]
public sealed class ForgettingTests
{
    private const double Day = 86_400;
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);

    [Theory]
    [InlineData(8, true)]
    [InlineData(9, true)]
    [InlineData(7.99, false)]
    public void A_failed_machine_is_due_once_nothing_was_reported_for_so_long(double now, bool due) =>
        Assert.Equal(due, IsDue(new Script().Join(0).Failure(1 * Day, "a"), now));

    [Theory]
    [InlineData(NodeCondition.Up)]
    [InlineData(NodeCondition.Suspected)]
    [InlineData(NodeCondition.Left)]
    [InlineData(NodeCondition.Unknown)]
    public void Only_a_failed_one_is(NodeCondition condition) =>
        Assert.False(Forgetting.IsDue(new Script().Failure(0, "a").Read("p")!, condition, At(99 * Day), Week));

    [Fact]
    public void What_counts_is_when_the_last_report_was_received_and_not_what_time_it_tells_of()
    {
        // An old trace, imported today.
        var imported = new Script().Failure(-900 * Day, "a").With(o => o with { ReceivedAt = At(0) });
        Assert.False(IsDue(imported, 6));
        Assert.True(IsDue(imported, 7));
    }

    [Fact]
    public void A_repeat_is_a_report_too() => Assert.False(IsDue(new Script().Failure(0, "a").Failure(5 * Day, "a"), 8));

    [Fact]
    public void A_pinned_one_is_not_due_and_one_whose_pin_has_ended_is()
    {
        var source = new Script().Failure(0, "a").Source("p");
        MachineHistory Read(bool pinned) => MachineHistories.Evaluate(
            [source with { Pin = new Pin(Id("p"), At(1), pinned, "", "ann") }], NodeReference.Of(Id("p")), HistoryOptions.Default)!;
        Assert.False(Forgetting.IsDue(Read(true), NodeCondition.Failed, At(99 * Day), Week));
        Assert.True(Forgetting.IsDue(Read(false), NodeCondition.Failed, At(99 * Day), Week));
    }

    [Fact]
    public void A_machine_some_of_whose_ids_were_not_read_is_not_due_R1_5()
    {
        var script = new Script().Join(0, hw: "X").Failure(1 * Day, "a").On("q").Join(0.5 * Day, hw: "X");
        Assert.False(Forgetting.IsDue(script.Read("p", "p")!, NodeCondition.Failed, At(99 * Day), Week));
        Assert.True(Forgetting.IsDue(script.Read("p", "p", "q")!, NodeCondition.Failed, At(99 * Day), Week));
    }

    [Fact]
    public void A_node_alone_goes_with_all_that_was_received_up_to_the_newest_that_was_judged()
    {
        var script = new Script().Join(0).Failure(1 * Day, "a");
        Assert.Equal([new Tombstone(Id("p"), null, [], At(1 * Day))], Forget(script, ["p"], "p"));
    }

    [Fact]
    public void What_was_silent_for_longer_than_a_tombstone_lives_does_not_come_back_with_a_late_copy_R9_7()
    {
        var script = new Script().Join(0).Failure(1 * Day, "a");
        var began = At(40 * Day);
        var tombstones = Forget(script, ["p"], "p", Seconds(Forgetting.SettledAt(began, TimeSpan.FromSeconds(5))));
        var machine = SegmentMachine.Restore(7, TimeSpan.FromMinutes(1), script.Originals, tombstones);

        machine.CompactTo(At(69 * Day));

        Assert.All(script.Originals, o => Assert.Equal(ApplyOutcome.Removed, machine.Apply(o)));
        Assert.Equal(ApplyOutcome.New, machine.Apply(script.Originals[0] with { Id = "back", ReceivedAt = began - TimeSpan.FromSeconds(304) }));
    }

    [Fact]
    public void Where_the_last_report_is_newer_than_that_its_receipt_is_the_end()
    {
        var script = new Script().Join(0).Failure(1 * Day, "a");
        Assert.Equal([new Tombstone(Id("p"), null, [], At(1 * Day))], Forget(script, ["p"], "p", (1 * Day) - 1));
        Assert.Equal([new Tombstone(Id("p"), null, [], At((1 * Day) + 1))], Forget(script, ["p"], "p", (1 * Day) + 1));
    }

    [Fact]
    public void What_arrives_while_it_is_judged_survives()
    {
        var judged = new Script().Join(0).Failure(1 * Day, "a");
        var tombstones = Forget(judged, ["p"], "p");
        var meanwhile = new Script().Join(9 * Day).Originals[0] with { Id = "back" };

        var left = SegmentMachine.Restore(7, TimeSpan.FromMinutes(1), [.. judged.Originals, meanwhile], tombstones);

        Assert.Equal([meanwhile], left.View(Id("p"))!.Decode());
    }

    [Fact]
    public void A_machine_under_several_ids_goes_under_all_of_them_with_its_address_s_index_entry_R1_5()
    {
        var script = new Script().Join(0, hw: "X").On("q").Join(1 * Day, hw: "X").Failure(2 * Day, "a");
        var tombstones = Forget(script, ["p", "q", "hw:X"], "q");
        Assert.Equal(
            new[] { (Id("p"), At(1 * Day)), (Id("q"), At(2 * Day)), (NodeId.OfAddress(Address("X")), At(1 * Day)) }.Order(),
            tombstones.Select(t => (t.Node, t.UpTo)).Order());
        Assert.All(tombstones, t => Assert.Null(t.Hardware));
    }

    [Fact]
    public void Of_an_id_that_another_machine_holds_only_the_failed_one_s_part_goes_R1_4()
    {
        // X failed and was replaced by Y under the same id; Y is up.
        var script = new Script().Join(0, hw: "X").Failure(1 * Day, "a").Join(2 * Day, hw: "Y").Failure(3 * Day, "a").Alive(3.5 * Day, "a");
        var tombstones = Forget(script, ["p", "hw:X"], "hw:X");
        var ofId = Assert.Single(tombstones, t => t.Node == Id("p"));

        var left = SegmentMachine.Restore(7, TimeSpan.FromMinutes(1), script.Originals, [ofId]).View(Id("p"))!.Decode();

        Assert.Equal([2 * Day, 3 * Day, 3.5 * Day], left.Select(o => Seconds(o.At)).Order());
        Assert.Contains(tombstones, t => t.Node == NodeId.OfAddress(Address("X")));
    }

    [Fact]
    public void With_the_holder_of_an_id_go_those_that_held_it_before_and_hold_none_now_R1_4()
    {
        var script = new Script().Join(0, hw: "X").Join(2 * Day, hw: "Y").Failure(3 * Day, "a");
        var sources = script.Sources("p", "hw:X", "hw:Y").ToDictionary(s => s.Node);
        var (holder, before) = (script.Read("p", "p", "hw:X", "hw:Y")!, script.Read("hw:X", "p", "hw:X")!);
        Assert.True(Forgetting.IsAbandoned(before, At(99 * Day), Week));
        Assert.False(Forgetting.IsAbandoned(before, At(5 * Day), Week));

        var tombstones = Forgetting.Tombstones([holder, before], sources, At(0));

        Assert.Equal(
            new[] { Id("p"), NodeId.OfAddress(Address("X")), NodeId.OfAddress(Address("Y")) }.Order(), tombstones.Select(t => t.Node).Order());
        Assert.All(tombstones, t => Assert.Null(t.Hardware));
    }

    [Fact]
    public void One_that_held_the_id_before_and_lives_under_another_stays_whole_R1_5()
    {
        var script = new Script().Join(0, hw: "X").Join(2 * Day, hw: "Y").Failure(3 * Day, "a").On("q").Join(4 * Day, hw: "X");
        Assert.False(Forgetting.IsAbandoned(script.Read("hw:X", "p", "q", "hw:X")!, At(99 * Day), Week));
        var ofId = Assert.Single(Forget(script, ["p", "hw:Y"], "p"), t => t.Node == Id("p"));

        var left = SegmentMachine.Restore(7, TimeSpan.FromMinutes(1), script.Originals, [ofId]).View(Id("p"))!.Decode();

        Assert.Equal([0.0], left.Select(o => Seconds(o.At)));
    }

    [Fact]
    public void The_index_entry_of_an_address_that_two_machines_show_stays_R1_8()
    {
        var script = new Script().Join(0, hw: "X").On("q").Join(1 * Day, hw: "X").On("p").Join(2 * Day, hw: "X").Failure(3 * Day, "a");
        Assert.Equal([Id("p")], Forget(script, ["p", "q", "hw:X"], "p").Select(t => t.Node));
    }

    private static bool IsDue(Script script, double nowInDays) =>
        Forgetting.IsDue(script.Read("p")!, NodeCondition.Failed, At(nowInDays * Day), Week);

    private static IReadOnlyList<Tombstone> Forget(Script script, string[] sources, string asked, double settledAt = 0) =>
        Forgetting.Tombstones([script.Read(asked, sources)!], script.Sources(sources).ToDictionary(s => s.Node), At(settledAt));
}
