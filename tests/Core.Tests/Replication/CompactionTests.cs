using CsCheck;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;
using Xunit;
using Xunit.Abstractions;
using static FailureHistory.Core.Tests.Replication.Samples;

namespace FailureHistory.Core.Tests.Replication;

/// <summary>R2.6: only the first and the last of a run of repeats are kept, and nobody can tell.</summary>
[Trait("Rule", "R2.6")]
public sealed class CompactionTests(ITestOutputHelper output)
{
    private static readonly Stamp Later = Second(1_000_000);

    [Fact]
    public void Of_a_run_the_first_and_the_last_are_kept()
    {
        var machine = Machine(Enumerable.Range(0, 10).Select(i => Failure($"f{i}", i)));
        Assert.Equal(8, machine.CompactTo(Later));
        Assert.Equal(["f0", "f9"], Ids(machine));
    }

    [Fact]
    public void Repeats_younger_than_settle_are_kept()
    {
        var machine = Machine(Enumerable.Range(0, 10).Select(i => Failure($"f{i}", i)));
        machine.CompactTo(Second(5) + Settle);
        Assert.Equal(["f0", "f4", "f5", "f6", "f7", "f8", "f9"], Ids(machine));
        machine.CompactTo(Second(7) + Settle);
        Assert.Equal(["f0", "f6", "f7", "f8", "f9"], Ids(machine));
    }

    [Fact]
    public void A_repeat_stays_until_the_one_that_takes_its_place_has_settled_since_a_report_may_yet_come_between_them()
    {
        var machine = Machine(Failure("f0", 0), Failure("f1", 1), Failure("f100", 100));
        machine.CompactTo(Second(101));
        machine.Apply(Alive("a", 99)); // two seconds late: far less than settle
        machine.CompactTo(Later);
        Assert.Equal(["f0", "f1", "a", "f100"], Ids(machine));
    }

    [Fact]
    public void An_own_alive_or_a_join_or_a_leave_breaks_a_run_and_others_do_not()
    {
        Assert.Equal(["f1", "f3"], Compacted(Failure("f1", 1), Failure("f2", 2), Failure("f3", 3)));
        Assert.Equal(["f1", "f2", "a", "f3"], Compacted(Failure("f1", 1), Failure("f2", 2), Alive("a", 2.5), Failure("f3", 3)));
        Assert.Equal(["f1", "f2", "j", "f3"], Compacted(Failure("f1", 1), Failure("f2", 2), Join("j", 2.5), Failure("f3", 3)));
        Assert.Equal(["f1", "f2", "l", "f3"], Compacted(Failure("f1", 1), Failure("f2", 2), Leave("l", 2.5), Failure("f3", 3)));
        Assert.Equal(["f1", "other", "f3"], Compacted(Failure("f1", 1), Failure("other", 1.5, "log"), Failure("f2", 2), Failure("f3", 3)));
        Assert.Equal(["f1", "other", "f3"], Compacted(Failure("f1", 1), Alive("other", 1.5, "log"), Failure("f2", 2), Failure("f3", 3)));
    }

    [Fact]
    public void A_failure_breaks_a_run_of_joins_and_not_one_of_leaves()
    {
        Assert.Equal(["j1", "a", "j3"], Compacted(Join("j1", 1), Alive("a", 1.5), Join("j2", 2), Join("j3", 3)));
        Assert.Equal(["j1", "f", "j2", "j3"], Compacted(Join("j1", 1), Failure("f", 1.5), Join("j2", 2), Join("j3", 3)));
        Assert.Equal(["l1", "f", "l3"], Compacted(Leave("l1", 1), Failure("f", 1.5), Leave("l2", 2), Leave("l3", 3)));
        Assert.Equal(["j1", "x", "j2", "j3"], Compacted(Join("j1", 1), Join("x", 1.5) with { Hardware = X }, Join("j2", 2), Join("j3", 3)));
    }

    [Fact]
    public void Another_machine_or_another_origin_is_another_run()
    {
        Assert.Equal(["f1", "f2", "f3"], Compacted(Failure("f1", 1), Failure("f2", 2) with { Hardware = X }, Failure("f3", 3) with { Origin = Node(5) }));
        Assert.Equal(["f1", "x1", "f3", "x3"], Compacted(
            Failure("f1", 1), Failure("x1", 1.5) with { Hardware = X }, Failure("f2", 2), Failure("x2", 2.5) with { Hardware = X }, Failure("f3", 3), Failure("x3", 3.5) with { Hardware = X }));
    }

