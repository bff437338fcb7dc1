using System.Collections.Immutable;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Probability;

/// <summary>
/// The detectors that are registered, and when each was last heard from (R3.1–R3.3, DESIGN D8). Immutable; merging keeps of each detector the
/// version that supersedes and the latest time it was heard, and so is commutative, associative and idempotent: members that have seen the
/// same versions in any order hold the same registry.
/// </summary>
public sealed class DetectorRegistry
{
    /// <summary>The most detectors, deleted ones not counted (DESIGN D8); whoever registers keeps to it.</summary>
    public const int MaxCount = 10_000;

    /// <summary>The accuracy of a detector that registered itself (R3.3).</summary>
    public const double AutoAccuracy = 50;

    private readonly ImmutableSortedDictionary<string, DetectorEntry> versions;
    private readonly ImmutableDictionary<string, Stamp> heard;

    // Shared by all registries with the same versions: being heard is frequent and compiles nothing anew.
    private readonly Lazy<WatchIndex> watching;
    private readonly Lazy<DetectorEntry[]> live;

    // Until when each of those that watch everything and have a ttl counts as available, in ticks, inclusive. Filled at first use.
    private long[]? availableUntil;

    private DetectorRegistry(ImmutableSortedDictionary<string, DetectorEntry> versions, ImmutableDictionary<string, Stamp> heard)
    {
        this.versions = versions;
        this.heard = heard;
        live = new(() => [.. versions.Values.Where(static e => e.IsLive)]);
        watching = new(() => new WatchIndex(versions.Values));
    }

    private DetectorRegistry(DetectorRegistry same, ImmutableDictionary<string, Stamp> heard)
    {
        versions = same.versions;
        live = same.live;
        watching = same.watching;
        this.heard = heard;
    }

    /// <summary>No detector.</summary>
    public static DetectorRegistry Empty { get; } = new(
        ImmutableSortedDictionary.Create<string, DetectorEntry>(StringComparer.Ordinal), ImmutableDictionary.Create<string, Stamp>(StringComparer.Ordinal));

    /// <summary>The live entries, sorted by id.</summary>
    public IReadOnlyList<DetectorEntry> All => live.Value;

    /// <summary>The entries in force, deletions included, sorted by id: what a member keeps and tells others.</summary>
    public IEnumerable<DetectorEntry> AllVersions => versions.Values;

    /// <summary>When each detector was last heard from, by its id.</summary>
    public IReadOnlyDictionary<string, Stamp> LastHeard => heard;

    /// <summary>The live entry of a detector, or null.</summary>
    public DetectorEntry? Find(string id) => versions.TryGetValue(id, out var entry) && entry.IsLive ? entry : null;

    /// <summary>The entry in force of a detector, a deletion too, or null where it was never known.</summary>
    public DetectorEntry? FindVersion(string id) => versions.GetValueOrDefault(id);

    /// <summary>The registry with this version too; the same one where it has a version at least as good.</summary>
    public DetectorRegistry Merge(DetectorEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return versions.TryGetValue(entry.Id, out var known) && !entry.Supersedes(known)
            ? this
            : new DetectorRegistry(versions.SetItem(entry.Id, entry), heard);
    }

    /// <summary>The registry with all that both know.</summary>
    public DetectorRegistry Merge(DetectorRegistry other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var merged = versions.ToBuilder();
        foreach (var entry in other.versions.Values)
        {
            if (!merged.TryGetValue(entry.Id, out var known) || entry.Supersedes(known))
            {
                merged[entry.Id] = entry;
            }
        }

        var latest = heard.ToBuilder();
        foreach (var (id, at) in other.heard)
        {
            latest[id] = latest.TryGetValue(id, out var known) && known >= at ? known : at;
        }

        var versionsOfBoth = merged.ToImmutable();
        return ReferenceEquals(versionsOfBoth, versions)
            ? new DetectorRegistry(this, latest.ToImmutable())
            : new DetectorRegistry(versionsOfBoth, latest.ToImmutable());
    }

    /// <summary>The registry in which a detector was heard from at this time, by a report or a heartbeat; the latest time counts.</summary>
    public DetectorRegistry WithHeard(string id, Stamp at) =>
        heard.TryGetValue(id, out var known) && known >= at ? this : new DetectorRegistry(this, heard.SetItem(id, at));

