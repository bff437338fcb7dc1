using FailureHistory.Core.Identity;
using FailureHistory.Core.Probability;
using FailureHistory.Messages.Wire;

namespace FailureHistory.Node.Notifications;

/// <summary>Which nodes a subscription is about (R8.1): ids, names (which are ids, R1.1), globs of names, hardware addresses; none of them: all.</summary>
internal sealed class NodePatterns
{
    /// <summary>The most patterns of one subscription.</summary>
    public const int Most = 1000;

    private readonly HashSet<NodeId> ids;
    private readonly IReadOnlyList<Glob> globs;
    private readonly HashSet<string> addresses;

    private NodePatterns(IEnumerable<NodeId> ids, IEnumerable<Glob> globs, IEnumerable<string> addresses)
    {
        this.ids = [.. ids];
        this.globs = [.. globs.Distinct()];
        this.addresses = new HashSet<string>(addresses, StringComparer.Ordinal);
    }

    public static NodePatterns All { get; } = new([], [], []);

    public bool IsAll => ids.Count == 0 && globs.Count == 0 && addresses.Count == 0;

    /// <summary>The nodes, where they are named one by one; else null.</summary>
    public IReadOnlyCollection<NodeId>? Listed => ids.Count > 0 && globs.Count == 0 && addresses.Count == 0 ? ids : null;

    public int Count => ids.Count + globs.Count + addresses.Count;

    /// <summary>Reads what a subscriber wrote.</summary>
    /// <exception cref="FormatException">One of them can't be read, or there are too many.</exception>
    public static NodePatterns Parse(IReadOnlyList<string>? texts)
    {
        if (texts is null || texts.Count == 0)
        {
            return All;
        }

        if (texts.Count > Most)
        {
            throw new FormatException($"expected at most {Most} ids, names and globs; came {texts.Count}");
        }

        List<NodeId> ids = [];
        List<Glob> globs = [];
        List<string> addresses = [];
        foreach (var text in texts)
        {
            if (text.AsSpan().ContainsAny('*', '?'))
            {
                globs.Add(Glob.Parse(text));
            }
            else if (NodeReference.Parse(text) is { Address: { } address })
            {
                addresses.Add(address.Canonical);
            }
            else
            {
                ids.Add(NodeId.FromIdOrName(text));
            }
        }

        return globs.Any(g => g.MatchesAll) ? All : new NodePatterns(ids, globs, addresses);
    }

    public bool Matches(NodeId node, string? name, string? address) =>
        IsAll
        || ids.Contains(node)
        || (globs.Count > 0 && Matches(name ?? node.ToString()))
        || (address is not null && addresses.Contains(address));

    public InterestP.Types.Pattern ToWire()
    {
        var wire = new InterestP.Types.Pattern();
        wire.Ids.AddRange(ids.Order().Select(WireIds.Bytes));
        wire.Globs.AddRange(globs.Select(g => g.Text).Order(StringComparer.Ordinal));
        wire.Addresses.AddRange(addresses.Order(StringComparer.Ordinal));
        return wire;
    }

    public static NodePatterns FromWire(InterestP.Types.Pattern? wire) => wire is null
        ? All
        : new NodePatterns(wire.Ids.Select(WireIds.Node), wire.Globs.Select(Glob.Parse), wire.Addresses);

    public static NodePatterns Union(IEnumerable<NodePatterns> all)
    {
        var list = all.ToList();
        return list.Any(p => p.IsAll)
            ? All
            : new NodePatterns(list.SelectMany(p => p.ids), list.SelectMany(p => p.globs), list.SelectMany(p => p.addresses));
    }

    private bool Matches(string name)
    {
        foreach (var glob in globs)
        {
            if (glob.IsMatch(name))
            {
                return true;
            }
        }

        return false;
    }
}
