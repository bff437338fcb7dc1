using CsCheck;
using FailureHistory.Core.History;
using FailureHistory.Core.Notifications;
using FailureHistory.Core.Tests.History;
using FailureHistory.Core.Time;
using Xunit;

namespace FailureHistory.Core.Tests.Notifications;

/// <summary>What was known of a node after each report, against the dumb twin that reads the history anew for each.</summary>
public sealed class PresentsTests
{
    private const int Samples = 300;

    private static readonly Gen<(Observation[] Stored, Stamp Since)> Histories =
        from stored in Gen.Frequency((3, Scenes.Anyhow), (2, Scenes.OneByOne), (1, Scenes.InOrder), (2, Scenes.InOrderOfReceipt))
        from since in Gen.Int[-1, 61]
        select (stored, Script.At(since * 10));

    [Fact]
    [Trait("Rule", "R8.2")]
    public void From_a_moment_on_each_report_is_told_apart_as_it_was_known_at_the_time() =>
        Histories.Sample(
            h =>
            {
                var expected = DumbPresents.Read(Scenes.Node, h.Stored, Scenes.Options);
                var reading = Presents.Read(Scenes.Node, h.Stored, Scenes.Options, h.Since);
                Assert.Equal(expected.Count == 0, reading is null);
                if (reading is not null)
                {
                    Assert.True(reading.FromStart);
                    Same(DumbPresents.From(expected, h.Since), DumbPresents.From(reading.Steps, h.Since), h.Stored);
                }
            },
            iter: Samples);

    [Fact]
    [Trait("Rule", "R4.6")]
    public void It_is_a_function_of_the_set_of_observations() =>
        Gen.Select(Histories, Gen.Int[0, int.MaxValue]).Sample(
            (h, seed) =>
            {
                var shuffled = h.Stored.ToArray();
                new Random(seed).Shuffle(shuffled);
                Assert.Equal(Steps(h.Stored, h.Since), Steps(shuffled, h.Since));
            },
            iter: Samples / 2);

    [Fact]
    [Trait("Rule", "R8.3")]
    public void In_the_order_of_receipt_one_reading_says_the_same_as_a_reading_after_each_report() =>
        Gen.OneOf(Scenes.InOrder, Scenes.InOrderOfReceipt).Sample(
            stored => Same(DumbPresents.Read(Scenes.Node, stored, Scenes.Options), Presents.Read(Scenes.Node, stored, Scenes.Options, Stamp.Zero)?.Steps ?? [], stored),
            iter: Samples);

    [Fact]
    [Trait("Rule", "R8.2")]
    public void Two_reports_of_one_instant_are_told_apart_by_their_receipt()
    {
        // The second makes P cross 0.5; by its own receipt, not by that of the first.
        var script = new Script().Failure(10, "a", accuracy: 40).Failure(10, "b", accuracy: 40).With(o => o with { ReceivedAt = Script.At(12) });
        var reading = Presents.Read(Scenes.Node, script.Originals, Scenes.Options, Script.At(11))!;
        Assert.Equal([(10.0, 0.4), (12.0, 0.8)], reading.Steps.Select(s => (Script.Seconds(s.ReceivedAt), s.Probability!.Value)));
    }

    [Fact]
    [Trait("Rule", "R1.7")]
    public void An_address_named_later_does_not_change_what_a_crossing_before_it_is_called()
    {
        var script = new Script().Failure(10, "a").Alive(20, "a", hw: "X-1");
        var before = Presents.Read(Scenes.Node, [script.Originals[0]], Scenes.Options, Stamp.Zero)!;
        var after = Presents.Read(Scenes.Node, script.Originals, Scenes.Options, Stamp.Zero)!;
        Assert.Equal(before.Steps[0], after.Steps[0]);
        Assert.Equal(["", "x-1"], after.Steps.Select(s => s.Incarnation));
    }

    [Fact]
    [Trait("Rule", "R8.3")]
    public void Of_many_reports_out_of_order_the_last_256_are_told_apart()
    {
        var script = new Script();
        for (var i = 0; i < 300; i++)
        {
            var order = i ^ 1; // each pair the wrong way round
            _ = i % 4 < 2 ? script.Failure(order * 10, $"d{i % 2}", accuracy: 30 + (i % 2)) : script.Alive(order * 10, $"d{i % 2}");
            script.With(o => o with { ReceivedAt = Script.At(5000 + (i * 10)) });
        }

        Observation[] stored = [.. script.Originals];
        var since = Script.At(5000 + (44 * 10));
        Same(
            DumbPresents.From(DumbPresents.Read(Scenes.Node, stored, Scenes.Options), since),
            DumbPresents.From(Presents.Read(Scenes.Node, stored, Scenes.Options, Stamp.Zero)!.Steps, since),
            []);
    }

    [Fact]
    [Trait("Rule", "R8.3")]
    public void A_reading_names_the_newest_reports_whose_effect_it_tells()
    {
        var script = new Script();
        for (var i = 0; i < 80; i++)
        {
            script.Failure(i * 10, $"d{i}", accuracy: 30);
        }

        IReadOnlyList<ulong> Reports(double since) => Presents.Read(Scenes.Node, script.Originals, Scenes.Options, Script.At(since))!.Reports;
        var all = script.Originals.Select(Present.HashOf).ToList();
        Assert.Equal(all[^2..], Reports(770));
        Assert.Equal(all[^PresentSequence.MostReports..], Reports(0));
        Assert.Empty(Reports(790));
    }

    private static string Steps(Observation[] stored, Stamp since) =>
        string.Join('\n', Presents.Read(Scenes.Node, stored, Scenes.Options, since)?.Steps.Select(Scenes.Show) ?? []);

    // The first of a stretch may be of an earlier reading: only that it is the present counts.
    private static void Same(IReadOnlyList<Present> expected, IReadOnlyList<Present> actual, Observation[] stored)
    {
        var (wanted, came) = (expected.Select(Key).ToList(), actual.Select(Key).ToList());
        Assert.True(
            wanted.SequenceEqual(came),
            $"expected\n{string.Join('\n', expected.Select(Scenes.Show))}\ncame\n{string.Join('\n', actual.Select(Scenes.Show))}\nof\n{Scenes.Show(stored)}");
        Assert.Equal(expected.Skip(1), actual.Skip(1));
    }

    private static ulong Key(Present present) => present.Key;
}
