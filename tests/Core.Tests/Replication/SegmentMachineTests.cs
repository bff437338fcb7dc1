using CsCheck;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;
using Xunit;
using static FailureHistory.Core.Tests.Replication.Samples;

namespace FailureHistory.Core.Tests.Replication;

[Trait("Rule", "R2.4")]
public sealed class SegmentMachineTests
{
    [Fact]
    public void The_same_observation_twice_is_stored_once()
    {
        var machine = Machine();
        Assert.Equal(ApplyOutcome.New, machine.Apply(Failure("f1", 5)));
        Assert.Equal(ApplyOutcome.Same, machine.Apply(Failure("f1", 5)));
        Assert.Equal(1, machine.ObservationCount);
        Assert.Equal(ObservationHash.Digest(Failure("f1", 5)), machine.Digest);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_two_copies_the_earlier_wins_whichever_comes_first(bool earlierFirst)
    {
        var (earlier, later) = (Failure("f1", 5), Failure("f1", 9));
        var machine = Machine(earlierFirst ? earlier : later);
        Assert.Equal(ApplyOutcome.Duplicate, machine.Apply(earlierFirst ? later : earlier));
        Assert.Equal(earlier, Assert.Single(machine.View(earlier.Node)!.Decode()));
        Assert.Equal(ObservationHash.Digest(earlier), machine.Digest);
    }

    [Fact]
    public void At_the_same_time_the_first_received_wins()
    {
        var (first, second) = (Failure("f1", 5, receivedAt: 6), Failure("f1", 5, receivedAt: 7) with { Reason = "cable" });
        var machine = Machine(second, first);
        Assert.Equal(first, Assert.Single(machine.View(first.Node)!.Decode()));
    }

    [Fact]
    public void With_the_same_stamps_every_replica_still_keeps_the_same_copy()
    {
        var (a, b) = (Failure("f1", 5) with { Reason = "cable" }, Failure("f1", 5) with { Reason = "power" });
        Assert.Equal(Contents(Machine(a, b)), Contents(Machine(b, a)));
        Assert.Equal(1, Machine(a, b).ObservationCount);
    }

    [Fact]
    public void A_key_is_node_and_origin_and_detector_and_id()
    {
        Observation[] different =
        [
            Failure("f1", 1), Failure("f2", 1), Failure("f1", 1, "other"), Failure("f1", 1) with { Detector = null }, Failure("f1", 1) with { Node = Node(2) },
            Failure("f1", 1) with { Origin = Node(2) }, Failure("f1", 1) with { Origin = Node(3) }, Failure("F1", 1), Failure("f1", 1, "Ping"),
        ];
        var machine = Machine(different);
        Assert.Equal(different.Length, machine.ObservationCount);
        Assert.All(different, o => Assert.Equal(ApplyOutcome.Same, machine.Apply(o)));
    }

    [Fact]
    public void Many_copies_that_replace_one_another_cost_no_more_than_one()
    {
        var machine = Machine(Failure("f1", 10_000));
        for (var i = 1; i <= 9_000; i++)
        {
            machine.Apply(Failure("f1", 10_000 - i));
        }

        Assert.Equal(Failure("f1", 1_000), Assert.Single(machine.View(Node(1))!.Decode()));
        Assert.InRange(machine.Bytes, 1, 20_000);
    }

    [Fact]
    public void An_unknown_node_has_no_view_and_no_digest()
    {
        var machine = Machine(Failure("f1", 1));
        Assert.Null(machine.View(Node(2)));
        Assert.Equal(0UL, machine.DigestOf(Node(2)));
    }

    [Fact]
    [Trait("Rule", "R9.5")]
    public void Pages_of_digests_name_every_node_once_in_order() =>
        Gen.Select(Gen.Int[0, 50].HashSet[0, 30], Gen.Int[1, 7]).Sample((numbers, size) =>
        {
            var machine = Machine(numbers.Select(i => Failure("f", i) with { Node = Node(i) }));
            machine.Apply(new Tombstone(Node(99), null, [], Second(1)));
            var paged = new List<(NodeId Node, ulong Digest)>();
            for (var page = machine.DigestsAfter(null, size); page.Count > 0; page = machine.DigestsAfter(page[^1].Node, size))
            {
                paged.AddRange(page);
            }

            Assert.Equal(numbers.Append(99).Select(Node).Order(), paged.Select(p => p.Node));
            Assert.All(paged, p => Assert.Equal(machine.DigestOf(p.Node), p.Digest));
            Assert.All(paged.Where(p => p.Node != Node(99)), p => Assert.Equal(machine.View(p.Node)!.Digest, p.Digest));
            return paged.Aggregate(0UL, (sum, p) => sum + p.Digest) == machine.Digest;
        });

    /// <summary>What may happen to a machine: an observation, a tombstone, or the time to compact.</summary>
    private static readonly Gen<object> Operations = Gen.Frequency(
        (20, Colliding.Select(o => (object)o)),
        (1, Tombstones.Select(t => (object)t)),
        (2, Gen.Int[0, 5000].Select(s => (object)Second(s))));

    [Fact]
    public void It_does_what_its_dumb_twin_does() => Operations.Array[0, 120].Sample(operations =>
    {
        var (machine, twin) = (Machine(), new SegmentTwin(Settle));
        var horizon = Stamp.Zero;
        foreach (var operation in operations)
        {
            switch (operation)
            {
                case Observation observation:
                    Assert.Equal(twin.Apply(observation), machine.Apply(observation));
                    break;
                case Tombstone tombstone:
                    twin.Apply(tombstone);
                    machine.Apply(tombstone);
                    break;
                case Stamp until when until >= horizon:
                    horizon = until;
                    twin.CompactTo(until);
                    machine.CompactTo(until);
                    break;
            }

            AssertSame(twin, machine);
        }
    });

    private static void AssertSame(SegmentTwin twin, SegmentMachine machine)
    {
        var image = machine.Freeze();
        Assert.Equal(twin.Observations.Select(Line).Order(StringComparer.Ordinal), image.Observations.Select(Line).Order(StringComparer.Ordinal));
        Assert.Equal(twin.Observations.Count(), machine.ObservationCount);
        Assert.Equal(twin.Observations.Select(o => o.Node).Distinct().Count(), machine.NodeCount);
        var digest = image.Tombstones.Select(ObservationHash.Digest).Concat(twin.Observations.Select(ObservationHash.Digest)).Aggregate(0UL, (sum, d) => sum + d);
        Assert.Equal(digest, machine.Digest);
    }
}
