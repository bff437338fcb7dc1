namespace FailureHistory.Core.History;

/// <summary>What the observations of one machine say (R4.1–R4.6): the result of <see cref="FailurePeriods.Evaluate"/>.</summary>
public sealed class FailureTimeline
{
    /// <summary>The periods, without gaps or overlap, the last one open; empty only without observations.</summary>
    public required IReadOnlyList<Period> Periods { get; init; }

    /// <summary>The latest incident, or null; also where its only period had no length (R4.5).</summary>
    public required Incident? LatestIncident { get; init; }

    /// <summary>What each detector that ever reported says at the end, by its id (ordinal).</summary>
    public required IReadOnlyDictionary<string, Standing> Standings { get; init; }

    /// <summary>The detectors whose latest observation was made while they were not explicitly registered, with the accuracy stored with it (R2.5).</summary>
    public required IReadOnlyDictionary<string, double> AutoDetectors { get; init; }

    /// <summary>Whether the node left as planned and has not joined since.</summary>
    public required bool Left { get; init; }
}
