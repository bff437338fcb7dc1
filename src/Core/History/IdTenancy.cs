using FailureHistory.Core.Identity;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.History;

/// <summary>
/// Who held one id when, and so which machine each of its own observations is about (R1.3, R1.4, R1.7): at first the machine whose address is
/// the first one named, then at each join that names another address that other machine. A failure, alive or leave that names an address is
/// about that machine and changes no holder; an observation that names none is about the holder of its moment.
/// </summary>
internal sealed class IdTenancy
{
    private readonly Observation[] own;
    private Dictionary<HardwareAddress, List<Observation>>? byAddress;
    private Dictionary<HardwareAddress, Stamp>? lostAt;

    /// <summary>Reads the own observations of an id, at least one, in the order of R4.5.</summary>
    public IdTenancy(NodeId id, Observation[] own)
    {
        Id = id;
        this.own = own;
        var several = false;
        foreach (var o in own)
        {
            Name ??= o.Name;
            Holder ??= o.Hardware;
            several |= o.Hardware is not null && !o.Hardware.Equals(Holder);
        }

        FirstHolder = Holder;
        if (several)
        {
            Partition();
        }
    }

    /// <summary>The id.</summary>
    public NodeId Id { get; }

    /// <summary>Its name, spelt as in the earliest observation that used one, or null.</summary>
    public string? Name { get; }

    /// <summary>The machine that holds it now; null where no address was ever named.</summary>
    public HardwareAddress? Holder { get; private set; }

    /// <summary>The first address that was named; null where none was.</summary>
    public HardwareAddress? FirstHolder { get; }

    /// <summary>The observations about one machine, in order; empty where it never had the id.</summary>
    public IReadOnlyList<Observation> About(HardwareAddress? address)
    {
        if (byAddress is null)
        {
            return Equals(address, Holder) ? own : [];
        }

        return address is not null && byAddress.TryGetValue(address, out var observations) ? observations : [];
    }

    /// <summary>
    /// When the machine last lost the id to another one; null while it holds it. A machine that was named by stray reports alone never held
    /// it: then the time of the last of them.
    /// </summary>
    public Stamp? LostAt(HardwareAddress address)
    {
        if (address.Equals(Holder))
        {
            return null;
        }

        return lostAt is not null && lostAt.TryGetValue(address, out var at) ? at : About(address)[^1].At;
    }

    /// <summary>
    /// When the machine held the id, each stint from (inclusive) to (exclusive, or the end of time): what of the id names no address and has its
    /// <c>at</c> within is about it (R1.7).
    /// </summary>
    public IReadOnlyList<(Stamp From, Stamp To)> StintsOf(HardwareAddress address)
    {
        var stints = new List<(Stamp From, Stamp To)>();
        var holder = own.Select(o => o.Hardware).FirstOrDefault(h => h is not null);
        var since = Stamp.Zero;
        foreach (var o in own.Where(o => o is { Kind: ObservationKind.Join, Hardware: not null }))
        {
            // Until this join the id was the holder's; of equal joins only the first changes it.
            if (o.Hardware!.Equals(holder))
            {
                continue;
            }

            if (address.Equals(holder))
            {
                stints.Add((since, o.At));
            }

            (holder, since) = (o.Hardware, o.At);
        }

        if (address.Equals(holder))
        {
            stints.Add((since, Stamp.MaxValue));
        }

        return stints;
    }

    private void Partition()
    {
        byAddress = [];
        lostAt = [];
        var holder = Holder!;
        foreach (var o in own)
        {
            if (o.Kind == ObservationKind.Join && o.Hardware is not null && !o.Hardware.Equals(holder))
            {
                lostAt[holder] = o.At;
                holder = o.Hardware;
            }

            var about = o.Hardware ?? holder;
            if (!byAddress.TryGetValue(about, out var observations))
            {
                byAddress.Add(about, observations = []);
            }

            observations.Add(o);
        }

        Holder = holder;
    }
}
