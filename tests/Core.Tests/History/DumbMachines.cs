using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Tests.History;

/// <summary>
/// Which machine answers, written down from the rules (R1.2–R1.8): every question looks through everything again. Shares no code with the real
/// one but the order of observations, which <see cref="DumbPeriods"/> has anew.
/// </summary>
internal sealed class DumbMachines(IReadOnlyList<NodeObservations> sources, HistoryOptions options)
{
    public sealed record Answer(NodeId Node, string? Name, string? Hardware, List<Incarnation> Incarnations, DumbPeriods Own, DumbPeriods Counted, List<NodeId> OtherIds);

    public Answer? Evaluate(NodeReference asked)
    {
        if (asked.Address is null)
        {
            var own = Own(asked.Id);
            if (own.Count == 0)
            {
                return null;
            }

            var holder = HolderAt(asked.Id, own.Count - 1);
            return holder is null ? WithoutAddress(asked.Id) : Machine(holder, asked.Id, byId: true);
        }

        var ids = IdsWith(asked.Address.Canonical);
        if (ids.Count == 0)
        {
            return null;
        }

        var about = Sort(ids.SelectMany(id => About(id, asked.Address.Canonical)));
        var self = (about.LastOrDefault(o => o.Kind == ObservationKind.Join) ?? about[^1]).Node;
        return Machine(asked.Address.Canonical, self, byId: false);
    }

    private List<NodeId> GivenIds => [.. sources.Select(s => s.Node).Distinct().Where(id => Own(id).Count > 0)];

    private List<Observation> Copies => [.. sources.SelectMany(s => s.Observations).Where(o => o.Origin is not null && o.Hardware is not null)];

    private List<Observation> Sort(IEnumerable<Observation> observations) => [.. new DumbPeriods(observations, options).Sorted];

    private List<Observation> Own(NodeId id) =>
        Sort(sources.Where(s => s.Node == id).SelectMany(s => s.Observations).Where(o => o.Origin is null));

    // The machine that holds the id after its first i + 1 observations.
    private string? HolderAt(NodeId id, int i)
    {
        var own = Own(id);
        return own.Take(i + 1).LastOrDefault(o => o.Kind == ObservationKind.Join && o.Hardware is not null)?.Hardware!.Canonical
            ?? own.FirstOrDefault(o => o.Hardware is not null)?.Hardware!.Canonical;
    }

    private List<Observation> About(NodeId id, string address) =>
        [.. Own(id).Where((o, i) => (o.Hardware?.Canonical ?? HolderAt(id, i)) == address)];

    private List<NodeId> IdsWith(string address) => [.. GivenIds.Where(id => About(id, address).Count > 0)];

    private List<(long At, NodeId Id)> Joins(string address) =>
    [
        .. GivenIds.SelectMany(Own).Concat(Copies).Where(o => o.Kind == ObservationKind.Join && o.Hardware?.Canonical == address)
            .Select(o => (o.At.Ticks, o.Origin ?? o.Node)),
    ];

    private HashSet<NodeId> Clashing(string address)
    {
        var joins = Joins(address);
        var clashing = new HashSet<NodeId>();
        foreach (var first in joins)
        {
            foreach (var between in joins.Where(j => j.Id != first.Id && j.At > first.At && joins.Any(last => last.Id == first.Id && last.At > j.At)))
            {
                clashing.Add(first.Id);
                clashing.Add(between.Id);
            }
        }

        return clashing;
    }

    private Answer WithoutAddress(NodeId id)
    {
        var own = new DumbPeriods(Own(id), options);
        return new Answer(id, NameOf(id), null, [new Incarnation(id, NameOf(id), null, own.Sorted[0].At, null, false)], own, own, []);
    }

    private Answer Machine(string address, NodeId self, bool byId)
    {
        var clashing = Clashing(address);
        var clash = clashing.Contains(self);
        var ids = clash ? [self] : IdsWith(address).Where(id => !clashing.Contains(id)).ToList();
        var copies = clash
            ? []
            : Sort(Copies.Where(c => c.Hardware!.Canonical == address && !clashing.Contains(c.Origin!.Value) && !GivenIds.Contains(c.Origin.Value)))
                .DistinctBy(c => (c.Origin, c.Detector, c.Id)).ToList();

        var own = Sort(ids.SelectMany(id => About(id, address)));
        var counted = Sort(own.Concat(copies.Where(c => c.Kind == ObservationKind.Join)));
        var node = counted.LastOrDefault(o => o.Kind == ObservationKind.Join)?.About ?? (byId ? self : own[^1].Node);
        var hardware = own.FirstOrDefault(o => o.Hardware is not null)?.Hardware;
        var incarnations =
            from id in ids.Concat(copies.Select(c => c.About)).Distinct()
            let seen = own.Concat(copies).Where(o => o.About == id).Min(o => o.At)
            orderby seen, id
            select new Incarnation(id, NameOf(id), hardware, seen, Min(TakenAt(id, address), MovedAt(counted, id, seen)), clash);
        return new Answer(
            node, NameOf(node), hardware?.Text, [.. incarnations], new DumbPeriods(own, options), new DumbPeriods(counted, options),
            [.. copies.Select(c => c.About).Where(id => sources.All(s => s.Node != id)).Distinct().Order()]);
    }

    private string? NameOf(NodeId id) =>
        Own(id).Concat(Sort(Copies.Where(c => c.Origin == id))).FirstOrDefault(o => o.Name is not null)?.Name;

    private Stamp? TakenAt(NodeId id, string address)
    {
        var own = Own(id);
        if (own.Count == 0 || HolderAt(id, own.Count - 1) == address)
        {
            return null;
        }

        var held = Enumerable.Range(0, own.Count).LastOrDefault(i => HolderAt(id, i) == address, -1);
        return held < 0 ? About(id, address)[^1].At : own[held + 1].At;
    }

    private static Stamp? MovedAt(List<Observation> counted, NodeId id, Stamp seen)
    {
        var lastHere = counted.FindLastIndex(o => o.Kind == ObservationKind.Join && o.About == id);
        var elsewhere = counted.Where((o, i) => o.Kind == ObservationKind.Join && o.About != id && (lastHere < 0 ? o.At > seen : i > lastHere)).ToList();
        return elsewhere.Count == 0 ? null : elsewhere[0].At;
    }

    private static Stamp? Min(Stamp? x, Stamp? y) => x is null ? y : y is null || x < y ? x : y;
}
