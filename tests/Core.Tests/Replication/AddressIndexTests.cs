using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using Xunit;
using static FailureHistory.Core.Tests.Replication.Samples;

namespace FailureHistory.Core.Tests.Replication;

[Trait("Rule", "R1.5")]
public sealed class AddressIndexTests
{
    private static readonly NodeId Entry = NodeId.OfAddress(X);

    [Fact]
    public void An_address_known_under_one_id_has_nothing_to_pass_on()
    {
        var machine = Machine(Copy(Join("j1", 1), 1), Copy(Join("j2", 2), 1));
        Assert.Empty(machine.IndexNodesToPassOn);
        Assert.Empty(machine.SharedIndexNodes);
        Assert.Empty(machine.PassOn(Entry));
    }

    [Fact]
    public void Each_id_hears_of_the_joins_of_every_other()
    {
        var (a, b) = (Copy(Join("j1", 1), 1), Copy(Join("j2", 2), 2));
        var machine = Machine(a, Copy(Failure("f1", 1.5), 1), b);
        Assert.Equal([Entry], machine.IndexNodesToPassOn);
        Assert.Equal([Entry], machine.SharedIndexNodes);
        Assert.Equal([a with { Node = Node(2) }, b with { Node = Node(1) }], machine.PassOn(Entry).OrderBy(o => o.At));
    }

    [Fact]
    public void An_id_without_a_join_is_known_by_its_earliest_observation()
    {
        var earliest = Copy(Failure("f1", 3), 1);
        var machine = Machine(Copy(Join("j2", 9), 2), Copy(Failure("f2", 5), 1), earliest);
        Assert.Equal([earliest with { Node = Node(2) }], machine.PassOn(Entry).Where(o => o.Node == Node(2)));
    }

    [Fact]
    public void Three_ids_hear_of_one_another()
    {
        var machine = Machine(Copy(Join("j1", 1), 1), Copy(Join("j2", 2), 2), Copy(Join("j3", 3), 3));
        Assert.Equal(6, machine.PassOn(Entry).Count);
        Assert.All(machine.PassOn(Entry), o => Assert.NotEqual(o.Node, o.Origin));
    }

    [Fact]
    public void Changed_entries_are_given_once()
    {
        var machine = Machine(Copy(Join("j1", 1), 1), Copy(Join("j2", 2), 2));
        Assert.Equal([Entry], machine.TakeChangedIndexNodes());
        Assert.Empty(machine.TakeChangedIndexNodes());
        machine.Apply(Copy(Join("j2", 2), 2));
        Assert.Empty(machine.IndexNodesToPassOn);
        machine.Apply(Copy(Join("j3", 3), 2));
        Assert.Equal([Entry], machine.TakeChangedIndexNodes());
    }

    [Fact]
    public void Copies_that_were_passed_on_make_no_entry()
    {
        var machine = Machine(
            Join("j1", 1) with { Hardware = X },
            Join("j2", 2) with { Hardware = X, Origin = Node(2) },
            Join("j3", 3) with { Hardware = X, Origin = Node(3) });
        Assert.Empty(machine.SharedIndexNodes);
    }

    [Fact]
    public void An_entry_is_known_again_after_a_restart_and_a_compaction()
    {
        var copies = Enumerable.Range(0, 50).Select(i => Copy(Join($"j{i:00}", i), 1)).Append(Copy(Join("b", 99), 2)).ToList();
        var machine = Machine(copies);
        machine.TakeChangedIndexNodes();
        machine.CompactTo(Second(100_000));
        Assert.Equal([Entry], machine.SharedIndexNodes);
        Assert.Equal(3, machine.ObservationCount);
        var again = Machine(machine.Freeze().Observations);
        Assert.Equal([Entry], again.TakeChangedIndexNodes());
    }

    [Fact]
    public void What_is_passed_on_again_and_again_is_never_stored_again_after_compaction()
    {
        var entry = Machine();
        var target = Machine();
        for (var i = 0; i < 500; i++)
        {
            // Node 1 joins and leaves and fails, node 2 joins now and then.
            var next = (i % 10) switch { 3 => Leave($"l{i}", i), 6 => Failure($"f{i}", i), _ => Join($"j{i}", i) };
            entry.Apply(Copy(next, i % 50 == 49 ? 2 : 1));
            if (i % 50 == 49)
            {
                target.Apply(next with { Node = Node(2), Hardware = X });
            }

            if (i % 5 == 0)
            {
                PassOnTo(target, entry);
                entry.CompactTo(Second(i));
                target.CompactTo(Second(i));
            }
        }

        PassOnTo(target, entry);
        entry.CompactTo(Second(100_000));
        target.CompactTo(Second(100_000));
        Assert.InRange(target.ObservationCount, 1, 200);
        Assert.All(PassOnTo(target, entry), outcome => Assert.Equal(ApplyOutcome.Same, outcome));
    }

    private static List<ApplyOutcome> PassOnTo(SegmentMachine target, SegmentMachine entry) =>
        [.. entry.PassOn(Entry).Where(o => o.Node == Node(2)).Select(target.Apply)];

    private static Observation Copy(Observation original, int about) => original with { Node = Entry, Origin = Node(about), Hardware = X };
}
