using FailureHistory.Core.History;
using FailureHistory.Core.Identity;

namespace FailureHistory.Core.Replication;

/// <summary>What the index entry of an address tells the ids that the address was seen under (R1.5): each hears of the joins of every other.</summary>
internal static class AddressIndex
{
    /// <summary>Whether this is a copy in the index entry of its address.</summary>
    public static bool IsEntry(Observation observation) =>
        observation.Origin is not null && observation.Hardware is { } address && observation.Node == NodeId.OfAddress(address);

    /// <summary>
    /// The copies that an entry's observations, in order of time, give: for each id, from each other, its joins, and the earliest observation of one
    /// that has no join. Of an unbroken row of equal joins only the first and the last are passed on: those are what compaction (R2.6) leaves of them
    /// at their target, where any other would be stored and dropped again at every exchange.
    /// </summary>
    public static IReadOnlyList<Observation> Copies(IReadOnlyList<Observation> entry)
    {
        var told = new List<Observation>();
        var earliest = new Dictionary<NodeId, Observation>();
        var joined = new HashSet<NodeId>();
        Observation? first = null;
        Observation? last = null;
        foreach (var observation in entry)
        {
            if (observation.Origin is not { } origin)
            {
                continue;
            }

            earliest.TryAdd(origin, observation);
            if (observation.Kind != ObservationKind.Join)
            {
                continue;
            }

            joined.Add(origin);
            if (first is null || first.Origin != origin || first.Detector != observation.Detector)
            {
                AddRow(told, first, last);
                first = observation;
            }

            last = observation;
        }

        AddRow(told, first, last);
        told.AddRange(earliest.Where(e => !joined.Contains(e.Key)).Select(e => e.Value));
        return [.. earliest.Keys.Order().SelectMany(target => told.Where(o => o.Origin != target).Select(o => o with { Node = target }))];
    }

    private static void AddRow(List<Observation> told, Observation? first, Observation? last)
    {
        if (first is null || last is null)
        {
            return;
        }

        told.Add(first);
        if (!ReferenceEquals(first, last))
        {
            told.Add(last);
        }
    }
}
