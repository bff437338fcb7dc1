using CsCheck;
using FailureHistory.Core.History;
using FailureHistory.Core.Notifications;
using FailureHistory.Core.Tests.History;
using FailureHistory.Core.Time;
using Xunit;

namespace FailureHistory.Core.Tests.Notifications;

/// <summary>One subscriber and one node: whatever way the readings come, what is told is sound (R8.2, R8.3).</summary>
public sealed class ToldSequenceTests
{
    private static readonly Gen<Delivery> Deliveries =
        from chances in Gen.OneOf((0, 0, 0), (30, 0, 0), (0, 30, 30), (40, 20, 20), (100, 0, 0))
        from trim in Gen.Int[1, 24]
        from seed in Gen.Int[0, int.MaxValue]
        select new Delivery(chances.Item1, chances.Item2, chances.Item3, trim, seed);

    [Fact]
    [Trait("Rule", "R8.3")]
    public void In_order_and_with_every_notice_the_crossings_are_those_of_the_history() =>
        Gen.Select(Scenes.InOrder, Scenes.Thresholds, Gen.Int[2, 24]).Sample(
            (observations, threshold, trim) =>
            {
                var told = new Subscriber(threshold).Follow(observations, new Delivery(0, 0, 0, trim, 1));
                var expected = NaiveCrossings.Of(DumbPresents.Read(Scenes.Node, observations, Scenes.Options), threshold, Scenes.Rules);
                Assert.Equal(expected, told);
            },
            iter: 200);

    [Fact]
    [Trait("Rule", "R8.3")]
    public void In_order_no_crossing_is_missed_or_told_twice_whatever_notices_are_lost_or_repeated_or_late() =>
        Gen.Select(Scenes.InOrder, Scenes.Thresholds, Deliveries).Sample(
            (observations, threshold, delivery) =>
            {
                // Where it must hold for a while, a lost notice of its going back is told of when the loss is noticed.
                threshold = threshold with { For = TimeSpan.Zero };
                var told = new Subscriber(threshold).Follow(observations, delivery);
                Assert.Equal(NaiveCrossings.Of(DumbPresents.Read(Scenes.Node, observations, Scenes.Options), threshold, Scenes.Rules), told);
            },
            iter: 200);

    [Fact]
    [Trait("Rule", "R8.3")]
    public void Out_of_order_the_sides_alternate_a_period_that_comes_back_has_another_id_and_the_end_is_the_side_of_the_present() =>
        Gen.Select(Scenes.OneByOne, Scenes.Thresholds, Deliveries).Sample(
            (observations, threshold, delivery) =>
            {
                var everything = new Subscriber(threshold).Follow(observations, new Delivery(0, 0, 0, 24, 1));
                var told = new Subscriber(threshold).Follow(observations, delivery);
                foreach (var list in new[] { everything, told })
                {
                    Assert.Equal(list.Select((_, i) => i % 2 == 0 ? Side.Up : Side.Down), list.Select(t => t.To));
                    var ids = list.Select(t => NotificationId.Of(Scenes.Node, threshold, t.To, t.Present)).ToList();
                    Assert.True(
                        ids.Skip(2).Zip(ids).All(pair => pair.First != pair.Second),
                        $"{threshold} {delivery}: an id came again at the next crossing to its side:\n{Show(list)}\nof\n{Scenes.Show(observations)}");
                }

                // Where P says nothing (unknown, or between below and above) the side is the one before, which late reports may change.
                var end = DumbPresents.Read(Scenes.Node, observations, Scenes.Options).LastOrDefault()?.Probability;
                if (end >= threshold.Above || end < threshold.Below)
                {
                    var side = end >= threshold.Above ? 1 : 0;
                    Assert.True(
                        everything.Count % 2 == side && told.Count % 2 == side,
                        $"{threshold} {delivery}: with everything\n{Show(everything)}\nso\n{Show(told)}\nof\n{Scenes.Show(observations)}\npresents\n"
                        + string.Join('\n', DumbPresents.Read(Scenes.Node, observations, Scenes.Options).Select(Scenes.Show)));
                }
            },
            iter: 300);

