namespace FailureHistory.Core.Identity;

/// <summary>
/// Remembers the hashes of names lately seen: SHA-256 of a name costs more than all the rest of an observation, and a fleet's names repeat.
/// A table of fixed size in which a newer name takes the place of another with the same slot; safe for any number of threads, since an entry
/// never changes and a lost one is only computed again.
/// </summary>
public static class NodeNames
{
    private const int Slots = 1 << 17; // 1 MiB, and where a fleet is as large some 15 MiB of entries

    private static readonly Entry?[] Entries = new Entry?[Slots];

    /// <summary>The id of a name (R1.1).</summary>
    public static NodeId IdOf(string name)
    {
        ref var slot = ref Entries[name.GetHashCode(StringComparison.Ordinal) & (Slots - 1)];
        var known = Volatile.Read(ref slot);
        if (known is not null && known.Name == name)
        {
            return known.Id;
        }

        var id = NodeId.FromName(name);
        Volatile.Write(ref slot, new Entry(name, id));
        return id;
    }

    private sealed class Entry(string name, NodeId id)
    {
        public string Name => name;

        public NodeId Id => id;
    }
}
