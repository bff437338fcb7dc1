using FailureHistory.Core.History;

namespace FailureHistory.Core.Retention;

/// <summary>
/// Which of the observations before a horizon, at which nobody suspects the node, what follows rests on: they are read to the same standings, incident,
/// names and labels as all of them. A proposal: <see cref="Folding"/> reads both and compares.
/// </summary>
internal sealed class FoldSelection
{
    private readonly HistoryOptions options;
    private readonly Observation[] sorted;
    private readonly List<Episode> episodes = [];
    private readonly List<int> presences = [];
    private readonly Dictionary<string, Episode> standing = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Episode> lastEpisodes = new(StringComparer.Ordinal);
    private readonly Dictionary<int, int> suspicionBefore = []; // by the number of the join or leave that follows
    private readonly SortedSet<int> kept = [];
    private int opener;
    private int incident = -1;
    private bool left;
    private bool suspectedSince;

    private FoldSelection(Observation[] sorted, HistoryOptions options)
    {
        this.sorted = sorted;
        this.options = options;
    }

    /// <summary>The observations to keep, in order.</summary>
    /// <param name="sorted">All before the horizon, in the order of R4.5, at least one.</param>
    /// <param name="options">Correlation interval and incident limit.</param>
    public static Observation[] Of(Observation[] sorted, HistoryOptions options)
    {
        var selection = new FoldSelection(sorted, options);
        selection.Walk();
        selection.Choose();
        while (selection.Close())
        {
            // Each pass adds what the kept ones of the last one rest on.
        }

        return [.. selection.kept.Select(i => sorted[i])];
    }

    // As PeriodWalk reads them: suspicions with begin and end, joins and leaves that are no repeats, incidents.
    private void Walk()
    {
        Stamps before = default;
        for (var i = 0; i < sorted.Length; i++)
        {
            var o = sorted[i];
            switch (o.Kind)
            {
                case ObservationKind.Failure when o.Detector is { } d && !left && !standing.ContainsKey(d):
                    before = NumberIncident(o, before);
                    var episode = new Episode(d, i, incident, presences.Count);
                    (standing[d], lastEpisodes[d]) = (episode, episode);
                    episodes.Add(episode);
                    suspicionBefore[presences.Count] = i;
                    (suspectedSince, opener) = (true, i);
                    break;
                case ObservationKind.Alive when o.Detector is { } d && standing.Remove(d, out var withdrawn):
                    (withdrawn.End, opener) = (i, i);
                    break;
                case ObservationKind.Join or ObservationKind.Leave when !Repeats(o):
                    foreach (var ended in standing.Values)
                    {
                        ended.End = i;
                    }

                    standing.Clear();
                    presences.Add(i);
                    left = o.Kind == ObservationKind.Leave;
                    before = left ? before : before with { Open = false };
                    (suspectedSince, opener) = (false, i);
                    break;
            }
        }
    }

    private Stamps NumberIncident(Observation failure, Stamps before)
    {
        if (before.Open && failure.At - before.Last < options.CorrelationInterval && failure.At - before.First <= options.IncidentLimit)
        {
            return before with { Last = failure.At };
        }

        incident++;
        return new Stamps(true, failure.At, failure.At);
    }

    private bool Repeats(Observation o) =>
        presences.Count > 0 && sorted[presences[^1]] is var last && last.Kind == o.Kind && last.Detector == o.Detector && !suspectedSince;

    private void Choose()
    {
        kept.Add(0);
        kept.Add(opener);
        var (first, last, atOpener) = (new Dictionary<string, int>(), new Dictionary<string, int>(), new Dictionary<string, int>());
        var labels = new Dictionary<string, int>(StringComparer.Ordinal);
        int named = -1, address = -1, newest = 0;
        for (var i = 0; i < sorted.Length; i++)
        {
            var o = sorted[i];
            if (o.Detector is { } d)
            {
                first.TryAdd(d, i);
                last[d] = i;
                if (i <= opener)
                {
                    atOpener[d] = i;
                }
            }

            for (var l = 0; l < o.Labels.Count; l++)
            {
                labels[o.Labels[l].Key] = i;
            }

            named = named < 0 && o.Name is not null ? i : named;
            address = address < 0 && o.Hardware is not null ? i : address;
            newest = o.ReceivedAt > sorted[newest].ReceivedAt ? i : newest;
        }

        kept.UnionWith([.. first.Values, .. last.Values, .. atOpener.Values, .. labels.Values, newest]);
        kept.UnionWith(new[] { named, address, presences.Count > 0 ? presences[^1] : -1 }.Where(i => i >= 0));
        kept.UnionWith(lastEpisodes.Values.Select(e => e.Begin));
        kept.UnionWith(episodes.Where(e => e.Incident == incident).Select(e => e.Begin));
        if (suspectedSince)
        {
            kept.Add(episodes.First(e => e.Presences == presences.Count).Begin);
        }
    }

    private bool Close()
    {
        var before = kept.Count;
        foreach (var episode in episodes.Where(e => kept.Contains(e.Begin) || (e.End is { } end && sorted[end].Kind == ObservationKind.Alive && kept.Contains(end))))
        {
            kept.Add(episode.Begin);
            if (episode.End is { } over)
            {
                kept.Add(over);
            }
        }

        var presence = 0;
        var keptLeave = false;
        foreach (var i in kept.ToArray())
        {
            while (presence < presences.Count && presences[presence] < i)
            {
                keptLeave = kept.Contains(presences[presence]) ? IsLeave(presences[presence]) : keptLeave;
                presence++;
            }

            if (presence > 0 && RestsOn(i, presences[presence - 1], keptLeave))
            {
                kept.Add(presences[presence - 1]);
                keptLeave = IsLeave(presences[presence - 1]);
            }
        }

        KeepApart();
        return kept.Count > before;
    }

    // Whether an observation is read otherwise without the join or leave before it: where another one that is kept would say that the node was there and
    // not away, or the other way round; a word while it was away; a repeat of it.
    private bool RestsOn(int i, int before, bool keptLeave) =>
        IsLeave(before) != keptLeave || (sorted[i].Kind == ObservationKind.Failure && IsLeave(before))
        || (sorted[i].Kind is ObservationKind.Join or ObservationKind.Leave && presences.BinarySearch(i) < 0);

    private bool IsLeave(int i) => sorted[i].Kind == ObservationKind.Leave;

    // Of two joins (leaves) that are kept, what tells the second from a repeat of the first: the suspicion before it, else the presence before it.
    private void KeepApart()
    {
        var previous = -1;
        for (var p = 0; p < presences.Count; p++)
        {
            if (!kept.Contains(presences[p]))
            {
                continue;
            }

            if (previous >= 0 && sorted[presences[previous]] is var x && sorted[presences[p]] is var y && x.Kind == y.Kind && x.Detector == y.Detector)
            {
                kept.Add(suspicionBefore.TryGetValue(p, out var begin) ? begin : presences[p - 1]);
            }

            previous = p;
        }
    }

    private readonly record struct Stamps(bool Open, Time.Stamp First, Time.Stamp Last);

    // A detector's suspicion: where it begins and ends, in which incident, and how many joins and leaves were before it.
    private sealed class Episode(string detector, int begin, int incident, int presences)
    {
        public string Detector => detector;

        public int Begin => begin;

        public int Incident => incident;

        public int Presences => presences;

        public int? End { get; set; }
    }
}