    [Fact]
    [Trait("Rule", "R8.2")]
    public void An_old_trace_that_is_imported_raises_nothing()
    {
        // Outages of long ago, each begun and mended, received within the hold in any order.
        var outages = from gaps in Gen.Select(Gen.Int[1, 50], Gen.Int[1, 50]).Array[1, 12] from seed in Gen.Int[0, int.MaxValue] select (gaps, seed);
        Gen.Select(outages, Scenes.Thresholds, Deliveries).Sample(
            (trace, threshold, delivery) =>
            {
                var script = new Script();
                var at = 0;
                foreach (var (up, down) in trace.gaps)
                {
                    script.Failure(at += up, "trace", accuracy: 100);
                    script.Join(at += down, by: "trace");
                }

                Observation[] observations = [.. script.Originals];
                new Random(trace.seed).Shuffle(observations);
                observations = [.. observations.Select((o, i) => o with { ReceivedAt = Script.At(100_000 + i) })];
                Assert.Empty(new Subscriber(threshold).Follow(observations, delivery));
            },
            iter: 100);
    }

    [Fact]
    [Trait("Rule", "R8.2")]
    public void A_late_report_of_what_still_holds_is_told_after_the_hold()
    {
        Observation[] observations = [.. new Script().Failure(10, "a").With(o => o with { ReceivedAt = Script.At(500) }).Originals];
        var told = Assert.Single(new Subscriber(new Threshold(0.5, 0.5, TimeSpan.Zero)).Follow(observations, new Delivery(0, 0, 0, 24, 1)));
        Assert.Equal((Side.Up, Script.At(525)), (told.To, told.Effect));
    }

    [Fact]
    [Trait("Rule", "R8.3")]
    public void A_notice_that_lacks_what_was_known_is_told_from_one_that_has_it()
    {
        Observation[] all = [.. new Script().Failure(10, "a").Alive(20, "a").Failure(30, "a").Originals];
        var sequence = new ToldSequence(new Threshold(0.5, 0.5, TimeSpan.Zero), Scenes.Rules, Side.Down, Script.At(5));
        var whole = Scenes.Reading(all, 3, Stamp.Zero)!;
        Assert.False(sequence.Knows(whole with { Steps = [.. whole.Steps.Skip(1)], FromStart = false }));
        Assert.True(sequence.Knows(whole));
        Assert.Equal(3, sequence.Take(whole, Script.At(30)).Count);
        Assert.False(sequence.Knows(Scenes.Reading(all, 2, Stamp.Zero)!));
        Assert.True(sequence.Knows(whole with { Steps = [whole.Last], FromStart = false }));
    }

    [Fact]
    [Trait("Rule", "R8.3")]
    public void An_open_period_that_late_reports_bring_back_after_others_is_told_under_another_name()
    {
        static Present Step(double received, double probability, ulong opening) => new(Script.At(received), Script.At(received), probability, opening, $"o{opening}", Script.At(1), string.Empty);
        var threshold = new Threshold(0.5, 0.5, TimeSpan.Zero);
        var sequence = new ToldSequence(threshold, Scenes.Rules, Side.Down, Stamp.Zero);
        PresentSequence Reading(params Present[] steps) => new(Scenes.Node, "p", null, steps, FromStart: false);
        var told = sequence.Take(Reading(Step(10, 1, 1), Step(20, 0, 2), Step(30, 1, 3), Step(40, 0, 4), Step(50, 1, 5), Step(60, 0, 2), Step(70, 1, 1), Step(80, 0, 2)), Script.At(100));
        Assert.Equal(8, told.Count);
        Assert.Equal(8, told.Select(step => NotificationId.Of(Scenes.Node, threshold, step.To, step.Present)).Distinct().Count());
    }

