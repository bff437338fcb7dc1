using FailureHistory.Core.History;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Tests.History;

/// <summary>
/// The periods of one machine written down from the definitions, each question answered by looking through the whole history again. Shares no
/// code with the real ones and is as slow as it looks.
/// </summary>
internal sealed class DumbPeriods(IEnumerable<Observation> observations, HistoryOptions options)
{
    private readonly Observation[] all =
    [
        .. observations.OrderBy(o => o.At.Ticks).ThenBy(o => (int)o.Kind).ThenBy(o => o.Detector, StringComparer.Ordinal)
            .ThenBy(o => o.Id, StringComparer.Ordinal).ThenBy(o => o.Origin is null ? 0 : 1).ThenBy(o => o.Origin?.ToString(), StringComparer.Ordinal)
            .ThenBy(o => o.ReceivedAt.Ticks).ThenBy(o => o.Node.ToString(), StringComparer.Ordinal),
    ];

    public IReadOnlyList<Observation> Sorted => all;

    public bool Left => all.LastOrDefault(IsPresence)?.Kind == ObservationKind.Leave;

    private string[] Detectors => [.. all.Select(o => o.Detector).OfType<string>().Distinct().Order(StringComparer.Ordinal)];

    public List<Period> Periods()
    {
        var openers = Enumerable.Range(0, all.Length).Where(Opens).ToList();
        var last = openers.Where((opener, k) => k == openers.Count - 1 || all[openers[k + 1]].At != all[opener].At).ToList();
        return [.. last.Select((opener, k) => PeriodOf(opener, k == last.Count - 1 ? null : all[last[k + 1]].At))];
    }

    public (string Id, Stamp Since)? LatestIncident()
    {
        var failures = Enumerable.Range(0, all.Length).Where(i => NewlySuspects(i)).ToList();
        return failures.Count == 0 ? null : (IncidentId(FirstOfIncident(failures[^1])), all[FirstOfIncident(failures[^1])].At);
    }

    public Dictionary<string, double> AutoDetectors() =>
        Detectors.Select(d => all.Last(o => o.Detector == d)).Where(o => !o.Explicit).ToDictionary(o => o.Detector!, o => o.Accuracy);

    public Dictionary<string, Standing> Standings() => Detectors.ToDictionary(d => d, StandingOf);

    private static bool IsPresence(Observation o) => o.Kind is ObservationKind.Join or ObservationKind.Leave;

    // The id is the one thing taken over: what it is made of is a test of its own.
    private string IncidentId(int first) => Incident.IdOf(all[first]);

    private int LastBefore(int i, Func<Observation, bool> which) => Array.FindLastIndex(all, i - 1 < 0 ? 0 : i - 1, i, o => which(o));

    private bool Counts(int i) =>
        all[i].Kind == ObservationKind.Failure && (LastBefore(i, IsPresence) is var p && (p < 0 || all[p].Kind != ObservationKind.Leave));

    private static bool EndsSuspicionOf(string detector, Observation o) => IsPresence(o) || (o.Kind == ObservationKind.Alive && o.Detector == detector);

    // The failure behind a detector's suspicion once the first n observations are in: the first that counts since whatever last ended it; -1 for none.
    private int FailureBehind(string detector, int n)
    {
        var end = LastBefore(n, o => EndsSuspicionOf(detector, o));
        var behind = Enumerable.Range(0, n).Where(i => i > end && all[i].Detector == detector && Counts(i)).ToList();
        return behind.Count == 0 ? -1 : behind[0];
    }

    private bool NewlySuspects(int i) => Counts(i) && FailureBehind(all[i].Detector!, i) < 0;

    private bool RepeatsPresence(int i)
    {
        var before = LastBefore(i, IsPresence);
        return before >= 0 && all[before].Kind == all[i].Kind && all[before].Detector == all[i].Detector
            && !Enumerable.Range(before, i - before).Any(Counts);
    }

    private bool Opens(int i) => i == 0 || all[i].Kind switch
    {
        ObservationKind.Failure => NewlySuspects(i),
        ObservationKind.Alive => FailureBehind(all[i].Detector!, i) >= 0,
        _ => !RepeatsPresence(i),
    };

    private int FirstOfIncident(int failure)
    {
        var before = Enumerable.Range(0, failure).Where(NewlySuspects).DefaultIfEmpty(-1).Last();
        if (before < 0 || Enumerable.Range(before, failure - before).Any(i => all[i].Kind == ObservationKind.Join)
            || all[failure].At - all[before].At >= options.CorrelationInterval)
        {
            return failure;
        }

        var first = FirstOfIncident(before);
        return all[failure].At - all[first].At > options.IncidentLimit ? failure : first;
    }

    private Period PeriodOf(int opener, Stamp? to)
    {
        var behind = Detectors.Select(d => FailureBehind(d, opener + 1)).Where(i => i >= 0).ToList();
        var reported = all.Take(opener + 1).Where(o => o.Detector is not null).GroupBy(o => o.Detector).Select(g => g.Last());
        var total = all[opener].Total + reported.Where(o => !o.Explicit).Sum(o => o.Accuracy);
        var suspecting = behind.Sum(i => all[i].Accuracy);
        double? probability = Math.Max(total, suspecting) == 0 ? null : suspecting / Math.Max(total, suspecting);
        var suspects = behind.Select(i => new Suspect(all[i].Detector!, all[i].Accuracy, all[i].At, all[i].Id, all[i].Reason)).ToList();
        var incident = behind.Count == 0 ? null : IncidentId(FirstOfIncident(behind.Max()));
        var presence = LastBefore(opener + 1, IsPresence);
        return new Period(all[opener].At, to, probability, suspects, incident, presence >= 0 && all[presence].Kind == ObservationKind.Leave);
    }

    private Standing StandingOf(string detector)
    {
        var mine = Enumerable.Range(0, all.Length).Where(i => all[i].Detector == detector).ToList();
        var heard = all[mine[^1]].At;
        var latest = Enumerable.Range(0, all.Length).Where(NewlySuspects).Select(FirstOfIncident).DefaultIfEmpty(-1).Last();

        var standing = FailureBehind(detector, all.Length);
        if (standing >= 0)
        {
            var f = all[standing];
            return new Standing(true, f.Accuracy, f.At, heard, FirstOfIncident(standing) == latest, f.Id, f.Reason);
        }

        var ended = Enumerable.Range(0, all.Length)
            .LastOrDefault(i => EndsSuspicionOf(detector, all[i]) && FailureBehind(detector, i) >= 0, -1);
        if (ended >= 0)
        {
            var by = all[ended];
            var incident = IsPresence(by)
                ? FirstOfIncident(Detectors.Select(d => FailureBehind(d, ended)).Max())
                : FirstOfIncident(FailureBehind(detector, ended));
            var accuracy = by.Detector == detector ? by.Accuracy : all[FailureBehind(detector, ended)].Accuracy;
            return new Standing(false, accuracy, by.At, heard, incident == latest, by.Id, by.Reason);
        }

        // Never counted as suspecting: its first word, or, where that was a failure during a planned absence, the leave.
        var first = mine[0];
        var behind = all[first].Kind == ObservationKind.Failure ? all[FirstOfRun(LastBefore(first, IsPresence))] : all[first];
        return new Standing(false, all[first].Accuracy, behind.At, heard, false, behind.Id, behind.Reason);
    }

    // A leave that only repeats the one before says nothing new: the first of them stands.
    private int FirstOfRun(int presence) => RepeatsPresence(presence) ? FirstOfRun(LastBefore(presence, IsPresence)) : presence;
}
