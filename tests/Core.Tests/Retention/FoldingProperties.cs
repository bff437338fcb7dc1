using CsCheck;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Reliability;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Retention;
using FailureHistory.Core.Tests.History;
using FailureHistory.Core.Time;
using Xunit;
using static FailureHistory.Core.Tests.History.Script;

namespace FailureHistory.Core.Tests.Retention;

/// <summary>R10.3: what folding must not change, over random histories of one machine, folded once or twice, with more to come.</summary>
[Trait("Rule", "R10.3")]
public sealed class FoldingProperties
{
    private const double Threshold = 0.5;
    private const int Samples = 3_000;
    private static readonly TimeSpan Settle = TimeSpan.FromMinutes(1);

    /// <summary>A history, when it is folded for the first and the second time, and whether the machine's address is named.</summary>
    private static readonly Gen<(Observation[] All, int First, int Second, HistoryOptions Options)> Cases =
        from all in RandomHistories.Report.Array[1, 48]
        from address in Gen.Bool
        from cuts in Gen.Select(Gen.Int[1, 45], Gen.Int[1, 45])
        from options in RandomHistories.Options
        select (
            all.Select((o, i) => o with { Node = Id("p"), Hardware = address && i % 3 == 0 ? Address("X-1") : null, Id = $"{o.Id}-{i}" }).ToArray(),
            Math.Min(cuts.Item1, cuts.Item2) * 10, Math.Max(cuts.Item1, cuts.Item2) * 10, options);

    [Fact]
    public void From_the_horizon_on_a_folded_history_is_read_as_the_whole_one() => Cases.Sample(
        x =>
        {
            if (Folded(x) is not { } folded)
            {
                return;
            }

            var (whole, less) = (Read(Whole(x.All), x.Options), Read(folded, x.Options));
            var horizon = less.FoldedUntil!.Value;
            HistoryAssert.Same([.. whole.Periods.Where(p => p.To is not { } to || to > horizon).Select(p => p.From < horizon ? p with { From = horizon } : p)], less.Periods);
            Assert.Equal(horizon, less.Periods[0].From);
            Assert.Equal(whole.LatestIncident, less.LatestIncident);
            Assert.Equal(whole.Standings.OrderBy(s => s.Key, StringComparer.Ordinal), less.Standings.OrderBy(s => s.Key, StringComparer.Ordinal));
            Assert.Equal(whole.AutoDetectors.OrderBy(s => s.Key, StringComparer.Ordinal), less.AutoDetectors.OrderBy(s => s.Key, StringComparer.Ordinal));
            Assert.Equal(whole.Incarnations, less.Incarnations);
            Assert.Equal((whole.Name, whole.Hardware, whole.Labels, whole.Left, whole.LastReceivedAt), (less.Name, less.Hardware, less.Labels, less.Left, less.LastReceivedAt));
        },
        iter: Samples);

    [Fact]
    public void Reliability_has_the_same_numbers_over_any_window_that_ends_after_the_horizon() => Gen.Select(Cases, Gen.Int[-5, 45], Gen.Int[0, 60]).Sample(
        (x, begin, more) =>
        {
            if (Folded(x) is not { } folded)
            {
                return;
            }

            var (whole, less) = (Read(Whole(x.All), x.Options), Read(folded, x.Options));
            var to = At(Math.Max(begin * 10, Seconds(less.FoldedUntil!.Value)) + (more * 5));
            Assert.Equal(
                ReliabilityWindow.Of(ProbabilityStep.Of(whole.Periods), At(begin * 10), to, Threshold),
                ReliabilityWindow.Of([.. less.Fold!.Steps, .. ProbabilityStep.Of(less.Periods)], At(begin * 10), to, Threshold, less.Fold.Earlier));
        },
        iter: Samples);

    [Fact]
    public void Most_histories_with_a_quiet_moment_are_folded_and_less_is_kept_than_dropped_of_a_long_one()
    {
        int folded = 0, of = 0;
        Cases.Sample(
            x =>
            {
                Interlocked.Increment(ref of);
                Interlocked.Add(ref folded, Folded(x) is null ? 0 : 1);
            },
            iter: 1_000);
        Assert.True(folded > of / 3, $"expected a third of {of} at least to be folded; {folded} were");

        var script = new Script().Join(0);
        for (var day = 1; day <= 400; day++)
        {
            script.Failure(day * 86_400.0, "a").Failure((day * 86_400.0) + 20, "b").Alive((day * 86_400.0) + 3000, "b").Join((day * 86_400.0) + 3600);
        }

        var (fold, dropped) = Folding.Make(script.Source("p"), At(300.5 * 86_400), HistoryOptions.Default, Threshold, Stamp.MaxValue, least: 16)!.Value;
        Assert.Equal(At(300.5 * 86_400), fold.Horizon);
        Assert.InRange(fold.Kept.Count, 1, 12);
        Assert.Equal(1201 - fold.Kept.Count, dropped.Count);
    }