    [Fact]
    [Trait("Rule", "R1.2")]
    public void The_name_and_address_are_those_last_read()
    {
        Observation[] all = [.. new Script().Failure(10, "a").Alive(20, "a", hw: "X-1").Originals];
        var sequence = new ToldSequence(new Threshold(0.5, 0.5, TimeSpan.Zero), Scenes.Rules, Side.Down, Stamp.Zero);
        sequence.Take(Scenes.Reading(all, 1, Stamp.Zero)!, Script.At(10));
        Assert.Equal(("p", null), (sequence.Name, sequence.Hardware?.Text));
        sequence.Take(Scenes.Reading(all, 2, Stamp.Zero)!, Script.At(20));
        Assert.Equal(("p", "X-1"), (sequence.Name, sequence.Hardware?.Text));
    }

    private static string Show(IEnumerable<CrossingStep> steps) =>
        string.Join('\n', steps.Select(s => $"{s.To} at {Script.Seconds(s.Effect)}: {Scenes.Show(s.Present)}"));

    /// <summary>How notices come: how many of a hundred are lost, come again later, or come of an older state; and how many presents fit one.</summary>
    private sealed record Delivery(int Lost, int Repeated, int Old, int Steps, int Seed);

    /// <summary>What a subscriber does with notices: one by which there may be something to tell makes it read the node whole.</summary>
    private sealed class Subscriber(Threshold threshold)
    {
        private readonly ToldSequence sequence = new(threshold, Scenes.Rules, Side.Down, Stamp.Zero);
        private readonly List<CrossingStep> told = [];

        public List<CrossingStep> Follow(Observation[] byReceipt, Delivery delivery)
        {
            var random = new Random(delivery.Seed);
            var sent = new List<PresentSequence>();
            for (var i = 0; i < byReceipt.Length; i++)
            {
                var now = byReceipt[i].ReceivedAt;
                Wait(now);
                if (Scenes.Reading(byReceipt, i + 1, Scenes.JustBefore(now)) is not { } reading)
                {
                    continue;
                }

                var skip = Math.Max(0, reading.Steps.Count - delivery.Steps);
                sent.Add(skip == 0 ? reading : reading with { Steps = [.. reading.Steps.Skip(skip)], FromStart = false });
                if (random.Next(100) < delivery.Old)
                {
                    Take(sent[random.Next(sent.Count)], byReceipt, i + 1, now);
                }

                if (random.Next(100) >= delivery.Lost)
                {
                    Take(sent[^1], byReceipt, i + 1, now);
                }

                if (random.Next(100) < delivery.Repeated)
                {
                    Take(sent[random.Next(sent.Count)], byReceipt, i + 1, now);
                }
            }

            var end = byReceipt[^1].ReceivedAt;
            ReadWhole(byReceipt, byReceipt.Length, end);
            Wait(end + TimeSpan.FromDays(1));
            Assert.Equal(told.Count == 0 ? Side.Down : told[^1].To, sequence.Told);
            return told;
        }

        private void Wait(Stamp until)
        {
            if (sequence.Pending is { } pending && sequence.Due(JustAt(pending.Effect, until)) is { } due)
            {
                told.Add(due);
            }
        }

        private static Stamp JustAt(Stamp effect, Stamp until) => effect < until ? effect : until;

        private void Take(PresentSequence reading, Observation[] byReceipt, int count, Stamp now)
        {
            if (sequence.MayMoveBy(reading))
            {
                ReadWhole(byReceipt, count, now);
            }
        }

        private void ReadWhole(Observation[] byReceipt, int count, Stamp now)
        {
            if (Scenes.Reading(byReceipt, count, Scenes.JustBefore(sequence.UpTo)) is { } whole)
            {
                told.AddRange(sequence.Take(whole, now));
            }
        }
    }
}
