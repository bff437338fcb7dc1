using CsCheck;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Notifications;
using FailureHistory.Core.Tests.History;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Tests.Notifications;

/// <summary>Random histories of one node, <c>p</c>, received in all sorts of orders. CsCheck prints the seed of a failure.</summary>
internal static class Scenes
{
    public static readonly NodeId Node = Script.Id("p");

    public static readonly CrossingRules Rules = new(LateAfter: TimeSpan.FromSeconds(35), LateHold: TimeSpan.FromSeconds(25));

    public static readonly HistoryOptions Options = HistoryOptions.Default;

    /// <summary>Numbers that the probabilities of <see cref="RandomHistories"/> hit, miss and lie between.</summary>
    public static Gen<Threshold> Thresholds { get; } =
        from above in Gen.OneOf(0.3, 0.5, 0.8, 1.0)
        from below in Gen.OneOf(0.1, 0.3, 0.5, 1.0)
        from hold in Gen.OneOf(0, 0, 15, 40)
        select new Threshold(above, Math.Min(above, below), TimeSpan.FromSeconds(hold));

    /// <summary>Everything at once: other machines under the id, joins passed on from other ids, received in any order, several at one time.</summary>
    public static Gen<Observation[]> Anyhow { get; } =
        Gen.Select(RandomHistories.Report.Array[1, 20], Gen.Int[0, 60].Array[20]).Select((reports, received) => AllAbout(reports, i => received[i] * 10));

    /// <summary>As <see cref="Anyhow"/>, each received at a time of its own, as a gate stamps them; in the order of receipt.</summary>
    public static Gen<Observation[]> OneByOne { get; } =
        Gen.Select(RandomHistories.Report.Array[1, 20], Gen.Int[1, 30].Array[20]).Select((reports, gaps) =>
            AllAbout(reports, i => gaps.Take(i + 1).Sum() + 200));

    /// <summary>Of one machine, received when it happened: the usual case. In the order of receipt.</summary>
    public static Gen<Observation[]> InOrder { get; } =
        Gen.Select(RandomHistories.OfOneMachine, Gen.Int[1, 30].Array[24], Gen.Int[0, 3]).Select((reports, gaps, behind) =>
            reports.Select((o, i) => o with { At = Script.At(gaps.Take(i + 1).Sum()), ReceivedAt = Script.At(gaps.Take(i + 1).Sum() + behind) }).ToArray());

    /// <summary>As <see cref="InOrder"/>, but some tell of one instant, name addresses of one or two machines, or are passed on.</summary>
    public static Gen<Observation[]> InOrderOfReceipt { get; } =
        Gen.Select(RandomHistories.Report.Array[1, 20], Gen.Int[0, 3].Array[20], Gen.Bool).Select((reports, gaps, oneMachine) =>
            AllAbout([.. reports.Select((o, i) => o with { At = Script.At(gaps.Take(i + 1).Sum() * 10), Hardware = oneMachine && o.Hardware is not null ? Script.Address("X-1") : o.Hardware })], i => 100 + i));

    /// <summary>What a copy would say after this many reports; null before there is anything of the node's own.</summary>
    public static PresentSequence? Reading(Observation[] byReceipt, int count, Stamp since) => Presents.Read(Node, byReceipt[..count], Options, since);

    public static Stamp JustBefore(Stamp stamp) => new(stamp.Ticks - 1);

    public static string Show(Present p) =>
        $"{Script.Seconds(p.ReceivedAt)}: P={p.Probability} from {Script.Seconds(p.From)} by {p.Observation} received {Script.Seconds(p.OpenedAt)} of '{p.Incarnation}' {p.Key:x}";

    public static string Show(IEnumerable<Observation> observations) => string.Join(
        '\n',
        observations.OrderBy(o => o.ReceivedAt).Select(o =>
            $"{Script.Seconds(o.ReceivedAt)}: {o.Kind} at {Script.Seconds(o.At)} by {o.Detector ?? "-"} hw {o.Hardware?.Text ?? "-"} id {o.Id} {o.Accuracy}/{o.Total} {(o.Origin is null ? "" : "copy")}"));

    private static Observation[] AllAbout(Observation[] reports, Func<int, double> received) =>
        [.. reports.Select((o, i) => o with
        {
            Node = Node,
            Origin = o.Node != Node && o is { Kind: ObservationKind.Join, Hardware: not null } ? o.Node : null,
            ReceivedAt = Script.At(received(i)),
            Id = $"o{i}",
        })];
}