    [Fact]
    public void Folds_merge_in_any_order_and_often_and_copies_that_exchange_become_equal_R9_7() =>
        (from x in Cases
         from seed in Gen.Int
         from missing in Gen.Int[1, 5]
         select (x, seed, missing)).Sample(
            y =>
            {
                var folds = FoldsOf(y.x);
                if (folds.Count == 0)
                {
                    return;
                }

                // Two copies that lack different observations, one of the folds or none; what they got, they got in any order.
                var random = new Random(y.seed);
                SegmentMachine Copy(int skip)
                {
                    var machine = new SegmentMachine(7, Settle);
                    object[] steps = [.. y.x.All.Where((_, i) => i % 6 != skip), .. folds.Where(_ => random.Next(2) == 0)];
                    random.Shuffle(steps);
                    Play(machine, steps);
                    return machine;
                }

                var (left, right) = (Copy(0), Copy(y.missing));
                Play(left, [.. folds.Reverse(), .. y.x.All, .. folds]);
                for (var round = 0; round < 2; round++)
                {
                    Merge(left, right);
                    Merge(right, left);
                }

                Assert.Equal(Contents(left), Contents(right));
                Assert.Equal(left.Digest, right.Digest);
                Assert.Equal(folds[^1], left.FoldOf(Id("p")));
                var digest = left.Digest;
                Merge(left, right);
                Assert.Equal(digest, left.Digest);
                Assert.Equal(left.DigestOf(Id("p")), left.Digest);
            },
            iter: 1_000);

    [Fact]
    public void A_late_report_from_before_the_horizon_is_told_as_folded_and_changes_nothing() => Cases.Sample(
        x =>
        {
            if (FoldsOf(x) is not { Count: > 0 } folds)
            {
                return;
            }

            var machine = SegmentMachine.Restore(7, Settle, x.All, [], null, folds);
            var digest = machine.Digest;
            var late = x.All[0] with { Id = "late", At = folds[^1].Horizon - TimeSpan.FromTicks(1) };
            Assert.Equal(ApplyOutcome.Folded, machine.Apply(late));
            Assert.Equal(digest, machine.Digest);
            Assert.Equal(ApplyOutcome.New, machine.Apply(late with { At = folds[^1].Horizon }));
        },
        iter: 500);

    [Fact]
    public void A_removal_takes_the_fold_with_it_in_any_order_R10_2() => Cases.Sample(
        x =>
        {
            if (FoldsOf(x) is not { Count: > 0 } folds)
            {
                return;
            }

            var removal = new Tombstone(Id("p"), null, [], x.All.Max(o => o.ReceivedAt));
            var (first, second) = (new SegmentMachine(7, Settle), new SegmentMachine(7, Settle));
            Play(first, [.. x.All, .. folds, removal]);
            Play(second, [removal, .. folds, .. x.All]);
            Assert.Null(first.FoldOf(Id("p")));
            Assert.Null(second.FoldOf(Id("p")));
            Assert.Equal(first.Digest, second.Digest);
            Assert.Null(first.View(Id("p")));
        },
        iter: 500);

    [Theory]
    [InlineData("n")]
    [InlineData("hw:X")]
    public void A_removal_of_the_machine_takes_the_fold_of_before_it_was_named_with_it_R10_2_R1_7(string asked)
    {
        // Folded under its id alone; its address is named later.
        var script = new Script().On("n").Join(0);
        for (var i = 1; i <= 20; i++)
        {
            script.Failure(i * 1000, "a").Join((i * 1000) + 60);
        }

        var (fold, _) = Folding.Make(script.Source("n"), At(20_500), HistoryOptions.Default, Threshold, Stamp.MaxValue, least: 1)!.Value;
        Assert.Null(fold.Hardware);
        script.Join(30_000, hw: "X").Failure(40_000, "a");
        var machine = SegmentMachine.Restore(7, Settle, script.Originals, [], null, [fold]);
        var stored = machine.View(Id("n"))!.ToSource();
        Assert.Equal(fold, MachineHistories.Evaluate([stored], NodeReference.Parse(asked), HistoryOptions.Default)!.Fold);

        var removal = new Tombstone(Id("n"), Address("X"), MachineHistories.StintsOf(stored, Address("X")), At(50_000)).Normalized();
        Assert.True(machine.Apply(removal));

        Assert.Null(machine.FoldOf(Id("n")));
        Assert.Null(machine.View(Id("n")));
        Assert.False(machine.Apply(fold));
    }

