using System.Collections.Concurrent;
using FailureHistory.Core.Identity;

namespace FailureHistory.Core.Probability;

/// <summary>
/// Which explicitly registered detectors watch a node name: the scopes compiled once per version of the registry, the answers kept per name.
/// It is asked once per observation at the gate, mostly for names it was asked for before.
/// </summary>
internal sealed class WatchIndex
{
    // A gate that is fed ever new names must not grow: beyond this the answers are thrown away and found anew.
    private const int MaxNames = 16_384;

    private readonly List<(DetectorEntry Entry, Glob[] Scope)> scoped = [];
    private readonly ConcurrentDictionary<string, Watchers> byName = new(StringComparer.OrdinalIgnoreCase);
    private int kept;

    /// <summary>Compiles the scopes of the explicit live entries, which are given sorted by id.</summary>
    public WatchIndex(IEnumerable<DetectorEntry> sorted)
    {
        var everywhere = new List<DetectorEntry>();
        foreach (var entry in sorted)
        {
            if (!entry.Explicit || entry.Deleted)
            {
                continue;
            }

            if (Compile(entry.Scope) is { } scope)
            {
                scoped.Add((entry, scope));
            }
            else
            {
                everywhere.Add(entry);
            }
        }

        Everywhere = new Watchers(everywhere);
    }

    /// <summary>Those that watch every node.</summary>
    public Watchers Everywhere { get; }

    /// <summary>Those that watch this node among others by their scope: by its name, or by its id in hex where it has none.</summary>
    public Watchers ByScope(string? name, NodeId id)
    {
        if (scoped.Count == 0)
        {
            return Watchers.Nobody;
        }

        name ??= id.ToString();
        if (byName.TryGetValue(name, out var known))
        {
            return known;
        }

        var matching = new List<DetectorEntry>();
        foreach (var (entry, scope) in scoped)
        {
            if (Array.Exists(scope, glob => glob.IsMatch(name)))
            {
                matching.Add(entry);
            }
        }

        // Counted here because the dictionary locks itself whole to count; two threads that clear it do no harm.
        if (Interlocked.Increment(ref kept) > MaxNames)
        {
            byName.Clear();
            Interlocked.Exchange(ref kept, 0);
        }

        var found = matching.Count == 0 ? Watchers.Nobody : new Watchers(matching);
        byName[name] = found;
        return found;
    }

    // Null for a scope that holds all. What can't be compiled came from a newer member: it matches nothing.
    private static Glob[]? Compile(IReadOnlyList<string> scope)
    {
        if (scope.Count == 0)
        {
            return null;
        }

        var globs = new List<Glob>(scope.Count);
        foreach (var text in scope)
        {
            if (Printable.Fault("scope", text, Glob.MaxLength) is not null)
            {
                continue;
            }

            var glob = Glob.Parse(text);
            if (glob.MatchesAll)
            {
                return null;
            }

            globs.Add(glob);
        }

        return [.. globs];
    }

    /// <summary>Detectors that watch the same nodes, split into those that are always available and those that must be heard from.</summary>
    public sealed class Watchers
    {
        /// <summary>Splits entries, which are sorted by id.</summary>
        public Watchers(List<DetectorEntry> entries)
        {
            Entries = [.. entries];
            Expiring = [.. entries.FindAll(static e => e.Ttl is not null)];
            foreach (var entry in entries)
            {
                SteadySum += entry.Ttl is null ? entry.Accuracy : 0;
            }
        }

        /// <summary>No detector.</summary>
        public static Watchers Nobody { get; } = new([]);

        /// <summary>All of them, sorted by id.</summary>
        public DetectorEntry[] Entries { get; }

        /// <summary>Those with a ttl.</summary>
        public DetectorEntry[] Expiring { get; }

        /// <summary>The accuracies of those without one, summed.</summary>
        public double SteadySum { get; }
    }
}
