using CsCheck;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;
using Xunit;
using static FailureHistory.Core.Tests.Replication.Samples;

namespace FailureHistory.Core.Tests.Replication;

/// <summary>What a snapshot holds of a copy (DESIGN D2), and that a machine that was given it goes on like the one that it was made of (R9.7).</summary>
public sealed class SegmentPackingTests
{
    [Fact]
    [Trait("Rule", "R9.7")]
    public void A_machine_comes_back_and_goes_on_as_the_one_that_was_packed() => Gen.Select(Gen.OneOf(Any, Colliding).Array[0, 60], Gen.OneOf(Any, Colliding).Array[0, 30]).Sample((before, after) =>
    {
        var machine = Machine(before); // with copies of one key, of which the later was replaced
        var loaded = new SegmentMachine(7, Settle);
        var latest = loaded.Load(SegmentPacking.Pack(machine.Freeze()));

        Assert.Equal(Contents(machine), Contents(loaded));
        Assert.Equal((machine.Digest, machine.ObservationCount, machine.NodeCount), (loaded.Digest, loaded.ObservationCount, loaded.NodeCount));
        Assert.True(before.Length == 0 || latest >= machine.Freeze().Observations.Max(o => o.ReceivedAt));
        Assert.All(machine.Freeze().Observations, o => Assert.Equal(ApplyOutcome.Same, loaded.Apply(o)));
        Assert.Equal(machine.SharedIndexNodes.Order(), loaded.SharedIndexNodes.Order());
        foreach (var observation in after.Concat(before))
        {
            Assert.Equal(machine.Apply(observation), loaded.Apply(observation));
        }

        foreach (var horizon in new[] { Second(100), Second(1e6) })
        {
            Assert.Equal(machine.CompactTo(horizon), loaded.CompactTo(horizon));
        }

        Assert.Equal(Contents(machine), Contents(loaded));
        return machine.Digest == loaded.Digest;
    });

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(5000)]
    public void Every_key_is_found_again_however_many_there_are(int count)
    {
        var observations = Enumerable.Range(0, count).Select(i => Failure($"o-{i:x8}", i % 97, $"d{i % 3}")).ToList();
        var loaded = new SegmentMachine(7, Settle);
        loaded.Load(SegmentPacking.Pack(Machine(observations).Freeze()));
        Assert.All(observations, o => Assert.Equal(ApplyOutcome.Same, loaded.Apply(o)));
        Assert.Equal(ApplyOutcome.New, loaded.Apply(Failure("new", 5)));
    }

    [Fact]
    public void An_image_is_that_of_its_moment_whatever_comes_after()
    {
        var machine = Machine(Failure("f1", 1) with { Name = "one" });
        var image = machine.Freeze();
        machine.Apply(Failure("f2", 2, "other") with { Name = "two", Reason = "later", Hardware = X });
        var loaded = new SegmentMachine(7, Settle);
        loaded.Load(SegmentPacking.Pack(image));
        Assert.Equal(["f1"], loaded.Freeze().Observations.Select(o => o.Id));
    }

    [Fact]
    public void Words_that_nobody_uses_go_though_the_machine_was_loaded_in_between()
    {
        IEnumerable<Observation> Named(int node) => Enumerable.Range(0, 3_000).Select(i => Failure($"{node}-{i}", i) with { Node = Node(node), Name = $"a name that is long and occurs once, {node} {i}" });
        static void Remove(SegmentMachine machine, int node) => machine.Apply(new Tombstone(Node(node), null, [], Second(100_000)));

        var machine = Machine([.. Named(2), Failure("stays", 1)]);
        Remove(machine, 2);
        var packed = SegmentPacking.Pack(machine.Freeze());
        Assert.InRange(packed.Length, 100_000, int.MaxValue); // too few have gone for the words to be counted anew

        var loaded = new SegmentMachine(7, Settle);
        loaded.Load(packed);
        foreach (var observation in Named(3))
        {
            loaded.Apply(observation);
        }

        Remove(loaded, 3);
        Assert.Equal(["stays"], loaded.Freeze().Observations.Select(o => o.Id));
        Assert.InRange(SegmentPacking.Pack(loaded.Freeze()).Length, 1, 1_000);
    }

    [Fact]
    public void Damaged_bytes_are_refused_whichever_they_are()
    {
        var packed = SegmentPacking.Pack(Machine(Failure("f1", 1), Alive("a1", 2)).Freeze());
        for (var i = 0; i < packed.Length; i++)
        {
            var damaged = packed.ToArray();
            damaged[i] ^= 0x10;
            Assert.Contains("damaged", Assert.Throws<FormatException>(() => { new SegmentMachine(7, Settle).Load(damaged); }).Message, StringComparison.Ordinal);
        }

        Assert.Throws<FormatException>(() => { new SegmentMachine(7, Settle).Load(packed.AsSpan(0, packed.Length - 1)); });
        Assert.Throws<FormatException>(() => { new SegmentMachine(7, Settle).Load([]); });
    }

    [Fact]
    public void A_later_layout_is_refused_by_its_number()
    {
        byte[] later = [2, 0, 0];
        byte[] packed = [.. later, .. BitConverter.GetBytes(ContentHash.Of(later))];
        Assert.Contains("layout 2", Assert.Throws<FormatException>(() => { new SegmentMachine(7, Settle).Load(packed); }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_taken_in_before_anything_else()
    {
        var packed = SegmentPacking.Pack(Machine(Failure("f1", 1)).Freeze());
        Assert.Throws<InvalidOperationException>(() => { Machine(Failure("f2", 1)).Load(packed); });
    }

    /// <summary>What is on disks is read for ever: a change of the layout of records needs another number, and a reader of this one.</summary>
    [Fact]
    [Trait("Rule", "D14")]
    public void The_bytes_are_frozen()
    {
        var machine = Machine(
            Failure("00112233445566ff", 1) with { Name = "rack1.example.org", Hardware = X, Reason = "no answer", Labels = Labels.From([new("zone", "a")]), Signature = "sig" },
            Alive("550e8400-e29b-41d4-a716-446655440000", 2.5),
            Failure("same", 9, receivedAt: 9.25),
            Failure("same", 8, receivedAt: 8.25) with { ReportedAt = Second(7) },
            Join("j", 0.5) with { Origin = Node(2) });
        var packed = SegmentPacking.Pack(machine.Freeze());
        Assert.Equal(Golden, Convert.ToHexStringLower(packed));

        var loaded = new SegmentMachine(7, Settle);
        loaded.Load(Convert.FromHexString(Golden));
        Assert.Equal(Contents(machine), Contents(loaded));
        Assert.Equal(machine.Digest, loaded.Digest);
    }

    private const string Golden =
        "0101021070696e67447261636b312e6578616d706c652e6f7267014435323a35343a30303a41423a63643a30310101107a6f6e6504610200000000000054400000000000006940010000000000000000"
        + "000000000000694000014125257f9d72773f390610cb9ecb0c0401f9e2d5e20bec40df145500364f91b627f13859ae6a127ad5040080dad8ddd7b4e43e732001002100112233445566ffd00300000001"
        + "00246e6f20616e737765720c7369671a010042550e8400e29b41d4a71644665544000001008087a70e001201001073616d65040080d0a54cc096b102001701001073616d650c0480f6e042c096b102ff"
        + "d9c409003d0b0001046a0200fface204012a125303d68c38b3";
}
