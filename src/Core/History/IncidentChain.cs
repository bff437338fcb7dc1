using FailureHistory.Core.Time;

namespace FailureHistory.Core.History;

/// <summary>
/// Strings failures together into incidents (R4.1): each strictly closer than the correlation interval to the one before, and none later than
/// the limit after the first. Fed in order of time, and only with failures that count and are no repeats: a detector that goes on shouting
/// must not stretch an incident.
/// </summary>
internal sealed class IncidentChain(HistoryOptions options)
{
    /// <summary>The number of "no incident"; below every real one.</summary>
    public const int None = -1;

    private readonly List<Incident> incidents = [];
    private Stamp before;
    private bool open;

    /// <summary>The number of the latest incident, or <see cref="None"/>.</summary>
    public int LatestNumber => incidents.Count - 1;

    /// <summary>The latest incident, or null.</summary>
    public Incident? Latest => incidents.Count == 0 ? null : incidents[^1];

    /// <summary>The incident with this number; numbers follow the order of time.</summary>
    public Incident this[int number] => incidents[number];

    /// <summary>Adds a failure and says which incident it belongs to.</summary>
    public int Add(Observation failure)
    {
        var continues = open && failure.At - before < options.CorrelationInterval && failure.At - incidents[^1].Since <= options.IncidentLimit;
        if (!continues)
        {
            incidents.Add(new Incident(Incident.IdOf(failure), failure.At));
            open = true;
        }

        before = failure.At;
        return LatestNumber;
    }

    /// <summary>A join closes the incident: the next failure starts another (R4.3).</summary>
    public void Close() => open = false;
}
