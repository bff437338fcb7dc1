using FailureHistory.Core.Identity;
using FailureHistory.Core.Retention;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.History;

/// <summary>The sources of a reading, sorted out: each id's own observations by machine, and the copies.</summary>
internal sealed class SourceIndex
{
    private readonly Dictionary<NodeId, IdTenancy> tenancies = [];
    private readonly HashSet<NodeId> given = [];
    private readonly Dictionary<NodeId, Pin> pins = [];
    private readonly Dictionary<NodeId, Fold> folds = [];
    private Dictionary<NodeId, Observation>? namingCopies;

    /// <summary>Counts only observations with <see cref="Observation.At"/> up to <paramref name="now"/>; null for all.</summary>
    public SourceIndex(IReadOnlyList<NodeObservations> sources, Stamp? now)
    {
        var own = new Dictionary<NodeId, List<Observation>>();
        foreach (var source in sources)
        {
            given.Add(source.Node);
            if (source.Pin is { IsPinned: true } pin)
            {
                pins[source.Node] = pin;
            }

            if (source.Fold is { } fold && fold.Supersedes(folds.GetValueOrDefault(source.Node)))
            {
                folds[source.Node] = fold;
            }

            Add(source, now ?? new Stamp(long.MaxValue), own);
        }

        foreach (var (id, observations) in own)
        {
            tenancies.Add(id, new IdTenancy(id, Sorted(observations)));
        }
    }

    /// <summary>The ids with own observations, and who held them.</summary>
    public IEnumerable<IdTenancy> Tenancies => tenancies.Values;

    /// <summary>The copies that name an address.</summary>
    public List<Observation> Copies { get; } = [];

    /// <summary>Who held an id; null where the sources have no observation of its own.</summary>
    public IdTenancy? Tenancy(NodeId id) => tenancies.GetValueOrDefault(id);

    /// <summary>The pin of an id, or null where it is not pinned.</summary>
    public Pin? PinOf(NodeId id) => pins.GetValueOrDefault(id);

    /// <summary>The fold of an id's history, or null.</summary>
    public Fold? FoldOf(NodeId id) => folds.GetValueOrDefault(id);

    /// <summary>Whether the history of an id is among the sources, be it empty.</summary>
    public bool IsGiven(NodeId id) => given.Contains(id);

    /// <summary>The name of an id, spelt as in its earliest own observation that used one, else as in the earliest such copy; or null.</summary>
    public string? NameOf(NodeId id) =>
        Tenancy(id)?.Name ?? (namingCopies ??= NamingCopies()).GetValueOrDefault(id)?.Name;

    private Dictionary<NodeId, Observation> NamingCopies()
    {
        var earliest = new Dictionary<NodeId, Observation>();
        foreach (var copy in Copies)
        {
            if (copy.Name is not null && (!earliest.TryGetValue(copy.About, out var known) || ObservationOrder.Instance.Compare(copy, known) < 0))
            {
                earliest[copy.About] = copy;
            }
        }

        return earliest;
    }

    private void Add(NodeObservations source, Stamp until, Dictionary<NodeId, List<Observation>> own)
    {
        List<Observation>? mine = null;
        var observations = source.Observations;
        for (var i = 0; i < observations.Count; i++)
        {
            var o = observations[i];
            if (o.At > until)
            {
                continue;
            }

            if (o.Origin is not null)
            {
                if (o.Hardware is not null)
                {
                    Copies.Add(o);
                }

                continue;
            }

            if (mine is null && !own.TryGetValue(source.Node, out mine))
            {
                own.Add(source.Node, mine = new List<Observation>(observations.Count));
            }

            mine.Add(o);
        }
    }

    // The same observation from two replicas' answers is one (R2.4).
    private static Observation[] Sorted(List<Observation> observations)
    {
        var sorted = ObservationOrder.Sort([.. observations]);
        var kept = 1;
        for (var i = 1; i < sorted.Length; i++)
        {
            if (ObservationOrder.Instance.Compare(sorted[kept - 1], sorted[i]) != 0)
            {
                sorted[kept++] = sorted[i];
            }
        }

        return kept == sorted.Length ? sorted : sorted[..kept];
    }
}
