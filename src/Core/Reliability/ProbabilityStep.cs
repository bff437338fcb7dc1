using FailureHistory.Core.History;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Reliability;

/// <summary>A span of time with one probability: what reliability needs of a <see cref="Period"/>.</summary>
/// <param name="From">Its begin, inclusive.</param>
/// <param name="To">Its end, exclusive; null for the open one. Steps have neither gap nor overlap.</param>
/// <param name="Probability">P in [0, 1], or null for unknown (R5.2).</param>
/// <param name="Planned">Whether the node had left as planned.</param>
public readonly record struct ProbabilityStep(Stamp From, Stamp? To, double? Probability, bool Planned)
{
    /// <summary>Of a history's periods, in their order.</summary>
    public static IEnumerable<ProbabilityStep> Of(IEnumerable<Period> periods) =>
        periods.Select(static p => new ProbabilityStep(p.From, p.To, p.Probability, p.Planned));

    /// <summary>What the time within it counts as.</summary>
    /// <param name="failedThreshold"><c>failed-threshold</c>, in (0, 1].</param>
    public TimeKind KindOf(double failedThreshold) =>
        Planned ? TimeKind.Planned : Probability is not { } p ? TimeKind.Unknown : p >= failedThreshold ? TimeKind.Failed : TimeKind.Up;
}

/// <summary>What time counts as in reliability (R7.1).</summary>
public enum TimeKind
{
    /// <summary>P is known and below the failed-threshold.</summary>
    Up = 0,

    /// <summary>P is at or above the failed-threshold.</summary>
    Failed = 1,

    /// <summary>The node had left as planned.</summary>
    Planned = 2,

    /// <summary>P is null: nobody who watched had any weight (R5.2).</summary>
    Unknown = 3,
}
