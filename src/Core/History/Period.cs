using FailureHistory.Core.Time;

namespace FailureHistory.Core.History;

/// <summary>A span of time with one set of suspecting detectors, and so one probability (R4.4).</summary>
/// <param name="From">Its begin, inclusive.</param>
/// <param name="To">Its end, exclusive: the begin of the next one; null for the open one. Always after <paramref name="From"/> (R4.5).</param>
/// <param name="Probability">P in [0, 1], or null for unknown (R5.2, R5.3).</param>
/// <param name="Suspects">The detectors that suspect the node, sorted by id, ordinal.</param>
/// <param name="Incident">The id of the latest incident among the suspicions, or null without any.</param>
/// <param name="Planned">Whether the node had left as planned.</param>
public sealed record Period(Stamp From, Stamp? To, double? Probability, IReadOnlyList<Suspect> Suspects, string? Incident, bool Planned);

/// <summary>One detector that suspects the node in a period (R4.4, R5.4).</summary>
/// <param name="Detector">Its id.</param>
/// <param name="Accuracy">Its accuracy as stored with the failure, 0 to 100.</param>
/// <param name="Since">The time of that failure.</param>
/// <param name="Observation">The id of that failure.</param>
/// <param name="Reason">Its reason, or null.</param>
public sealed record Suspect(string Detector, double Accuracy, Stamp Since, string Observation, string? Reason);

/// <summary>What one detector says of the node at the end of the history that was read (R6.1).</summary>
/// <param name="Suspects">Its verdict R: true for 1.</param>
/// <param name="Accuracy">Its accuracy as stored with its own observation behind the verdict, 0 to 100.</param>
/// <param name="Since">Since when that is its verdict. Where a join or leave ended its suspicion: the time of that.</param>
/// <param name="LastHeard">The time of the last thing it said about the node, repeats included (R2.6).</param>
/// <param name="InLatestIncident">Whether the observation behind the verdict belongs to the node's latest incident (R4.1).</param>
/// <param name="Observation">The id of that observation: of a failure, an alive, or the join or leave that ended the suspicion.</param>
/// <param name="Reason">The reason given with it, or null.</param>
public sealed record Standing(
    bool Suspects, double Accuracy, Stamp Since, Stamp LastHeard, bool InLatestIncident, string Observation, string? Reason);