    [Fact]
    public void A_removal_of_a_machine_that_came_after_the_fold_leaves_it_R10_2()
    {
        var script = new Script().Join(0).Failure(100, "a").Join(150).Failure(200, "a").Join(250).Failure(300, "a").Join(350);
        var (fold, _) = Folding.Make(script.Source("p"), At(500), HistoryOptions.Default, Threshold, Stamp.MaxValue, least: 1)!.Value;
        var removal = new Tombstone(Id("p"), Address("Y"), [(At(400), Stamp.MaxValue)], At(1000));
        Assert.False(fold.IsRemovedBy(removal));
        Assert.False(fold.IsRemovedBy(removal with { Stints = [(At(100), Stamp.MaxValue)] }));
        Assert.False(fold.IsRemovedBy(removal with { Stints = [] }));
        Assert.True(fold.IsRemovedBy(removal with { Stints = [(At(0), fold.Horizon)] }));
        Assert.False(fold.IsRemovedBy(removal with { Stints = [(At(0), fold.Horizon)], UpTo = At(349) }));
    }

    [Fact]
    public void Folds_and_removals_of_a_machine_merge_in_any_order_R9_7() =>
        (from x in Cases
         from seed in Gen.Int
         from removals in Gen.Select(Gen.Int[0, 46], Gen.Int[1, 60], Gen.Int[0, 60], Gen.Int[0, 2]).Array[1, 3]
         select (x, seed, removals)).Sample(
            y =>
            {
                var folds = FoldsOf(y.x);
                var tombstones = y.removals.Select(r => new Tombstone(
                    Id("p"), r.Item4 == 0 ? null : Address(r.Item4 == 1 ? "X-1" : "Y-1"), r.Item4 == 0 ? [] : [(r.Item1 < 5 ? Stamp.Zero : At(r.Item1 * 10), At((r.Item1 + r.Item2) * 10))],
                    At(r.Item3 * 10)).Normalized()).ToArray();
                var random = new Random(y.seed);
                object[] steps = [.. y.x.All, .. folds, .. tombstones];
                var (inOrder, shuffled) = (new SegmentMachine(7, Settle), new SegmentMachine(7, Settle));
                Play(inOrder, steps);
                random.Shuffle(steps);
                Play(shuffled, [.. steps, .. steps.Where(_ => random.Next(3) == 0)]);

                // One that was taken no longer drops what came after: each then gets from the other what it lacks.
                for (var round = 0; round < 2; round++)
                {
                    MergeAll(inOrder, shuffled);
                    MergeAll(shuffled, inOrder);
                }

                Assert.Equal(Contents(inOrder), Contents(shuffled));
                Assert.Equal(inOrder.FoldOf(Id("p")), shuffled.FoldOf(Id("p")));
                Assert.Equal(inOrder.Digest, shuffled.Digest);
            },
            iter: 1_000);

    [Fact]
    public void What_is_older_than_a_thousand_steps_is_summed_and_windows_that_hold_the_sums_whole_or_not_at_all_keep_their_numbers()
    {
        var script = new Script().Join(0);
        for (var i = 1; i <= 1500; i++)
        {
            script.Failure(i * 1000, "a").Join((i * 1000) + (i % 7 * 30) + 60);
        }

        var source = script.Source("p");
        var (fold, _) = Folding.Make(source, At(1_400_700), HistoryOptions.Default, Threshold, Stamp.MaxValue, least: 16)!.Value;
        Assert.InRange(fold.Steps.Count, (Folding.MostSteps / 2) - 2, Folding.MostSteps);
        var machine = SegmentMachine.Restore(7, Settle, source.Observations, [], null, [fold]);
        var (whole, less) = (Read(source, HistoryOptions.Default), Read(machine.View(Id("p"))!.ToSource(), HistoryOptions.Default));
        Assert.Equal(At(0), less.Fold!.Begin);
        foreach (var from in new[] { At(-10), At(0), fold.Earlier!.To, At(1_200_000), fold.Horizon, At(1_450_000) })
        {
            Assert.Equal(
                ReliabilityWindow.Of(ProbabilityStep.Of(whole.Periods), from, At(2_000_000), Threshold),
                ReliabilityWindow.Of([.. fold.Steps, .. ProbabilityStep.Of(less.Periods)], from, At(2_000_000), Threshold, fold.Earlier));
        }

        // Between: what the sums hold is not observed.
        var within = ReliabilityWindow.Of([.. fold.Steps, .. ProbabilityStep.Of(less.Periods)], At(1000), At(2_000_000), Threshold, fold.Earlier);
        Assert.Equal(At(2_000_000) - fold.Earlier.To, within.Observed);

        // Folded once more, the sums of before are in those of then.
        var (again, _) = Folding.Make(machine.View(Id("p"))!.ToSource(), At(1_600_000), HistoryOptions.Default, Threshold, Stamp.MaxValue, least: 16)!.Value;
        Assert.Equal(
            ReliabilityWindow.Of(ProbabilityStep.Of(whole.Periods), At(0), At(1_600_000), Threshold),
            ReliabilityWindow.Of(again.Steps, At(0), At(1_600_000), Threshold, again.Earlier));
    }

