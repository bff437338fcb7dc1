namespace FailureHistory.Core.Identity;

/// <summary>
/// Remembers the hashes of names lately seen: SHA-256 of a name costs more than all the rest of an observation, and a fleet's names repeat.
/// A table of fixed size with two places for each slot, so that two names that share one do not drive each other out; a third takes the place of the older.
/// Safe for any number of threads, since an entry never changes and a lost one is only computed again.
/// </summary>
public static class NodeNames
{
    private const int Slots = 1 << 16; // of two places: 1 MiB, and where a fleet is as large some 15 MiB of entries

    private static readonly Entry?[] Entries = new Entry?[2 * Slots];

    /// <summary>The id of a name (R1.1).</summary>
    public static NodeId IdOf(string name)
    {
        var slot = 2 * (name.GetHashCode(StringComparison.Ordinal) & (Slots - 1));
        var newer = Volatile.Read(ref Entries[slot]);
        if (newer is not null && newer.Name == name)
        {
            return newer.Id;
        }

        var older = Volatile.Read(ref Entries[slot + 1]);
        if (older is not null && older.Name == name)
        {
            return older.Id;
        }

        var id = NodeId.FromName(name);
        Volatile.Write(ref Entries[slot + 1], newer);
        Volatile.Write(ref Entries[slot], new Entry(name, id));
        return id;
    }

    private sealed class Entry(string name, NodeId id)
    {
        public string Name => name;

        public NodeId Id => id;
    }
}