    /// <summary>Whether a live detector is not available: it has a ttl and was not heard from within it (R3.1). False for one that is not live.</summary>
    public bool IsStale(string id, Stamp now) => Find(id) is { } entry && IsStale(entry, now);

    /// <summary>
    /// The sum of the accuracies of the explicitly registered detectors that are available and watch this node: what the gate stores with an
    /// observation (R2.5).
    /// </summary>
    /// <param name="name">The node's name, or null: then scopes are matched against its id in hex.</param>
    /// <param name="id">The node's id.</param>
    /// <param name="now">The gate's hybrid clock.</param>
    public double ExplicitTotal(string? name, NodeId id, Stamp now)
    {
        var index = watching.Value;
        var everywhere = index.Everywhere;
        var total = everywhere.SteadySum;
        if (everywhere.Expiring.Length > 0)
        {
            var until = availableUntil ??= Array.ConvertAll(everywhere.Expiring, AvailableUntil);
            for (var i = 0; i < until.Length; i++)
            {
                total += now.Ticks <= until[i] ? everywhere.Expiring[i].Accuracy : 0;
            }
        }

        var scoped = index.ByScope(name, id);
        total += scoped.SteadySum;
        foreach (var entry in scoped.Expiring)
        {
            total += IsStale(entry, now) ? 0 : entry.Accuracy;
        }

        return total;
    }

    /// <summary>The explicitly registered detectors that are available and watch this node (R5.1), in no particular order.</summary>
    public IReadOnlyList<DetectorEntry> ExplicitlyWatching(string? name, NodeId id, Stamp now)
    {
        var index = watching.Value;
        var available = new List<DetectorEntry>();
        foreach (var watchers in (ReadOnlySpan<WatchIndex.Watchers>)[index.Everywhere, index.ByScope(name, id)])
        {
            foreach (var entry in watchers.Entries)
            {
                if (!IsStale(entry, now))
                {
                    available.Add(entry);
                }
            }
        }

        return available;
    }

    /// <summary>Registers a detector or changes its registration (R3.1); the same registry where that changes nothing.</summary>
    /// <exception cref="ArgumentException">The registration has a <see cref="DetectorRegistration.Fault"/>.</exception>
    public DetectorRegistry Register(DetectorRegistration registration, MemberId author)
    {
        ArgumentNullException.ThrowIfNull(registration);
        if (registration.Fault() is { } fault)
        {
            throw new ArgumentException(fault, nameof(registration));
        }

        var entry = new DetectorEntry
        {
            Id = registration.Id,
            Accuracy = registration.Accuracy,
            Scope = [.. registration.Scope ?? []],
            Ttl = registration.Ttl,
            ReportedTimestamps = registration.ReportedTimestamps,
            Description = registration.Description,
            Explicit = true,
            Counter = NextCounter(registration.Id),
            Author = author,
        };
        return Find(entry.Id) is { } known && known.SaysTheSameAs(entry) ? this : Merge(entry);
    }

    /// <summary>Registers a detector by its first report, with accuracy 50 (R3.3); the same registry where it has a live entry.</summary>
    public DetectorRegistry AutoRegister(string id, MemberId author) => Find(id) is not null
        ? this
        : Merge(new DetectorEntry { Id = id, Accuracy = AutoAccuracy, Explicit = false, Counter = NextCounter(id), Author = author });

    /// <summary>Deletes a detector and with it its suspicions (R3.1); the same registry where it has no live entry.</summary>
    public DetectorRegistry Delete(string id, MemberId author) => Find(id) is { } known
        ? Merge(known with { Deleted = true, Counter = known.Counter + 1, Author = author })
        : this;

    /// <summary>Whether an entry has a ttl and was not heard from within it.</summary>
    internal bool IsStale(DetectorEntry entry, Stamp now) => entry.Ttl is not null && now.Ticks > AvailableUntil(entry);

    private long NextCounter(string id) => (FindVersion(id)?.Counter ?? 0) + 1;

    // Of an entry with a ttl; never heard from: before all time. Saturates, since a ttl may be as long as it likes.
    private long AvailableUntil(DetectorEntry entry)
    {
        if (!heard.TryGetValue(entry.Id, out var last))
        {
            return long.MinValue;
        }

        var ttl = entry.Ttl!.Value.Ticks;
        return last.Ticks > long.MaxValue - ttl ? long.MaxValue : last.Ticks + ttl;
    }
}
