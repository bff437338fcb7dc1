using System.Collections.Concurrent;
using FailureHistory.Core.Identity;

namespace FailureHistory.Core.Probability;

/// <summary>
/// Which explicitly registered detectors watch a node name: the scopes compiled once per version of the registry, and where there are many, the answers kept
/// per name. It is asked once per observation at the gate, mostly for names it was asked for before.
/// </summary>
internal sealed class WatchIndex
{
    // A gate that is fed ever new names must not grow: beyond this the answers are thrown away and found anew.
    private const int MaxNames = 16_384;

    // So few are matched sooner than an answer is looked up, in a table that a large fleet does not fit into.
    private const int FewGlobs = 8;

    private readonly List<(DetectorEntry Entry, Glob[] Scope, Watchers Alone)> scoped = [];
    private readonly ConcurrentDictionary<string, Watchers> byName = new(StringComparer.OrdinalIgnoreCase);
    private readonly int globs;
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
                scoped.Add((entry, scope, new Watchers([entry])));
                globs += scope.Length;
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
        if (globs <= FewGlobs)
        {
            return Match(name);
        }

        if (byName.TryGetValue(name, out var known))
        {
            return known;
        }

        // Counted here because the dictionary locks itself whole to count; two threads that clear it do no harm.
        if (Interlocked.Increment(ref kept) > MaxNames)
        {
            byName.Clear();
            Interlocked.Exchange(ref kept, 0);
        }

        return byName[name] = Match(name);
    }

    private Watchers Match(string name)
    {
        Watchers? only = null;
        List<DetectorEntry>? several = null;
        foreach (var (entry, scope, alone) in scoped)
        {
            foreach (var glob in scope)
            {
                if (glob.IsMatch(name))
                {
                    if (only is not null)
                    {
                        (several ??= [only.Entries[0]]).Add(entry);
                    }

                    only ??= alone;
                    break;
                }
            }
        }

        return several is not null ? new Watchers(several) : only ?? Watchers.Nobody;
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
