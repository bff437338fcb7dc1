using FailureHistory.Core.Time;

namespace FailureHistory.Core.Reliability;

/// <summary>
/// The sums of a stretch of time at the begin of a history, beyond which single failures are not kept (R10.3). It counts for a window that begins
/// no later than it does, whole; for one that begins within it, not at all.
/// </summary>
/// <param name="From">The begin of the history, inclusive.</param>
/// <param name="To">The end of what is summed, exclusive: no failure stands there.</param>
/// <param name="Up">Time up.</param>
/// <param name="Failed">Time failed.</param>
/// <param name="Planned">Time planned.</param>
/// <param name="Unknown">Time unknown.</param>
/// <param name="Failures">The failures, all of them over.</param>
/// <param name="Flapping">Whether it was flapping within.</param>
/// <param name="LastFailure">The last failure, or null without one.</param>
public sealed record ReliabilityTotals(
    Stamp From, Stamp To, TimeSpan Up, TimeSpan Failed, TimeSpan Planned, TimeSpan Unknown, int Failures, bool Flapping, FailureStretch? LastFailure);
