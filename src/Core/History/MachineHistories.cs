using FailureHistory.Core.Identity;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.History;

/// <summary>
/// Says which machine answers for a reference, and reads its history (R1.2–R1.8).
/// </summary>
/// <remarks>
/// An id answers for the machine that holds it now; a machine is known by its hardware address, and its history is whatever its address
/// gathered under all ids. Like the periods this is a function of the set of observations: nothing is decided when a report arrives, so a late
/// or doubled one, or another replica, can't lead to another answer (R4.6).
/// </remarks>
public static class MachineHistories
{
    /// <summary>Reads the machine that answers for a reference, all observations counted, those with a future time too.</summary>
    /// <param name="sources">What is known of the ids concerned and of the address's index entry, in any order; the more, the more complete.</param>
    /// <param name="asked">An id, for the machine that holds it now, or an address, for that machine.</param>
    /// <param name="options">Correlation interval and incident limit.</param>
    /// <returns>Null where the machine has no observation of its own, other than copies, in the sources.</returns>
    public static MachineHistory? Evaluate(IReadOnlyList<NodeObservations> sources, NodeReference asked, HistoryOptions options) =>
        Read(sources, asked, options, null);

    /// <summary>As <see cref="Evaluate"/>, as if nothing with <see cref="Observation.At"/> later than <paramref name="now"/> had been reported (R2.3).</summary>
    public static MachineHistory? EvaluateAsOf(IReadOnlyList<NodeObservations> sources, NodeReference asked, HistoryOptions options, Stamp now) =>
        Read(sources, asked, options, now);

    /// <summary>The ids that the sources (an index entry, say) know an address under, sorted: whose histories to fetch to answer for it (R1.5).</summary>
    public static IReadOnlyList<NodeId> IdsOf(IReadOnlyList<NodeObservations> sources, HardwareAddress address)
    {
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentNullException.ThrowIfNull(address);
        var ids = new SortedSet<NodeId>();
        foreach (var source in sources)
        {
            foreach (var o in source.Observations)
            {
                if (address.Equals(o.Hardware))
                {
                    ids.Add(o.About);
                }
            }
        }

        return [.. ids];
    }

    /// <summary>When a machine held an id, by the id's own observations: what a removal of the machine's part must cover (R10.2).</summary>
    /// <param name="id">The id and what its history stores, in any order.</param>
    /// <param name="address">The machine.</param>
    /// <returns>Each stint from (inclusive) to (exclusive); empty where it never held the id.</returns>
    public static IReadOnlyList<(Stamp From, Stamp To)> StintsOf(NodeObservations id, HardwareAddress address)
    {
        ArgumentNullException.ThrowIfNull(id);
        ArgumentNullException.ThrowIfNull(address);
        return new SourceIndex([id], null).Tenancy(id.Node)?.StintsOf(address) ?? [];
    }

    private static MachineHistory? Read(IReadOnlyList<NodeObservations> sources, NodeReference asked, HistoryOptions options, Stamp? now)
    {
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentNullException.ThrowIfNull(options);
        var index = new SourceIndex(sources, now);
        if (asked.Address is not null)
        {
            return MachineParts.OfAddress(index, asked.Address) is { } found ? new MachineReading(index, found, null, options).Read() : null;
        }

        if (index.Tenancy(asked.Id) is not { } tenancy)
        {
            return null;
        }

        var parts = tenancy.Holder is { } holder ? MachineParts.OfHolder(index, holder, asked.Id) : MachineParts.WithoutAddress(tenancy);
        return new MachineReading(index, parts, asked.Id, options).Read();
    }
}
