using System.Globalization;
using Akka.Actor;
using CsCheck;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Notifications;
using FailureHistory.Core.Time;
using FailureHistory.Node.Notifications;
using FailureHistory.Node.Registry;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Notifications;

/// <summary>What the subscribers of the members want to know (DESIGN D12).</summary>
public sealed class InterestTests(ITestOutputHelper output) : ActorTest(output)
{
    private static readonly Gen<Threshold> Thresholds =
        from above in Gen.OneOf(0.3, 0.5, 0.7, 1.0)
        from below in Gen.OneOf(0.1, 0.3, 0.7)
        from hold in Gen.OneOf(0, 5, 20)
        select Readings.Threshold(above, Math.Min(above, below), hold);

    private static readonly Gen<InterestFilter> Filters =
        from thresholds in Thresholds.Array[1, 3]
        from nodes in Gen.OneOf<string[]>([], ["n"], ["m"], ["n*", "x"], ["hw:52:54:00:ab:cd:01"])
        select InterestFilter.Of([.. thresholds.Select(t => (NodePatterns.Parse(nodes), t))]);

    // Of one member one counter means one filter: it is that member's own.
    private static readonly Gen<InterestMap> Maps = Gen.Select(Gen.Int[1, 4], Gen.Long[1, 4]).Array[0, 5].Select(said =>
        said.Aggregate(InterestMap.Empty, (map, s) => map.With(MemberRig.Id(s.Item1), s.Item2, Filter(s.Item1, s.Item2))));

    [Fact]
    public void Interests_merge_in_any_order_and_as_often_as_they_like_D12() =>
        Gen.Select(Maps, Maps, Maps).Sample((a, b, c) =>
            Text(a.Merge(b)) == Text(b.Merge(a))
            && Text(a.Merge(b).Merge(c)) == Text(a.Merge(b.Merge(c)))
            && Text(a.Merge(a)) == Text(a)
            && Text(a.Merge(b).Merge(b)) == Text(a.Merge(b)));

    [Fact]
    public void The_bytes_say_the_same_D12()
    {
        var serializer = new ReplicatedValuesSerializer((ExtendedActorSystem)Sys);
        Maps.Sample(map => Text((InterestMap)serializer.FromBinary(serializer.ToBinary(map), serializer.Manifest(map))) == Text(map));
    }

    [Fact]
    public void Of_a_member_what_it_said_last_counts_also_that_it_wants_nothing_more_D12()
    {
        var map = InterestMap.Empty.With(MemberRig.Id(1), 2, null).With(MemberRig.Id(1), 1, Filter(1, 1));
        Assert.Null(map.Members[MemberRig.Id(1)].Filter);
        Assert.NotNull(map.With(MemberRig.Id(1), 3, Filter(1, 3)).Members[MemberRig.Id(1)].Filter);
    }

    [Theory]
    [InlineData(0.2, 0.29, false)]
    [InlineData(0.29, 0.3, true)]
    [InlineData(0.3, 0.69, false)]
    [InlineData(0.69, 0.7, true)]
    [InlineData(1.0, 0.0, true)]
    [InlineData(null, 0.0, true)]
    [InlineData(0.9, null, true)]
    [InlineData(null, null, false)]
    public void A_change_counts_when_a_line_lies_between_D12(double? before, double? after, bool crossed)
    {
        var filter = InterestFilter.Of([(NodePatterns.All, Readings.Threshold(0.7, 0.3))]);
        Assert.Equal((crossed, crossed), (filter.IsCrossed(before, after), filter.IsCrossed(after, before)));
    }

    [Fact]
    public void With_very_many_patterns_it_is_all_nodes_and_with_very_many_lines_every_change_D12()
    {
        Assert.False(Named(200).Nodes.IsAll);
        Assert.True(Named(201).Nodes.IsAll);
        var few = InterestFilter.Of([.. Enumerable.Range(1, 64).Select(i => (NodePatterns.All, Readings.Threshold(i / 100.0)))]);
        Assert.Equal(64, few.Lines.Count);
        Assert.False(few.IsCrossed(0.991, 0.992));
        var many = InterestFilter.Of([.. Enumerable.Range(1, 65).Select(i => (NodePatterns.All, Readings.Threshold(i / 100.0)))]);
        Assert.Empty(many.Lines);
        Assert.True(many.IsCrossed(0.991, 0.992));

        static InterestFilter Named(int count) =>
            InterestFilter.Of([.. Enumerable.Range(0, count).Select(i => (NodePatterns.Parse([$"n{i}"]), Readings.Threshold(0.5)))]);
    }

