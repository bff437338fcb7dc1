using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Tests.Replication;

/// <summary>The segment machine as its rules say it, with a dictionary, a list and no thought of time or memory.</summary>
internal sealed class SegmentTwin(TimeSpan settle)
{
    private readonly Dictionary<ObservationKey, Observation> observations = [];
    private readonly List<Tombstone> tombstones = [];

    public IEnumerable<Observation> Observations => observations.Values;

    public ApplyOutcome Apply(Observation next)
    {
        if (tombstones.Any(t => Removes(t, next)))
        {
            return ApplyOutcome.Removed;
        }

        if (!observations.TryGetValue(ObservationKey.Of(next), out var known))
        {
            observations.Add(ObservationKey.Of(next), next);
            return ApplyOutcome.New;
        }

        if (next == known)
        {
            return ApplyOutcome.Same;
        }

        var first = new[] { known, next }.OrderBy(o => o.At).ThenBy(o => o.ReceivedAt).ThenBy(ObservationHash.Digest).First();
        observations[ObservationKey.Of(next)] = first;
        return ApplyOutcome.Duplicate;
    }

    public void Apply(Tombstone tombstone)
    {
        tombstones.Add(tombstone);
        foreach (var gone in observations.Values.Where(o => Removes(tombstone, o)).ToList())
        {
            observations.Remove(ObservationKey.Of(gone));
        }
    }

    public void CompactTo(Stamp horizon)
    {
        foreach (var node in observations.Values.GroupBy(o => o.Node).ToList())
        {
            var history = node.OrderBy(o => o.At).ThenBy(o => o.Kind).ThenBy(o => o.Detector, StringComparer.Ordinal)
                .ThenBy(o => o.Id, StringComparer.Ordinal).ThenBy(o => o.Origin).ToList();
            for (var i = 0; i < history.Count; i++)
            {
                if (history[i].ReceivedAt < horizon - settle && !IsNeeded(history, i) && TheNextOfItsRun(history, i).ReceivedAt < horizon - settle)
                {
                    observations.Remove(ObservationKey.Of(history[i]));
                }
            }
        }
    }

    private static Observation TheNextOfItsRun(List<Observation> history, int i) => history[Enumerable.Range(i + 1, history.Count - i - 1).First(j => AreOneRun(history, i, j))];

    /// <summary>Is the observation one that R2.6 keeps: no repeat in the middle of a run, or one that still says something of its own?</summary>
    public static bool IsNeeded(List<Observation> history, int i)
    {
        var me = history[i];
        var run = Enumerable.Range(0, history.Count).Where(j => j <= i ? AreOneRun(history, j, i) : AreOneRun(history, i, j)).ToList();
        var earlier = run.Where(j => j < i).Select(j => history[j]).ToList();
        var later = run.Where(j => j > i).Select(j => history[j]).ToList();
        var newest = run.Select(j => history[j]).Max(o => o.ReceivedAt);
        var reasons = earlier.Where(o => o.Reason is not null).Select(o => o.Reason!).Distinct().ToList();
        var since = run.Where(j => j < i).DefaultIfEmpty(i).Max();
        return earlier.Count == 0
            || later.Count == 0
            || (me.ReceivedAt == newest && earlier.All(o => o.ReceivedAt < newest))
            || (me.Name is not null && earlier.All(o => o.Name is null))
            || (me.Reason is not null && reasons.Count < 16 && !reasons.Contains(me.Reason))
            || me.Labels.Any(l => later.All(o => o.Labels.All(x => x.Key != l.Key)))
            || history[since..i].Exists(o => me.Detector is not null && o.Detector == me.Detector && Weight(o) != Weight(me));
    }

    // What the detector adds to the stored sum: nothing when it is in it.
    private static double? Weight(Observation o) => o.Explicit ? null : o.Accuracy;

    private static bool AreOneRun(List<Observation> history, int i, int j)
    {
        var (a, b) = (history[i], history[j]);
        if (i == j)
        {
            return true;
        }

        if (!SaySame(a, b))
        {
            return false;
        }

        return IsPresence(a)
            ? Enumerable.Range(i + 1, j - i).Where(k => IsPresence(history[k])).All(k => IsRepeatedPresence(history, k))
            : Enumerable.Range(i + 1, j - i - 1).All(k => IsPresence(history[k])
                ? IsRepeatedPresence(history, k)
                : history[k].Detector != a.Detector || history[k].Kind == a.Kind);
    }

    // A join or leave that says what the one before it said; of joins, with no failure since.
    private static bool IsRepeatedPresence(List<Observation> history, int i)
    {
        var before = history.FindLastIndex(Math.Max(0, i - 1), i, IsPresence);
        return before >= 0 && SaySame(history[before], history[i])
            && (history[i].Kind == ObservationKind.Leave || history[before..i].TrueForAll(o => o.Kind != ObservationKind.Failure));
    }

    private static bool IsPresence(Observation o) => o.Kind is ObservationKind.Join or ObservationKind.Leave;

    private static bool SaySame(Observation a, Observation b) =>
        a.Kind == b.Kind && a.Detector == b.Detector && a.Origin == b.Origin && Equals(a.Hardware, b.Hardware);

    private static bool Removes(Tombstone t, Observation o) =>
        t.Node == o.Node && o.ReceivedAt <= t.UpTo
        && (t.Hardware is null
            || string.Equals(t.Hardware.Text, o.Hardware?.Text, StringComparison.OrdinalIgnoreCase)
            || (o.Hardware is null && t.Stints.Any(s => s.From <= o.At && o.At < s.To)));
}
