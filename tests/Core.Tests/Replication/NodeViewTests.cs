using CsCheck;
using FailureHistory.Core.History;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;
using Xunit;
using static FailureHistory.Core.Tests.Replication.Samples;

namespace FailureHistory.Core.Tests.Replication;

public sealed class NodeViewTests
{
    [Fact]
    public void Every_field_comes_back_exactly() => Any.Array[1, 60].Sample(observations =>
    {
        var distinct = observations.DistinctBy(ObservationKey.Of).ToArray();
        var machine = Machine(distinct);
        foreach (var node in distinct.GroupBy(o => o.Node))
        {
            Assert.Equal(node.Select(Line), machine.View(node.Key)!.Decode().Select(Line));
        }

        return machine.ObservationCount == distinct.Length;
    });

    [Fact]
    public void A_lone_surrogate_survives()
    {
        var odd = Failure("\ud800", 1) with { Reason = "\udc00\ud800", Signature = "x\ud800" };
        var back = Assert.Single(Machine(odd).View(odd.Node)!.Decode());
        Assert.True(back.Id == odd.Id && back.Reason == odd.Reason && back.Signature == odd.Signature);
    }

    [Fact]
    public void The_ends_of_time_survive()
    {
        long[] ends = [0, long.MaxValue, long.MinValue, -1, Stamp.MaxValue.Ticks];
        var observations = ends.SelectMany(at => ends, (at, received) => Failure($"{at} {received}", 0) with { At = new Stamp(at), ReceivedAt = new Stamp(received), ReportedAt = new Stamp(~at) });
        Assert.Equal(observations.Select(Line), Machine(observations).View(Node(1))!.Decode().Select(Line));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(5000)]
    public void Every_key_is_found_again_however_many_there_are(int count)
    {
        var observations = Enumerable.Range(0, count).Select(i => Failure($"o-{i:x8}", i % 97, $"d{i % 3}")).ToList();
        var machine = Machine(observations);
        Assert.Equal(count, machine.ObservationCount);
        Assert.All(observations, o => Assert.Equal(ApplyOutcome.Same, machine.Apply(o)));
        Assert.Equal(observations, machine.View(Node(1))!.Decode());
    }

    [Fact]
    public void A_view_never_changes()
    {
        var machine = Machine(Failure("f1", 1), Failure("f2", 20));
        var view = machine.View(Node(1))!;
        var before = (view.Decode(), view.Count, view.Digest, view.Ordered);
        machine.Apply(Failure("f3", 0));
        machine.Apply(Failure("f2", 10));
        Assert.Equal(before.Item1, view.Decode());
        machine.Apply(new Tombstone(Node(1), null, [], Second(1)));
        machine.CompactTo(Second(10_000));
        Assert.Equal(before.Item1, view.Decode());
        Assert.Equal((before.Count, before.Digest, before.Ordered), (view.Count, view.Digest, view.Ordered));
        Assert.Equal([Failure("f2", 10)], machine.View(Node(1))!.Decode());
    }

    [Fact]
    public void Ordered_is_never_said_of_what_is_not() => Colliding.Array[1, 30].Sample(observations =>
    {
        var machine = Machine(observations);
        foreach (var view in machine.Freeze().Views.Where(v => v.Ordered))
        {
            var decoded = view.Decode();
            var sorted = decoded.OrderBy(o => o.At).ThenBy(o => o.Kind).ThenBy(o => o.Detector, StringComparer.Ordinal).ThenBy(o => o.Id, StringComparer.Ordinal);
            Assert.Equal(sorted, decoded);
        }
    });

    [Fact]
    public void What_arrives_in_order_of_time_is_ordered()
    {
        Assert.True(Machine(Failure("a", 1), Failure("b", 1), Alive("a2", 1), Failure("a3", 2)).View(Node(1))!.Ordered);
        Assert.False(Machine(Failure("b", 1), Failure("a", 1)).View(Node(1))!.Ordered);
        Assert.False(Machine(Failure("b", 2), Failure("a", 1)).View(Node(1))!.Ordered);
    }

    [Fact]
    public async Task A_reader_on_another_thread_sees_a_consistent_prefix_while_the_writer_appends()
    {
        const int total = 20_000;
        var all = Enumerable.Range(0, total)
            .Select(i => Failure($"id-{i}", i, $"detector-{i % 700}") with { Reason = $"reason {i % 900}", Labels = Labels.From([KeyValuePair.Create("n", $"{i % 300}")]) })
            .ToArray();
        var expected = new ulong[total + 1];
        for (var i = 0; i < total; i++)
        {
            expected[i + 1] = expected[i] + ObservationHash.Digest(all[i]);
        }

        NodeView? published = null;
        var stopped = false;
        var failures = new List<string>();
        var looks = 0;
        var reader = Task.Run(() =>
        {
            for (var seen = 0; seen < total && failures.Count == 0;)
            {
                // Asked before the look: what is published by then is the last.
                var over = Volatile.Read(ref stopped);
                if (Volatile.Read(ref published) is not { } view)
                {
                    Assert.False(over, "the writer published nothing");
                    continue;
                }

                Assert.False(over && view.Count < total, $"the writer stopped after {view.Count} of {total} observations");

                seen = view.Count;
                looks++;
                var digest = view.Decode().Aggregate(0UL, (sum, o) => sum + ObservationHash.Digest(o));
                if (digest != view.Digest || digest != expected[seen])
                {
                    failures.Add($"a view of {seen} observations has the digest {digest:x}, says {view.Digest:x}, should have {expected[seen]:x}");
                }
            }
        });
        var machine = new SegmentMachine(7, Settle);
        try
        {
            foreach (var observation in all)
            {
                machine.Apply(observation);
                Volatile.Write(ref published, machine.View(observation.Node));
            }
        }
        finally
        {
            Volatile.Write(ref stopped, true);
        }

        await reader;
        Assert.Empty(failures);
        Assert.InRange(looks, 1, int.MaxValue);
    }
}
