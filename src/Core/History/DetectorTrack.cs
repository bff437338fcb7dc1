using FailureHistory.Core.Time;

namespace FailureHistory.Core.History;

/// <summary>What one detector has said so far about the machine that a <see cref="PeriodWalk"/> reads.</summary>
internal sealed class DetectorTrack(string id)
{
    private bool hasVerdict;
    private double accuracy;
    private Stamp since;
    private string observation = "";
    private string? reason;
    private Stamp lastHeard;

    /// <summary>The detector's id.</summary>
    public string Id { get; } = id;

    /// <summary>Its suspicion while it has one, else null.</summary>
    public Suspect? Suspect { get; private set; }

    /// <summary>The number of the incident that the observation behind its verdict belongs to.</summary>
    public int Incident { get; private set; } = IncidentChain.None;

    /// <summary>Whether its latest observation was made while it was not explicitly registered, so that the stored total lacks it (R2.5).</summary>
    public bool IsAuto { get; private set; }

    /// <summary>The accuracy stored with its latest observation.</summary>
    public double LatestAccuracy { get; private set; }

    /// <summary>Takes note that it said something; true when that changes what it adds to the sum of the auto-registered ones.</summary>
    public bool Hear(Observation o)
    {
        var changed = IsAuto != !o.Explicit || (!o.Explicit && LatestAccuracy != o.Accuracy);
        lastHeard = o.At;
        IsAuto = !o.Explicit;
        LatestAccuracy = o.Accuracy;
        return changed;
    }

    /// <summary>Its suspicion begins with this failure.</summary>
    public void Begin(Observation failure, int incident)
    {
        Suspect = new Suspect(Id, failure.Accuracy, failure.At, failure.Id, failure.Reason);
        accuracy = failure.Accuracy;
        SetVerdict(failure, incident);
    }

    /// <summary>Its suspicion ends with this alive, join or leave.</summary>
    public void End(Observation by, int incident)
    {
        Suspect = null;
        if (by.Detector == Id)
        {
            accuracy = by.Accuracy;
        }

        SetVerdict(by, incident);
    }

    /// <summary>It has spoken without ever having suspected: its verdict is "not suspected" since this observation.</summary>
    public void Rest(Observation by)
    {
        if (!hasVerdict)
        {
            accuracy = LatestAccuracy;
            SetVerdict(by, IncidentChain.None);
        }
    }

    /// <summary>What it says in the end.</summary>
    public Standing ToStanding(int latestIncident) =>
        new(Suspect is not null, accuracy, since, lastHeard, Incident != IncidentChain.None && Incident == latestIncident, observation, reason);

    private void SetVerdict(Observation by, int incident)
    {
        hasVerdict = true;
        since = by.At;
        observation = by.Id;
        reason = by.Reason;
        Incident = incident;
    }
}