    [Fact]
    public void The_view_wants_what_one_of_the_filters_wants_and_nothing_while_there_is_none_D12()
    {
        var reading = Readings.Of("db-1", 1, 0, 0.9);
        Assert.True(InterestView.None.IsEmpty);
        Assert.False(InterestView.None.Matches(reading.Node, reading.Name, null));
        Assert.False(InterestView.None.Wants(reading, Stamp.Zero, Readings.Rules));
        var view = new InterestView([InterestFilter.Of([(NodePatterns.Parse(["web-*"]), Readings.Threshold(0.5))]), InterestFilter.Of([(NodePatterns.Parse(["db-*"]), Readings.Threshold(0.95))])]);
        Assert.False(view.Wants(reading, Stamp.Zero, Readings.Rules));
        Assert.True(view.Wants(Readings.Of("db-1", 1, 0, 0.95), Stamp.Zero, Readings.Rules));
        Assert.True(view.Wants(Readings.Of("web-1", 1, 0, 0.9), Stamp.Zero, Readings.Rules));
        Assert.False(view.Wants(Readings.Of("web-1", 1, 0, 0.9, 0.8), MemberRig.Second(2), Readings.Rules));
    }

    [Fact]
    public void No_change_that_a_subscription_would_cross_by_is_passed_over_D12() =>
        Gen.Select(Thresholds.Array[1, 3], Gen.Select(Gen.Int[1, 30], Gen.OneOf<double?>(null, 0, 0.1, 0.2, 0.3, 0.5, 0.6, 0.7, 1)).Array[1, 12]).Sample(
            (thresholds, changes) =>
            {
                // Every report is a commit of its own: none that came when a side was left may be passed over.
                var steps = changes.Select((c, i) => Readings.Present("n", changes.Take(i + 1).Sum(x => x.Item1), c.Item2)).ToList();
                var view = new InterestView([InterestFilter.Of([.. thresholds.Select(t => (NodePatterns.All, t))])]);
                foreach (var threshold in thresholds)
                {
                    var side = new NodeSide(threshold, Readings.Rules);
                    foreach (var crossing in steps.SelectMany(s => side.Take(s).ToList()).ToList())
                    {
                        var known = steps.TakeWhile(s => s.ReceivedAt <= crossing.Present.ReceivedAt).ToList();
                        var reading = new PresentSequence(NodeId.FromName("n"), "n", null, known, FromStart: true);
                        Assert.True(
                            view.Wants(reading, new Stamp(crossing.Present.ReceivedAt.Ticks - 1), Readings.Rules),
                            $"{threshold} crossed {crossing.To} by {crossing.Present} of {string.Join(", ", steps.Select(s => s.Probability))}");
                    }
                }
            },
            iter: 2_000);

    [Fact]
    public void A_filter_comes_back_from_the_wire_as_it_was_D12() =>
        Filters.Sample(filter => Text(InterestMap.FromWire(InterestMap.Empty.With(MemberRig.Id(1), 1, filter).ToWire())) == Text(InterestMap.Empty.With(MemberRig.Id(1), 1, filter)));

    private static InterestFilter? Filter(int member, long counter) => ((member + counter) % 3) switch
    {
        0 => null,
        1 => InterestFilter.Of([(NodePatterns.All, Readings.Threshold(counter / 10.0))]),
        _ => InterestFilter.Of([(NodePatterns.Parse([$"n{counter}", "gpu-*", "hw:X-1"]), Readings.Threshold(0.9, counter / 10.0))]),
    };

    private static string Text(InterestMap map) => string.Join('\n', map.Members.OrderBy(m => m.Key).Select(m =>
        $"{m.Key} {m.Value.Counter} {string.Join(',', m.Value.Filter?.Lines.Select(l => l.ToString(CultureInfo.InvariantCulture)) ?? [])} {(m.Value.Filter is { } f ? Sorted(f) : "-")}"));

    private static string Sorted(InterestFilter filter)
    {
        var wire = filter.Nodes.ToWire();
        return string.Join(' ', wire.Ids.Select(i => i.ToBase64()).Concat(wire.Globs).Concat(wire.Addresses).Order(StringComparer.Ordinal)) + filter.Nodes.IsAll;
    }
}