    [Fact]
    public void What_a_repeat_says_for_the_first_or_last_time_is_kept()
    {
        Observation Repeat(int i) => Failure($"f{i}", i) with { Labels = Labels.From([KeyValuePair.Create("rack", "1")]) };
        Assert.Equal(["f1", "f3", "f5"], Compacted(Repeat(1), Repeat(2), Repeat(3) with { Reason = "cable" }, Repeat(4) with { Reason = "cable" }, Repeat(5)));
        Assert.Equal(["f1", "f3", "f5"], Compacted(Repeat(1), Repeat(2), Repeat(3) with { Name = "n1" }, Repeat(4) with { Name = "N1" }, Repeat(5)));
        Assert.Equal(["f1", "f4", "f5"], Compacted(Repeat(1), Repeat(2), Repeat(3), Repeat(4), Repeat(5) with { Labels = Labels.None }));
        Assert.Equal(["f1", "f3", "f5"], Compacted(Repeat(1), Repeat(2), Repeat(3) with { ReceivedAt = Second(50) }, Repeat(4), Repeat(5)));
        Assert.Equal(["f1", "f3", "f5"], Compacted(Repeat(1), Repeat(2), Repeat(3) with { Explicit = false }, Repeat(4) with { Explicit = false }, Repeat(5) with { Explicit = false }));
    }

    [Fact]
    public void A_horizon_before_an_earlier_one_does_nothing()
    {
        var machine = Machine(Failure("f1", 1));
        machine.CompactTo(Later);
        machine.Apply(Failure("f2", 2));
        machine.Apply(Failure("f3", 3));
        Assert.Equal(0, machine.CompactTo(Second(500)));
        Assert.Equal(3, machine.ObservationCount);
        Assert.Equal(1, machine.CompactTo(Later));
    }

    [Fact]
    public void Nobody_can_tell_that_repeats_are_gone() => Histories.Sample(observations =>
    {
        var machine = Machine(observations);
        machine.CompactTo(Later);
        var (all, left) = (observations.ToList(), machine.View(Node(1))?.Decode() ?? []);
        Assert.Equal(DumbEvaluation.Of(all, withCopies: false), DumbEvaluation.Of(left, withCopies: false));
        Assert.Equal(DumbEvaluation.Of(all, withCopies: true), DumbEvaluation.Of(left, withCopies: true));
    });

    [Fact]
    public void It_keeps_what_the_dumb_twin_keeps_whatever_the_order_of_arrival() =>
        Gen.Select(Histories.SelectMany(h => Gen.Shuffle(h)), Gen.Int[0, 400]).Sample((observations, horizon) =>
        {
            var (machine, twin) = (Machine(observations), new SegmentTwin(Settle));
            foreach (var observation in observations)
            {
                twin.Apply(observation);
            }

            machine.CompactTo(Second(horizon));
            twin.CompactTo(Second(horizon));
            Assert.Equal(twin.Observations.Select(Line).Order(StringComparer.Ordinal), machine.Freeze().Observations.Select(Line).Order(StringComparer.Ordinal));
        });

    [Fact]
    [Trait("Rule", "R9.7")]
    public void Equal_sets_compacted_to_the_same_horizon_are_equal_in_however_many_steps() =>
        Gen.Select(Histories.SelectMany(h => Gen.Shuffle(h)), Gen.Int[0, 400].Array[0, 5]).Sample((observations, steps) =>
        {
            var (stepwise, atOnce) = (Machine(observations), Machine(observations.Reverse()));
            foreach (var step in steps.Order())
            {
                stepwise.CompactTo(Second(step));
            }

            stepwise.CompactTo(Second(300));
            atOnce.CompactTo(Second(steps.Append(300).Max()));
            stepwise.CompactTo(Second(steps.Append(300).Max()));
            Assert.Equal(Contents(atOnce), Contents(stepwise));
            return atOnce.Digest == stepwise.Digest;
        });

    [Fact]
    public void Compacting_while_reports_come_in_order_leaves_what_compacting_at_the_end_does() =>
        Gen.Select(Histories, Gen.Int[1, 7]).Sample((observations, every) =>
        {
            var inOrder = observations.Select(o => o with { ReceivedAt = o.At }).OrderBy(o => o.At).ThenBy(o => o.Kind)
                .ThenBy(o => o.Detector, StringComparer.Ordinal).ThenBy(o => o.Id, StringComparer.Ordinal).ToList();
            var (live, atOnce) = (new SegmentMachine(7, TimeSpan.FromSeconds(20)), new SegmentMachine(7, TimeSpan.FromSeconds(20)));
            for (var i = 0; i < inOrder.Count; i++)
            {
                live.Apply(inOrder[i]);
                atOnce.Apply(inOrder[i]);
                if (i % every == 0)
                {
                    live.CompactTo(inOrder[i].At);
                }
            }

            live.CompactTo(Later);
            atOnce.CompactTo(Later);
            Assert.Equal(Contents(atOnce), Contents(live));
        });

