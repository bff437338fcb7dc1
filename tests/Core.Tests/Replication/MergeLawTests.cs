using CsCheck;
using FailureHistory.Core.History;
using FailureHistory.Core.Replication;
using Xunit;
using static FailureHistory.Core.Tests.Replication.Samples;

namespace FailureHistory.Core.Tests.Replication;

/// <summary>R9.7: merging is union, hence commutative, associative and idempotent; R4.6: the order of arrival can't be seen.</summary>
[Trait("Rule", "R9.7")]
public sealed class MergeLawTests
{
    private static readonly Gen<SegmentMachine> Machines =
        Gen.Select(Colliding.Array[0, 40], Tombstones.Array[0, 2], (observations, tombstones) => SegmentMachine.Restore(7, Settle, observations, tombstones));

    [Fact]
    public void Merge_is_commutative() => Gen.Select(Machines, Machines).Sample((a, b) => AreEqual(Merge(a, b), Merge(b, a)));

    [Fact]
    public void Merge_is_associative() =>
        Gen.Select(Machines, Machines, Machines).Sample((a, b, c) => AreEqual(Merge(Merge(a, b), c), Merge(a, Merge(b, c))));

    [Fact]
    public void Merge_is_idempotent() => Gen.Select(Machines, Machines).Sample((a, b) =>
    {
        var once = Merge(a, b);
        return AreEqual(Merge(a, a), a) && AreEqual(Merge(once, b), once) && AreEqual(Merge(once, once), once);
    });

    [Fact]
    public void Digests_are_equal_exactly_where_contents_are() =>
        Gen.Select(Machines, Machines).Sample((a, b) => (a.Digest == b.Digest) == Contents(a).SequenceEqual(Contents(b)));

    [Fact]
    public void Order_of_arrival_and_route_are_invisible() =>
        (from observations in Colliding.Array[0, 60]
         from tombstones in Tombstones.Array[0, 3]
         from shuffled in Gen.Shuffle(Steps(observations, tombstones))
         select (observations, tombstones, shuffled)).Sample(x =>
         {
             var straight = Play(Steps(x.observations, x.tombstones));
             var crooked = Play([.. x.shuffled, .. x.shuffled.Take(x.shuffled.Length / 2)]);
             return AreEqual(straight, crooked);
         });

    [Fact]
    public void Copies_that_exchange_become_equal_even_where_a_tombstone_parts_the_copies_of_a_key() =>
        (from a in Gen.Select(Colliding.Array[0, 30], Tombstones.Array[0, 2])
         from b in Gen.Select(Colliding.Array[0, 30], Tombstones.Array[0, 2])
         from late in Gen.Int[0, 5000]
         select (a, b, late)).Sample(x =>
         {
             // One side knows every key from a later gate as well.
             var (left, right) = (Play(Steps(x.a.Item1, x.a.Item2)), Play(Steps([.. x.b.Item1.Select(o => o with { ReceivedAt = o.ReceivedAt + TimeSpan.FromSeconds(x.late) })], x.b.Item2)));
             for (var round = 0; round < 2; round++)
             {
                 left = Merge(left, right);
                 right = Merge(right, left);
             }

             return AreEqual(left, right);
         });

    [Fact]
    public void A_machine_restored_from_an_image_is_the_same() => Machines.Sample(machine =>
    {
        var image = machine.Freeze();
        var again = SegmentMachine.Restore(image.Segment, Settle, image.Observations.Reverse(), image.Tombstones.Reverse());
        return AreEqual(machine, again) && image.Digest == again.Digest && image.ObservationCount == again.ObservationCount;
    });

    private static object[] Steps(Observation[] observations, Tombstone[] tombstones) => [.. observations, .. tombstones];

    private static SegmentMachine Play(object[] steps)
    {
        var machine = new SegmentMachine(7, Settle);
        foreach (var step in steps)
        {
            if (step is Observation observation)
            {
                machine.Apply(observation);
            }
            else
            {
                machine.Apply((Tombstone)step);
            }
        }

        return machine;
    }

    private static SegmentMachine Merge(SegmentMachine a, SegmentMachine b) =>
        SegmentMachine.Restore(7, Settle, a.Freeze().Observations.Concat(b.Freeze().Observations), a.Freeze().Tombstones.Concat(b.Freeze().Tombstones));

    private static bool AreEqual(SegmentMachine a, SegmentMachine b)
    {
        Assert.Equal(Contents(a), Contents(b));
        return a.Digest == b.Digest && a.ObservationCount == b.ObservationCount && a.NodeCount == b.NodeCount;
    }
}
