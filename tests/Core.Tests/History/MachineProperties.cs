using CsCheck;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using Xunit;

namespace FailureHistory.Core.Tests.History;

public sealed class MachineProperties
{
    private const int Samples = 1_000;
    private static readonly string[] All = ["p", "q", "r", "hw:X-1", "hw:Y-2"];

    // What is asked, and a choice of histories to read: any subset, as bits.
    private static readonly Gen<(Observation[] Reports, string Asked, string[] Sources)> Questions =
        from reports in RandomHistories.Any
        from asked in Gen.Int[0, 4]
        from subset in Gen.Int[0, 31]
        select (reports, All[asked], All.Where((_, i) => (subset >> i & 1) != 0).ToArray());

    [Fact]
    [Trait("Rule", "R1.5")]
    public void The_machine_and_its_history_are_those_of_the_rules() =>
        Gen.Select(Questions, RandomHistories.Options).Sample(
            (question, options) =>
            {
                var sources = new Script(question.Reports).Sources(question.Sources);
                var asked = NodeReference.Parse(question.Asked);
                Same(new DumbMachines(sources, options).Evaluate(asked), MachineHistories.Evaluate(sources, asked, options));
            },
            iter: Samples);

    [Fact]
    [Trait("Rule", "R2.3")]
    public void As_of_a_moment_is_as_if_nothing_later_had_been_reported() =>
        Gen.Select(Questions, Gen.Int[-1, 41]).Sample(
            (question, moment) =>
            {
                var asked = NodeReference.Parse(question.Asked);
                var now = Script.At(moment * 10);
                var all = new Script(question.Reports).Sources(question.Sources);
                var until = all.Select(s => s with { Observations = [.. s.Observations.Where(o => o.At <= now)] }).ToList();
                Same(
                    new DumbMachines(until, HistoryOptions.Default).Evaluate(asked),
                    MachineHistories.EvaluateAsOf(all, asked, HistoryOptions.Default, now));
            },
            iter: Samples);

    [Fact]
    [Trait("Rule", "R4.6")]
    public void Neither_the_order_of_sources_nor_of_observations_shows() =>
        (from question in Questions
         let sources = new Script(question.Reports).Sources(question.Sources)
         from shuffled in Gen.Shuffle(sources)
         from seed in Gen.UInt
         select (question.Asked, sources, shuffled, seed)).Sample(
            x =>
            {
                var asked = NodeReference.Parse(x.Asked);
                var mixed = x.shuffled.Select(s => s with { Observations = [.. s.Observations.OrderBy(o => HashCode.Combine(o.Id[^1], x.seed))] }).ToList();
                var one = MachineHistories.Evaluate(x.sources, asked, HistoryOptions.Default);
                var other = MachineHistories.Evaluate(mixed, asked, HistoryOptions.Default);
                Assert.Equal(one is null, other is null);
                if (one is not null && other is not null)
                {
                    Assert.Equal(one.Observations, other.Observations);
                    Assert.Equal(one.Incarnations, other.Incarnations);
                    Assert.Equal((one.Node, one.Labels, one.LastReceivedAt, one.Left), (other.Node, other.Labels, other.LastReceivedAt, other.Left));
                    Assert.Equal(one.OtherIds, other.OtherIds);
                    HistoryAssert.Same(one.Periods, other.Periods);
                    HistoryAssert.Same(one.Standings, other.Standings);
                }
            },
            iter: Samples);

    [Fact]
    [Trait("Rule", "R1.5")]
    public void Whoever_fetches_the_other_ids_reads_the_same_as_who_has_everything() =>
        Questions.Sample(
            question =>
            {
                var script = new Script(question.Reports);
                var asked = NodeReference.Parse(question.Asked);
                var everything = MachineHistories.Evaluate(script.Sources(All), asked, HistoryOptions.Default);
                var fetched = FetchAll(script, question.Asked);
                Assert.Equal(everything is null, fetched is null);
                if (everything is not null && fetched is not null)
                {
                    Assert.Equal(everything.Observations, fetched.Observations);
                    Assert.Equal(everything.Incarnations, fetched.Incarnations);
                    Assert.Equal(everything.Node, fetched.Node);
                    HistoryAssert.Same(everything.Periods, fetched.Periods);
                }
            },
            iter: Samples);

    // As a member does: the node's own history, the index entry of its machine's address, then the ids that these name.
    private static MachineHistory? FetchAll(Script script, string asked)
    {
        var names = new[] { "p", "q", "r" }.ToDictionary(Script.Id);
        var sources = script.Sources(asked).ToList();
        var reference = NodeReference.Parse(asked);
        var hardware = reference.Address ?? MachineHistories.Evaluate(sources, reference, HistoryOptions.Default)?.Hardware;
        if (hardware is not null)
        {
            sources.Add(script.Index(hardware.Text));
            sources.AddRange(MachineHistories.IdsOf(sources, hardware).Select(id => script.Source(names[id])));
        }

        var history = MachineHistories.Evaluate(sources, reference, HistoryOptions.Default);
        Assert.Empty(history?.OtherIds ?? []);
        return history;
    }

    private static void Same(DumbMachines.Answer? expected, MachineHistory? actual)
    {
        Assert.Equal(expected is null, actual is null);
        if (expected is null || actual is null)
        {
            return;
        }

        Assert.Equal(expected.Own.Sorted, actual.Observations);
        Assert.Equal(expected.Incarnations, actual.Incarnations);
        Assert.Equal((expected.Node, expected.Name, expected.Hardware), (actual.Node, actual.Name, actual.Hardware?.Text));
        Assert.Equal(expected.OtherIds, actual.OtherIds);
        Assert.Equal(expected.Counted.Sorted.Max(o => o.ReceivedAt), actual.LastReceivedAt);
        Assert.Equal(Labels.From(expected.Own.Sorted.SelectMany(o => o.Labels)), actual.Labels);
        HistoryAssert.Same(expected.Counted, new FailureTimeline
        {
            Periods = actual.Periods,
            LatestIncident = actual.LatestIncident,
            Standings = actual.Standings,
            AutoDetectors = actual.AutoDetectors,
            Left = actual.Left,
        });
    }
}
