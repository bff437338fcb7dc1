namespace FailureHistory.Core.Identity;

/// <summary>
/// Remembers the hashes of names lately seen: SHA-256 of a name costs more than all the rest of an observation, and a fleet's names repeat.
/// A table of fixed size with four places for each slot, so that names that share one do not drive each other out: of a fleet of 100,000 nearly all stay. A fifth
/// takes the place of the oldest.
/// Safe for any number of threads, since an entry never changes and a lost one is only computed again.
/// </summary>
public static class NodeNames
{
    private const int Slots = 1 << 16;
    private const int Places = 4; // 2 MiB in all, and where a fleet is as large some 25 MiB of entries

    private static readonly Entry?[] Entries = new Entry?[Slots * Places];

    /// <summary>The id of a name (R1.1).</summary>
    public static NodeId IdOf(string name)
    {
        var slot = Entries.AsSpan(Places * (name.GetHashCode(StringComparison.Ordinal) & (Slots - 1)), Places);
        for (var i = 0; i < slot.Length; i++)
        {
            if (Volatile.Read(ref slot[i]) is { } known && known.Name == name)
            {
                return known.Id;
            }
        }

        var id = NodeId.FromName(name);
        for (var i = slot.Length - 1; i > 0; i--)
        {
            Volatile.Write(ref slot[i], slot[i - 1]);
        }

        Volatile.Write(ref slot[0], new Entry(name, id));
        return id;
    }

    /// <summary>The id that a text is, or names (R6.3).</summary>
    public static NodeId IdOfReference(string text) => NodeId.TryParse(text, out var id) ? id : IdOf(text);

    private sealed class Entry(string name, NodeId id)
    {
        public string Name => name;

        public NodeId Id => id;
    }
}
