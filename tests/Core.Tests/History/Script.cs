using System.Globalization;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Tests.History;

/// <summary>
/// A history as a readable script: reports about nodes, with times in seconds after the beginning. Accuracies are 80 and totals 100 unless said.
/// </summary>
internal sealed class Script
{
    private static readonly Stamp Beginning = Stamp.From(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly List<Observation> originals = [];
    private string node = "p";

    public Script(params Observation[] reports) => originals.AddRange(reports);

    public IReadOnlyList<Observation> Originals => originals;

    public static Stamp At(double seconds) => Beginning + TimeSpan.FromSeconds(seconds);

    public static double Seconds(Stamp at) => (at - Beginning).TotalSeconds;

    public static NodeId Id(string name) => NodeId.FromName(name);

    public static HardwareAddress Address(string text) => HardwareAddress.Parse(text)!;

    /// <summary>What follows is about this node.</summary>
    public Script On(string name)
    {
        node = name;
        return this;
    }

    public Script Failure(
        double at, string by, double accuracy = 80, double total = 100, string? hw = null, bool auto = false, string? id = null, string? reason = null) =>
        Add(ObservationKind.Failure, at, by, accuracy, total, hw, auto, id, reason);

    public Script Alive(double at, string by, double accuracy = 80, double total = 100, string? hw = null, bool auto = false, string? id = null) =>
        Add(ObservationKind.Alive, at, by, accuracy, total, hw, auto, id);

    public Script Join(
        double at, string? hw = null, string? by = null, double accuracy = 80, double total = 100, bool auto = false, string? id = null, string? reason = null) =>
        Add(ObservationKind.Join, at, by, by is null ? 0 : accuracy, total, hw, auto, id, reason);

    public Script Leave(double at, string? hw = null, string? by = null, double total = 100, string? id = null) =>
        Add(ObservationKind.Leave, at, by, by is null ? 0 : 80, total, hw, auto: false, id);

    /// <summary>Changes the latest report.</summary>
    public Script With(Func<Observation, Observation> change)
    {
        originals[^1] = change(originals[^1]);
        return this;
    }

    /// <summary>The periods of all reports taken as one machine, as text: <c>from..to {suspects} P</c> and <c>planned</c>.</summary>
    public string[] Periods(HistoryOptions? options = null) => Show(Timeline(options).Periods);

    public FailureTimeline Timeline(HistoryOptions? options = null) => FailurePeriods.Evaluate(originals, options ?? HistoryOptions.Default);

    public static string[] Show(IEnumerable<Period> periods) => [.. periods.Select(Show)];

    /// <summary>What the history of a node holds: its own, and the joins passed on to it of other ids under an address it was named with.</summary>
    public NodeObservations Source(string name)
    {
        var own = originals.Where(o => o.Node == Id(name)).ToList();
        var passedOn =
            from o in originals
            where o.Node != Id(name) && o.Kind == ObservationKind.Join && o.Hardware is not null && own.Any(m => o.Hardware.Equals(m.Hardware))
            select o with { Origin = o.Node, Node = Id(name) };
        return new NodeObservations(Id(name), [.. own, .. passedOn]);
    }

    /// <summary>What the index entry of an address holds: all joins that name it, and the first other report of each id.</summary>
    public NodeObservations Index(string address)
    {
        var named = originals.Where(o => Address(address).Equals(o.Hardware)).Order(ObservationOrder.Instance).ToList();
        var kept = named.Where(o => o.Kind == ObservationKind.Join)
            .Union(named.GroupBy(o => o.Node).Select(g => g.FirstOrDefault(o => o.Kind != ObservationKind.Join)).OfType<Observation>());
        var place = NodeId.OfAddress(Address(address));
        return new NodeObservations(place, [.. kept.Select(o => o with { Origin = o.Node, Node = place })]);
    }

    /// <summary>The machine that answers for a reference, read from the histories of these nodes; <c>hw:</c> ones are index entries.</summary>
    public MachineHistory? Read(string asked, params string[] sources) =>
        MachineHistories.Evaluate(Sources(sources.Length == 0 ? [asked] : sources), NodeReference.Parse(asked), HistoryOptions.Default);

    /// <summary>As <see cref="Read"/>, as of a moment.</summary>
    public MachineHistory? ReadAsOf(double now, string asked, params string[] sources) =>
        MachineHistories.EvaluateAsOf(Sources(sources.Length == 0 ? [asked] : sources), NodeReference.Parse(asked), HistoryOptions.Default, At(now));

    public NodeObservations[] Sources(params string[] names) =>
        [.. names.Select(n => n.StartsWith("hw:", StringComparison.Ordinal) ? Index(n[3..]) : Source(n))];

    private static string Show(Period p)
    {
        var to = p.To is { } end ? Text(Seconds(end)) : "";
        var probability = p.Probability is { } value ? Text(Math.Round(value, 4)) : "unknown";
        var suspects = string.Join(',', p.Suspects.Select(s => s.Detector));
        return $"{Text(Seconds(p.From))}..{to} {{{suspects}}} {probability}{(p.Planned ? " planned" : "")}";
    }

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);

    private Script Add(
        ObservationKind kind, double at, string? by, double accuracy, double total, string? hw, bool auto, string? id, string? reason = null)
    {
        originals.Add(new Observation
        {
            Node = Id(node),
            Name = node,
            Hardware = HardwareAddress.Parse(hw),
            Detector = by,
            Kind = kind,
            At = At(at),
            ReceivedAt = At(at),
            Id = id ?? $"o{originals.Count}",
            Reason = reason,
            Accuracy = accuracy,
            Explicit = !auto && by is not null,
            Total = total,
        });
        return this;
    }
}
