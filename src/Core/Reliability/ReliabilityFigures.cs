using FailureHistory.Core.Time;

namespace FailureHistory.Core.Reliability;

/// <summary>One failure: a stretch of time with P at or above the failed-threshold (R7.1).</summary>
/// <param name="From">When it began.</param>
/// <param name="To">When it was over, exclusive; null while it stands at the end of what was read.</param>
public readonly record struct FailureStretch(Stamp From, Stamp? To);

/// <summary>How reliable a node was over a window (R7.1): the result of <see cref="ReliabilityWindow.Of"/>.</summary>
public sealed record ReliabilityFigures
{
    /// <summary>The begin of the window, inclusive, as asked.</summary>
    public required Stamp From { get; init; }

    /// <summary>The end of the window, exclusive, as asked.</summary>
    public required Stamp To { get; init; }

    /// <summary>The time in the window at which P was known and below the threshold.</summary>
    public required TimeSpan Up { get; init; }

    /// <summary>The time in the window at which P was at or above the threshold.</summary>
    public required TimeSpan Failed { get; init; }

    /// <summary>The time in the window during which the node had left as planned.</summary>
    public required TimeSpan Planned { get; init; }

    /// <summary>The time in the window at which P was unknown.</summary>
    public required TimeSpan Unknown { get; init; }

    /// <summary>The failures begun in the window.</summary>
    public required int Failures { get; init; }

    /// <summary>Those of them that were over by its end.</summary>
    public required int Repairs { get; init; }

    /// <summary>How long those were, in all.</summary>
    public required TimeSpan RepairTime { get; init; }

    /// <summary>The last failure begun before the end of the window, be it before the window; null for none.</summary>
    public required FailureStretch? LastFailure { get; init; }

    /// <summary>Whether some hour of the window, no matter where it begins, saw so many failures begin as <see cref="ReliabilityWindow.FlappingFailures"/>.</summary>
    public required bool Flapping { get; init; }

    /// <summary>The part of the window from the node's first observation on.</summary>
    public TimeSpan Observed => Up + Failed + Planned + Unknown;

    /// <summary>The share of the time known and not planned in which it had not failed, in [0, 1]; null without any such time.</summary>
    public double? Availability => Up + Failed is var known && known > TimeSpan.Zero ? (double)Up.Ticks / known.Ticks : null;

    /// <summary>Mean time between failures: the time up for each failure begun; null without one.</summary>
    public TimeSpan? Mtbf => Failures > 0 ? new TimeSpan(Up.Ticks / Failures) : null;

    /// <summary>Mean time to repair: the mean length of the failures begun in the window and over by its end; null without one.</summary>
    public TimeSpan? Mttr => Repairs > 0 ? new TimeSpan(RepairTime.Ticks / Repairs) : null;

    /// <summary>How long before the end of the window the last failure was over; zero while it stood then; null where there was none.</summary>
    public TimeSpan? SinceLastFailure => LastFailure is not { } last ? null : last.To is { } over && over < To ? To - over : TimeSpan.Zero;
}
