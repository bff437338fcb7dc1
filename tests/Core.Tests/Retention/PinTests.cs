using CsCheck;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Retention;
using FailureHistory.Core.Tests.Replication;
using FailureHistory.Core.Time;
using Xunit;
using static FailureHistory.Core.Tests.Replication.Samples;

namespace FailureHistory.Core.Tests.Retention;

/// <summary>R10.1: pins are part of what replicas hold, compare and merge.</summary>
[Trait("Rule", "R10.1")]
public sealed class PinTests
{
    // Few nodes and few instants, so that pins of one node at one instant meet.
    private static readonly Gen<Pin> Pins =
        from node in Gen.Int[0, 2]
        from at in Gen.Int[0, 3]
        from pinned in Gen.Bool
        from who in Gen.OneOf(Gen.Const("ann"), Gen.Const("bob"))
        select new Pin(Node(node), Second(at), pinned, pinned ? "on loan" : "", who);

    private static readonly Gen<(Observation[] Observations, Tombstone[] Tombstones, Pin[] Pins)> Contents =
        Gen.Select(Colliding.Array[0, 10], Tombstones.Array[0, 2], Pins.Array[0, 6]);

    [Fact]
    public void The_later_pin_counts_and_the_end_of_a_pin_is_one() => Assert.Multiple(
        () => Assert.True(Play(new Pin(Node(1), Second(1), true, "x", "ann"), new Pin(Node(1), Second(2), false, "", "bob")).PinOf(Node(1)) is { IsPinned: false, By: "bob" }),
        () => Assert.True(Play(new Pin(Node(1), Second(2), true, "x", "ann"), new Pin(Node(1), Second(1), false, "", "bob")).PinOf(Node(1)) is { IsPinned: true, By: "ann" }));

    [Fact]
    public void The_order_in_which_pins_arrive_is_invisible() =>
        (from pins in Pins.Array[0, 12]
         from shuffled in Gen.Shuffle(pins)
         select (pins, shuffled)).Sample(x =>
         {
             var (straight, crooked) = (Play(x.pins), Play([.. x.shuffled, .. x.pins]));
             Assert.All(Enumerable.Range(0, 3), i => Assert.Equal(straight.PinOf(Node(i)), crooked.PinOf(Node(i))));
             return straight.Digest == crooked.Digest;
         });

    [Fact]
    public void Copies_that_exchange_hold_the_same_pins_and_have_equal_digests() => Gen.Select(Contents, Contents).Sample((a, b) =>
    {
        var left = Restore([.. a.Observations, .. b.Observations], [.. a.Tombstones, .. b.Tombstones], [.. a.Pins, .. b.Pins]);
        var right = Restore([.. b.Observations, .. a.Observations], [.. b.Tombstones, .. a.Tombstones], [.. b.Pins, .. a.Pins]);
        Assert.Equal(left.Freeze().Pins.OrderBy(p => p.Node), right.Freeze().Pins.OrderBy(p => p.Node));
        Assert.Equal(left.DigestsAfter(null, 100), right.DigestsAfter(null, 100));
        return left.Digest == right.Digest;
    });

    [Fact]
    public void A_pin_changes_the_digests_of_the_copy_and_of_its_node_and_its_node_is_listed_without_observations()
    {
        var machine = Machine(Failure("i", 1));
        var (before, ofNode) = (machine.Digest, machine.DigestOf(Node(1)));
        Assert.True(machine.Apply(new Pin(Node(1), Second(1), true, "x", "ann")));
        Assert.True(machine.Apply(new Pin(Node(2), Second(1), true, "x", "ann")));
        Assert.False(machine.Apply(new Pin(Node(2), Second(1), true, "x", "ann")));

        Assert.NotEqual(before, machine.Digest);
        Assert.NotEqual(ofNode, machine.DigestOf(Node(1)));
        Assert.Equal(machine.DigestOf(Node(1)), machine.View(Node(1))!.Digest);
        Assert.Equal([Node(1), Node(2)], machine.DigestsAfter(null, 9).Select(d => d.Node).OrderBy(n => n == Node(1) ? 0 : 1));
        Assert.Equal(machine.Digest, machine.DigestsAfter(null, 9).Aggregate(0UL, (sum, d) => sum + d.Digest));
    }

    [Fact]
    public void A_copy_restored_from_an_image_has_the_same_pins() => Contents.Sample(x =>
    {
        var machine = Restore(x.Observations, x.Tombstones, x.Pins);
        var image = machine.Freeze();
        return SegmentMachine.Restore(7, Settle, image.Observations, image.Tombstones, image.Pins).Digest == image.Digest && image.Digest == machine.Digest;
    });

    [Fact]
    public void The_end_of_a_pin_is_kept_as_long_as_a_tombstone_and_a_pin_for_ever_R9_7()
    {
        var machine = Play(new Pin(Node(1), Second(0), true, "x", "ann"), new Pin(Node(2), Second(0), false, "", "ann"));
        machine.CompactTo(Second(0) + Tombstone.Lifetime);
        Assert.NotNull(machine.PinOf(Node(2)));
        machine.CompactTo(Second(1) + Tombstone.Lifetime);
        Assert.Null(machine.PinOf(Node(2)));
        Assert.NotNull(machine.PinOf(Node(1)));
        Assert.Equal(machine.Digest, ObservationHash.Digest(machine.PinOf(Node(1))!));
    }

    [Fact]
    public void The_hash_of_a_pin_is_frozen() =>
        Assert.Equal(0xF043CD9753BA71BCUL, ObservationHash.Digest(new Pin(NodeId.FromName("gpu-7"), new Stamp(99), true, "on loan", "ann")));

    [Fact]
    public void A_machine_is_pinned_by_the_pin_of_any_id_that_it_went_under()
    {
        var first = Join("j1", 1) with { Hardware = X };
        var second = Join("j2", 2) with { Node = Node(2), Hardware = X };
        MachineHistory? Read(Pin? one, Pin? two) => MachineHistories.Evaluate(
            [new NodeObservations(Node(1), [first], one), new NodeObservations(Node(2), [second], two)], NodeReference.Of(Node(1)), HistoryOptions.Default);

        var (a, b) = (new Pin(Node(1), Second(3), true, "a", "ann"), new Pin(Node(2), Second(3), true, "b", "bob"));
        Assert.Null(Read(null, null)!.Pin);
        Assert.Equal(a, Read(a, null)!.Pin);
        Assert.Equal(b, Read(a, b)!.Pin); // that of the id it goes under now
        Assert.Equal(a, Read(a, b with { IsPinned = false })!.Pin);
    }

    private static SegmentMachine Play(params Pin[] pins) => Restore([], [], pins);

    private static SegmentMachine Restore(Observation[] observations, Tombstone[] tombstones, Pin[] pins) =>
        SegmentMachine.Restore(7, Settle, observations, tombstones, pins);
}
