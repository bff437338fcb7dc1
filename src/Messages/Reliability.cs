using FailureHistory.Core.Time;

namespace FailureHistory.Messages;

/// <summary>
/// Asks how reliable a node was lately (R7.1). Answered by <see cref="NodeReliability"/>, <see cref="NodeNotFound"/>, <see cref="TryAgain"/> or
/// <see cref="InvalidRequest"/>.
/// </summary>
/// <param name="Node">Id, name, or <c>hw:</c> and an address (R6.3).</param>
/// <param name="Window">How far back from now, above 0.</param>
/// <param name="Consistency">How much the answer must have seen.</param>
public sealed record GetReliability(string Node, TimeSpan Window, Consistency Consistency = Consistency.One)
{
    /// <summary>The window where nobody names one: 365 days.</summary>
    public static readonly TimeSpan DefaultWindow = TimeSpan.FromDays(365);
}

/// <summary>One failure: a stretch of time with P at or above the failed-threshold.</summary>
/// <param name="From">When it began.</param>
/// <param name="To">When it was over; null while it stands.</param>
public sealed record FailureInfo(Stamp From, Stamp? To);

/// <summary>How reliable a node was over a window (R7.1); the formulas are in docs/MODEL.md.</summary>
/// <param name="Node">The node under its present id.</param>
/// <param name="From">The begin of the window, inclusive.</param>
/// <param name="To">Its end, exclusive: the answering member's hybrid clock.</param>
/// <param name="Availability">The share of the time that is known and not planned in which it had not failed, in [0, 1]; null without any such time.</param>
/// <param name="Failures">The failures begun in the window.</param>
/// <param name="Mtbf">Mean time between failures: time up for each of them; null without one.</param>
/// <param name="Mttr">Mean time to repair: the mean length of those that are over; null without one.</param>
/// <param name="LastFailure">The last failure, be it before the window; null for none.</param>
/// <param name="SinceLastFailure">How long ago that was over; zero while it stands; null without one.</param>
/// <param name="Flapping">Whether three failures began within an hour of the window.</param>
/// <param name="Observed">The part of the window from the first observation on: the sum of the four that follow.</param>
/// <param name="Up">Time in which P was known and below the failed-threshold.</param>
/// <param name="Failed">Time in which P was at or above it.</param>
/// <param name="Planned">Time in which the node had left as planned.</param>
/// <param name="Unknown">Time in which P was unknown (R5.2).</param>
/// <param name="Complete">False where a replica answered that could not ask the others yet (R9.4).</param>
/// <param name="Replicas">How many replicas the answer rests on.</param>
/// <param name="AnsweredBy">The name of the member that answered.</param>
public sealed record NodeReliability(
    NodeRef Node, Stamp From, Stamp To, double? Availability, int Failures, TimeSpan? Mtbf, TimeSpan? Mttr, FailureInfo? LastFailure,
    TimeSpan? SinceLastFailure, bool Flapping, TimeSpan Observed, TimeSpan Up, TimeSpan Failed, TimeSpan Planned, TimeSpan Unknown,
    bool Complete, int Replicas, string AnsweredBy);
