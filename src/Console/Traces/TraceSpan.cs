using FailureHistory.Core.Time;

namespace FailureHistory.Fhs.Traces;

/// <summary>A span of time in which a trace says that a node was down or, where the trace tells that too, available.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="From">When it began.</param>
/// <param name="To">When it was over; not before <paramref name="From"/>, and equal to it in one of zero length.</param>
/// <param name="Reason">What the trace gives as the cause of an outage, or as the end of an available span; or null.</param>
/// <param name="Line">The line of the file, from 1; of several records that are one outage, the line of the first (by time, then line).</param>
/// <param name="Down">True for an outage, false for an available span.</param>
public sealed record TraceSpan(string Node, Stamp From, Stamp To, string? Reason, long Line, bool Down = true);

/// <summary>A line of a trace that can't be used (SPEC 11.4).</summary>
/// <param name="Line">Its number, from 1.</param>
/// <param name="Why">The kind of fault, the same for all lines that have it, so that they can be counted.</param>
/// <param name="Came">What stood there instead, or null.</param>
public sealed record SkippedLine(long Line, string Why, string? Came = null);
