using FailureHistory.Core.Identity;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.History;

/// <summary>
/// What of the sources belongs to one machine: its ids with their observations about it, and the copies that stand in for ids that are not
/// among the sources. Clashing ids stay apart (R1.8).
/// </summary>
internal sealed class MachineParts
{
    private MachineParts(HardwareAddress? address, List<IdTenancy> ids, List<Observation> copies, SortedSet<NodeId> otherIds, bool clash)
    {
        Address = address;
        Ids = ids;
        Copies = copies;
        OtherIds = otherIds;
        Clash = clash;
    }

    /// <summary>The machine's address, or null where its id was never reported with one.</summary>
    public HardwareAddress? Address { get; }

    /// <summary>The ids among the sources that have observations about it, at least one.</summary>
    public List<IdTenancy> Ids { get; }

    /// <summary>Copies of reports about it under ids whose own observations are not among the sources.</summary>
    public List<Observation> Copies { get; }

    /// <summary>Ids known from copies that are not among the sources.</summary>
    public SortedSet<NodeId> OtherIds { get; }

    /// <summary>Whether its (only) id clashes with another over the address.</summary>
    public bool Clash { get; }

    /// <summary>The machine of an id that was never reported with an address.</summary>
    public static MachineParts WithoutAddress(IdTenancy tenancy) => new(null, [tenancy], [], [], clash: false);

    /// <summary>The machine with this address, which holds the id.</summary>
    public static MachineParts OfHolder(SourceIndex index, HardwareAddress address, NodeId id)
    {
        var candidates = Candidates(index, address);
        return Gather(index, address, candidates, id, Clashing(index, address, candidates));
    }

    /// <summary>The machine with this address; where ids clash over it, the one that came up last. Null where the sources have no own observation of it.</summary>
    public static MachineParts? OfAddress(SourceIndex index, HardwareAddress address)
    {
        var candidates = Candidates(index, address);
        return candidates.Count == 0 ? null : Gather(index, address, candidates, Latest(candidates, address), Clashing(index, address, candidates));
    }

    private static MachineParts Gather(
        SourceIndex index, HardwareAddress address, List<IdTenancy> candidates, NodeId self, HashSet<NodeId> clashing)
    {
        if (clashing.Contains(self))
        {
            return new MachineParts(address, [index.Tenancy(self)!], [], [], clash: true);
        }

        candidates.RemoveAll(c => clashing.Contains(c.Id));
        var copies = new List<Observation>();
        var others = new SortedSet<NodeId>();
        foreach (var copy in index.Copies)
        {
            if (!address.Equals(copy.Hardware) || clashing.Contains(copy.About))
            {
                continue;
            }

            if (index.Tenancy(copy.About) is null)
            {
                copies.Add(copy);
            }

            if (!index.IsGiven(copy.About))
            {
                others.Add(copy.About);
            }
        }

        return new MachineParts(address, candidates, OnePerKey(copies), others, clash: false);
    }

    private static List<IdTenancy> Candidates(SourceIndex index, HardwareAddress address)
    {
        var candidates = new List<IdTenancy>();
        foreach (var tenancy in index.Tenancies)
        {
            if (tenancy.About(address).Count > 0)
            {
                candidates.Add(tenancy);
            }
        }

        return candidates;
    }

    private static HashSet<NodeId> Clashing(SourceIndex index, HardwareAddress address, List<IdTenancy> candidates)
    {
        if (candidates.Count == 1 && index.Copies.Count == 0)
        {
            return [];
        }

        var joins = new List<AddressClashes.Seen>();
        foreach (var candidate in candidates)
        {
            AddJoins(candidate.About(address), address, joins);
        }

        AddJoins(index.Copies, address, joins);
        return AddressClashes.Of(joins);
    }

    private static void AddJoins(IReadOnlyList<Observation> observations, HardwareAddress address, List<AddressClashes.Seen> joins)
    {
        for (var i = 0; i < observations.Count; i++)
        {
            var o = observations[i];
            if (o.Kind == ObservationKind.Join && address.Equals(o.Hardware))
            {
                joins.Add(new AddressClashes.Seen(o.At, o.About));
            }
        }
    }

    // The id of its latest join, else of its latest observation.
    private static NodeId Latest(List<IdTenancy> candidates, HardwareAddress address)
    {
        Observation? latest = null;
        foreach (var candidate in candidates)
        {
            var observations = candidate.About(address);
            var mine = observations[^1];
            for (var i = observations.Count - 1; i >= 0; i--)
            {
                if (observations[i].Kind == ObservationKind.Join)
                {
                    mine = observations[i];
                    break;
                }
            }

            if (latest is null || IsLater(mine, latest))
            {
                latest = mine;
            }
        }

        return latest!.About;
    }

    private static bool IsLater(Observation x, Observation y)
    {
        var joins = (x.Kind == ObservationKind.Join).CompareTo(y.Kind == ObservationKind.Join);
        return joins != 0 ? joins > 0 : ObservationOrder.Instance.Compare(x, y) > 0;
    }

    // The same report may have been copied into several histories; of two with different stamps the earlier counts (R2.4).
    private static List<Observation> OnePerKey(List<Observation> copies)
    {
        if (copies.Count < 2)
        {
            return copies;
        }

        copies.Sort(ObservationOrder.Instance);
        var seen = new HashSet<(NodeId About, string? Detector, string Id)>();
        copies.RemoveAll(c => !seen.Add((c.About, c.Detector, c.Id)));
        return copies;
    }
}