    [Fact]
    public void A_detector_that_shouts_every_second_is_as_small_after_two_days_as_after_an_hour()
    {
        const int hour = 3600;
        const int end = 48 * hour;
        var machine = Machine(Join("j", 0), Failure("other", 1, "log"));
        var (inFirstHour, inAll) = ((Count: 0L, Bytes: 0L), (Count: 0L, Bytes: 0L));
        for (var second = 2; second < end; second++)
        {
            // The reason counts up, as reasons do.
            machine.Apply(Failure($"shout-{second:00000000}", second) with { Reason = $"missed {second:00000000} heartbeats" });
            if (second % 60 == 0)
            {
                inAll = (Math.Max(inAll.Count, machine.ObservationCount), Math.Max(inAll.Bytes, machine.Bytes));
                inFirstHour = second <= hour ? inAll : inFirstHour;
                machine.CompactTo(Second(second));
            }
        }

        output.WriteLine($"at most {inFirstHour} in the first hour, {inAll} in two days");
        Assert.InRange(inFirstHour.Count, 1, 160);
        Assert.Equal(inFirstHour.Count, inAll.Count);
        Assert.InRange(inAll.Bytes, 1, inFirstHour.Bytes * 1.1);
        machine.CompactTo(Second(end) + Settle + Settle);
        Assert.Equal(2 + ReasonsKept + 1, machine.ObservationCount);
        Assert.Contains($"shout-{end - 1:00000000}", Ids(machine));
    }

    [Fact]
    public void Only_nodes_that_changed_are_looked_at()
    {
        var machine = Machine(Enumerable.Range(0, 2000).SelectMany(n => Enumerable.Range(0, 20).Select(i => Failure($"f{i}", i) with { Node = Node(n) })));
        Assert.Equal(2000 * 18, machine.CompactTo(Later));
        var before = GC.GetAllocatedBytesForCurrentThread();
        machine.Apply(Failure("f98", 98) with { Node = Node(5) });
        machine.Apply(Failure("f99", 99) with { Node = Node(5) });
        Assert.Equal(2, machine.CompactTo(Later));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 50_000);
    }

    [Fact]
    public void Words_that_only_dropped_observations_used_are_forgotten()
    {
        var machine = Machine();
        for (var i = 0; i < 30_000; i++)
        {
            machine.Apply(Failure($"f{i}", i) with { Labels = Labels.From([KeyValuePair.Create("load", $"a rather long value {i}")]) });
            if (i % 100 == 0)
            {
                machine.CompactTo(Second(i));
            }
        }

        machine.CompactTo(Later);
        Assert.Equal(2, machine.ObservationCount);
        Assert.InRange(machine.Bytes, 1, 3_000_000);
        Assert.Equal(["f0", "f29999"], Ids(machine));
    }

    private const int ReasonsKept = 16;

    private static string[] Ids(SegmentMachine machine) => [.. machine.View(Node(1))!.Decode().OrderBy(o => o.At).Select(o => o.Id)];

    private static string[] Compacted(params Observation[] observations)
    {
        var machine = Machine(observations);
        machine.CompactTo(Later);
        return Ids(machine);
    }

    /// <summary>Histories of one id with many repeats, some copies, two machines, three detectors; with distinct keys.</summary>
    private static readonly Gen<Observation[]> Histories =
        (from at in Gen.Int[0, 300]
         from late in Gen.Frequency((4, Gen.Const(0)), (1, Gen.Int[0, 100]))
         from kind in Gen.Frequency((6, ObservationKind.Failure), (3, ObservationKind.Alive), (1, ObservationKind.Join), (1, ObservationKind.Leave))
         from detector in Gen.Frequency((8, "a"), (3, "b"), (1, "c"))
         from hardware in Gen.Frequency((10, Gen.Const((HardwareAddress?)null)), (2, Gen.Const((HardwareAddress?)X)), (1, Gen.Const((HardwareAddress?)Y)))
         from origin in Gen.Int[0, 9]
         from says in Gen.Select(Gen.Frequency((5, ""), (1, "cable"), (1, "power")), Gen.Frequency((5, ""), (1, "k=1"), (1, "k=2"), (1, "m=1")), Gen.Frequency((6, ""), (1, "Name")))
         from weight in Gen.Frequency((5, 50), (1, 60), (3, -1))
         select Observe(at, late, kind, detector, hardware, origin, says, weight)).Array[0, 45].Select(all => all.Select((o, i) => o with { Id = $"o{i:00}" }).ToArray());

    private static Observation Observe(
        int at, int late, ObservationKind kind, string detector, HardwareAddress? hardware, int origin, (string Reason, string Label, string Name) says, int weight) => new()
    {
        Node = Node(1),
        Origin = origin == 0 && kind == ObservationKind.Join ? Node(2) : null,
        Kind = kind,
        Detector = kind >= ObservationKind.Join && detector != "b" ? null : detector,
        Hardware = hardware,
        At = Second(at),
        ReceivedAt = Second(at + late),
        Id = "",
        Reason = says.Reason.Length == 0 ? null : says.Reason,
        Name = says.Name.Length == 0 ? null : $"{says.Name} {at % 3}",
        Labels = says.Label.Length == 0 ? Labels.None : Labels.From([KeyValuePair.Create(says.Label[..1], says.Label[2..])]),
        Accuracy = weight < 0 ? 80 : weight,
        Explicit = weight < 0,
        Total = 200 + (at % 2),
    };
}
