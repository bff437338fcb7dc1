using FailureHistory.Core.History;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Probability;

/// <summary>The status of a node (R6.1).</summary>
public enum NodeCondition
{
    /// <summary>P is 0.</summary>
    Up = 0,

    /// <summary>P is above 0 and below the failed-threshold.</summary>
    Suspected = 1,

    /// <summary>P is at or above the failed-threshold.</summary>
    Failed = 2,

    /// <summary>It left as planned and has not joined since.</summary>
    Left = 3,

    /// <summary>P is null: no available detector watches it.</summary>
    Unknown = 4,
}

/// <summary>What one available detector that watches the node says (R5.4, R6.1).</summary>
/// <param name="Detector">Its id.</param>
/// <param name="Accuracy">D today, 0 to 100.</param>
/// <param name="Suspects">Its verdict R: true for 1.</param>
/// <param name="Since">Since when that is its verdict; null where it never said anything about the node.</param>
/// <param name="LastHeard">When it last said anything about the node, or null.</param>
/// <param name="LatestIncident">Whether its verdict belongs to the node's latest incident.</param>
/// <param name="Observation">The id of the observation behind the verdict, or null.</param>
/// <param name="Reason">The reason given with it, or null.</param>
public sealed record DetectorVerdict(
    string Detector, double Accuracy, bool Suspects, Stamp? Since, Stamp? LastHeard, bool LatestIncident, string? Observation, string? Reason);

/// <summary>The state of a node (R6.1).</summary>
/// <param name="Condition">Its status.</param>
/// <param name="Probability">P in [0, 1], or null for unknown (R5.2).</param>
/// <param name="Verdicts">The detectors that P was made of, sorted by id (R5.4).</param>
public sealed record NodeStateResult(NodeCondition Condition, double? Probability, IReadOnlyList<DetectorVerdict> Verdicts);

/// <summary>
/// The state of a node: what the history says of verdicts, and today's registry of who is asked and how much each weighs (R5.1). A detector
/// that was deleted, has gone stale or does not watch the node is in neither sum, whatever it said.
/// </summary>
public static class NodeStates
{
    /// <summary>Judges a node.</summary>
    /// <param name="asOfNow">Its history as of <paramref name="now"/> (<see cref="MachineHistories.EvaluateAsOf"/>).</param>
    /// <param name="registry">The detectors as they are registered today.</param>
    /// <param name="now">The answering member's hybrid clock.</param>
    /// <param name="failedThreshold"><c>failed-threshold</c>, in (0, 1].</param>
    public static NodeStateResult Of(MachineHistory asOfNow, DetectorRegistry registry, Stamp now, double failedThreshold)
    {
        ArgumentNullException.ThrowIfNull(asOfNow);
        ArgumentNullException.ThrowIfNull(registry);
        var verdicts = Verdicts(asOfNow, registry, now);
        var suspecting = 0.0;
        var watching = 0.0;
        foreach (var verdict in verdicts)
        {
            suspecting += verdict.Suspects ? verdict.Accuracy : 0;
            watching += verdict.Accuracy;
        }

        var probability = FailureProbability.Of(suspecting, watching);
        return new NodeStateResult(ConditionOf(asOfNow.Left, probability, failedThreshold), probability, verdicts);
    }

    /// <summary>The status that goes with a probability (R6.1).</summary>
    public static NodeCondition ConditionOf(bool left, double? probability, double failedThreshold) => probability switch
    {
        _ when left => NodeCondition.Left,
        null => NodeCondition.Unknown,
        { } p when p >= failedThreshold => NodeCondition.Failed,
        > 0 => NodeCondition.Suspected,
        _ => NodeCondition.Up,
    };

    private static List<DetectorVerdict> Verdicts(MachineHistory history, DetectorRegistry registry, Stamp now)
    {
        var verdicts = new List<DetectorVerdict>();
        foreach (var entry in registry.ExplicitlyWatching(history.Name, history.Node, now))
        {
            verdicts.Add(VerdictOf(entry.Id, entry.Accuracy, history.Standings.GetValueOrDefault(entry.Id)));
        }

        foreach (var (detector, standing) in history.Standings)
        {
            if (AutoAccuracy(detector, history, registry, now) is { } accuracy)
            {
                verdicts.Add(VerdictOf(detector, accuracy, standing));
            }
        }

        verdicts.Sort(static (x, y) => string.CompareOrdinal(x.Detector, y.Detector));
        return verdicts;
    }

    // Of a detector that reported on the node and registered itself by that, its accuracy; null for any other. A registry that knows nothing of
    // it, not even a deletion, has not caught up with its registration yet: then what was stored with its report stands in.
    private static double? AutoAccuracy(string detector, MachineHistory history, DetectorRegistry registry, Stamp now)
    {
        if (registry.FindVersion(detector) is not { } entry)
        {
            return history.AutoDetectors.TryGetValue(detector, out var stored) ? stored : null;
        }

        return entry.IsLive && !entry.Explicit && !registry.IsStale(entry, now) ? entry.Accuracy : null;
    }

    private static DetectorVerdict VerdictOf(string detector, double accuracy, Standing? standing) => standing is null
        ? new DetectorVerdict(detector, accuracy, false, null, null, false, null, null)
        : new DetectorVerdict(
            detector, accuracy, standing.Suspects, standing.Since, standing.LastHeard, standing.InLatestIncident, standing.Observation, standing.Reason);
}
