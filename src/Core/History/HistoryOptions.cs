namespace FailureHistory.Core.History;

/// <summary>The numbers that reading a history depends on; the same at every member, or members would read different incidents.</summary>
public sealed record HistoryOptions
{
    /// <summary>The values of the specification.</summary>
    public static HistoryOptions Default { get; } = new();

    /// <summary>
    /// <c>correlation-interval</c>: a failure belongs to the incident of the one before while it is strictly closer to it than this (R4.1).
    /// Zero makes every failure an incident of its own.
    /// </summary>
    public TimeSpan CorrelationInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest incident, from its first failure to its last, inclusive (R4.1).</summary>
    public TimeSpan IncidentLimit { get; init; } = TimeSpan.FromMinutes(10);
}