    [Fact]
    public void What_is_worth_too_little_or_not_of_one_machine_under_one_id_is_not_folded()
    {
        var script = new Script().Join(0, hw: "X").Failure(100, "a").Join(150).Failure(200, "a").Join(250).Failure(300, "a").Join(350);
        Assert.NotNull(Folding.Make(script.Source("p"), At(500), HistoryOptions.Default, Threshold, Stamp.MaxValue, least: 1));
        Assert.Null(Folding.Make(script.Source("p"), At(500), HistoryOptions.Default, Threshold, Stamp.MaxValue, least: 16));
        Assert.Null(Folding.Make(new Script().Failure(0, "a").Source("p"), At(500), HistoryOptions.Default, Threshold, Stamp.MaxValue, least: 1));
        script.Join(400, hw: "Y");
        Assert.Null(Folding.Make(script.Source("p"), At(500), HistoryOptions.Default, Threshold, Stamp.MaxValue, least: 1));
        Assert.Null(Folding.Make(new Script().Join(0, hw: "X").On("q").Join(100, hw: "X").Join(200, hw: "X").Source("q"), At(500), HistoryOptions.Default, Threshold, Stamp.MaxValue, least: 1));
    }

    [Fact]
    public void While_something_old_has_just_been_received_nothing_is_folded_so_that_an_import_is_not_cut_in_two()
    {
        var script = new Script().Join(0).Failure(100, "a").Join(150).Failure(200, "a").Join(250).Failure(300, "a").Join(350);
        Assert.Null(Folding.Make(script.Source("p"), At(500), HistoryOptions.Default, Threshold, At(349), least: 1));
        Assert.NotNull(Folding.Make(script.Source("p"), At(500), HistoryOptions.Default, Threshold, At(350), least: 1));
    }

    private static NodeObservations Whole(Observation[] all) => new(Id("p"), all);

    private static MachineHistory Read(NodeObservations source, HistoryOptions options) => MachineHistories.Evaluate([source], NodeReference.Of(Id("p")), options)!;

    // What was there at the first fold, at the second, and after: a copy took all of it in that order.
    private static NodeObservations? Folded((Observation[] All, int First, int Second, HistoryOptions Options) x)
    {
        var machine = Grow(x, null);
        return machine.FoldOf(Id("p")) is null ? null : machine.View(Id("p"))!.ToSource();
    }

    private static IReadOnlyList<Fold> FoldsOf((Observation[] All, int First, int Second, HistoryOptions Options) x)
    {
        var folds = new List<Fold>();
        Grow(x, folds);
        return folds;
    }

    private static SegmentMachine Grow((Observation[] All, int First, int Second, HistoryOptions Options) x, List<Fold>? folds)
    {
        var machine = new SegmentMachine(7, Settle);
        foreach (var until in new[] { At(x.First), At(x.Second) })
        {
            Play(machine, [.. x.All.Where(o => o.At < until)]);
            if (machine.View(Id("p")) is { } view && Folding.Make(view.ToSource(), until, x.Options, Threshold, Stamp.MaxValue, least: 1) is { } made)
            {
                Assert.True(machine.Apply(made.Fold));
                Assert.All(made.Dropped, o => Assert.Equal(ApplyOutcome.Folded, machine.Apply(o)));
                folds?.Add(made.Fold);
            }
        }

        Play(machine, [.. x.All]);
        return machine;
    }

    private static void Play(SegmentMachine machine, object[] steps)
    {
        foreach (var step in steps)
        {
            _ = step switch
            {
                Observation o => machine.Apply(o) == ApplyOutcome.New,
                Tombstone t => machine.Apply(t),
                _ => machine.Apply((Fold)step),
            };
        }
    }

    private static void Merge(SegmentMachine into, SegmentMachine from)
    {
        var image = from.Freeze();
        Play(into, [.. image.Folds, .. image.Observations]);
    }

    private static void MergeAll(SegmentMachine into, SegmentMachine from)
    {
        var image = from.Freeze();
        Play(into, [.. image.Tombstones, .. image.Folds, .. image.Observations]);
    }

    private static string[] Contents(SegmentMachine machine) => Core.Tests.Replication.Samples.Contents(machine);
}
