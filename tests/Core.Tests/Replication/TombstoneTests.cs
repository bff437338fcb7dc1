using CsCheck;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;
using Xunit;
using static FailureHistory.Core.Tests.Replication.Samples;

namespace FailureHistory.Core.Tests.Replication;

[Trait("Rule", "R9.7")]
public sealed class TombstoneTests
{
    [Fact]
    public void What_was_removed_stays_removed_whoever_comes_back_late()
    {
        var machine = Machine(Failure("f1", 5), Join("j1", 9));
        Assert.True(machine.Apply(new Tombstone(Node(1), null, [], Second(9))));
        Assert.Equal((0, 0L), (machine.NodeCount, machine.ObservationCount));
        Assert.Null(machine.View(Node(1)));
        Assert.Equal(ApplyOutcome.Removed, machine.Apply(Failure("f1", 5)));
        Assert.Equal(ApplyOutcome.Removed, machine.Apply(Failure("f0", 1)));
        Assert.Equal(0, machine.ObservationCount);
    }

    [Fact]
    [Trait("Rule", "R10.2")]
    public void The_same_history_may_be_imported_anew()
    {
        var machine = Machine(Failure("f1", 5, receivedAt: 100));
        machine.Apply(new Tombstone(Node(1), null, [], Second(200)));
        Assert.Equal(ApplyOutcome.New, machine.Apply(Failure("f1", 5, receivedAt: 201)));
        Assert.Equal([Failure("f1", 5, receivedAt: 201)], machine.View(Node(1))!.Decode());
    }

    [Fact]
    public void What_was_received_later_is_not_touched()
    {
        var machine = Machine(Failure("f1", 5), Failure("f2", 6, receivedAt: 50));
        machine.Apply(new Tombstone(Node(1), null, [], Second(49)));
        Assert.Equal([Failure("f2", 6, receivedAt: 50)], machine.View(Node(1))!.Decode());
    }

    [Fact]
    public void One_machines_part_is_what_names_it_and_what_names_none_within_its_stints()
    {
        var named = Failure("named", 99) with { Hardware = HardwareAddress.Parse(X.Text.ToUpperInvariant()) };
        var other = Failure("other", 15) with { Hardware = Y };
        var machine = Machine(named, other, Failure("before", 9), Failure("in", 10), Failure("edge", 20), Failure("again", 35));
        machine.Apply(new Tombstone(Node(1), X, [(Second(30), Second(40)), (Second(10), Second(20))], Second(1000)));
        Assert.Equal(["other", "before", "edge"], machine.View(Node(1))!.Decode().Select(o => o.Id));
    }

    [Fact]
    public void Digest_tells_a_removed_node_from_one_never_known()
    {
        var machine = Machine();
        machine.Apply(new Tombstone(Node(1), null, [], Second(1)));
        Assert.NotEqual(0UL, machine.Digest);
        Assert.Equal([(Node(1), machine.Digest)], machine.DigestsAfter(null, 10));
    }

    [Fact]
    public void Of_a_nodes_tombstones_only_those_stay_that_no_other_covers()
    {
        var machine = Machine();
        Assert.True(machine.Apply(new Tombstone(Node(1), X, [(Second(1), Second(2))], Second(10))));
        Assert.True(machine.Apply(new Tombstone(Node(1), X, [(Second(1), Second(3))], Second(20))));
        Assert.Single(machine.TombstonesOf(Node(1)));
        Assert.False(machine.Apply(new Tombstone(Node(1), HardwareAddress.Parse(X.Text.ToUpperInvariant()), [(Second(1), Second(2)), (Second(2), Second(3))], Second(20))));
        Assert.True(machine.Apply(new Tombstone(Node(1), Y, [], Second(20))));
        Assert.True(machine.Apply(new Tombstone(Node(1), X, [], Second(30))));
        Assert.Equal(3, machine.TombstonesOf(Node(1)).Count);
        Assert.True(machine.Apply(new Tombstone(Node(1), null, [], Second(30))));
        Assert.Equal(new Tombstone(Node(1), null, [], Second(30)), Assert.Single(machine.TombstonesOf(Node(1))));
    }

    [Fact]
    public void Covers_is_a_partial_order_on_normal_forms() => Gen.Select(Tombstones, Tombstones, Tombstones).Sample((x, y, z) =>
    {
        var (a, b, c) = (x.Normalized(), y.Normalized(), z.Normalized());
        Assert.True(a.Covers(a));
        Assert.False(a.Covers(b) && b.Covers(a) && !a.Equals(b), "two that cover each other are equal");
        Assert.False(a.Covers(b) && b.Covers(c) && !a.Covers(c), "covering carries over");
        Assert.Equal(ObservationHash.Digest(x), ObservationHash.Digest(a));
    });

    [Fact]
    public void A_tombstone_that_covers_another_removes_all_that_it_does() =>
        Gen.Select(Tombstones, Tombstones, Colliding).Sample((a, b, o) => !(a.Normalized().Covers(b.Normalized()) && b.Removes(o)) || a.Removes(o));

    [Fact]
    public void The_normal_form_removes_the_same() =>
        Gen.Select(Tombstones, Colliding).Sample((t, o) => t.Removes(o) == t.Normalized().Removes(o));

    [Fact]
    public void Tombstones_live_30_days()
    {
        var machine = Machine();
        machine.Apply(new Tombstone(Node(1), null, [], Second(0)));
        machine.CompactTo(Second(0) + TimeSpan.FromDays(30));
        Assert.Single(machine.TombstonesOf(Node(1)));
        machine.CompactTo(Second(0) + TimeSpan.FromDays(30) + TimeSpan.FromTicks(1));
        Assert.Empty(machine.TombstonesOf(Node(1)));
        Assert.Equal(0UL, machine.Digest);
        Assert.Empty(machine.DigestsAfter(null, 10));
        Assert.Equal(ApplyOutcome.New, machine.Apply(Failure("f1", -5)));
    }

    [Fact]
    public void An_image_carries_the_tombstones()
    {
        var tombstone = new Tombstone(Node(1), X, [(Second(1), Stamp.MaxValue)], Second(10));
        var machine = Machine(Failure("f1", 5));
        machine.Apply(tombstone);
        Assert.Equal(tombstone, Assert.Single(machine.Freeze().Tombstones));
        Assert.Empty(machine.Freeze().Observations);
    }
}
