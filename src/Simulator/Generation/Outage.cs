namespace FailureHistory.Simulator.Generation;

/// <summary>A span of time in which a node truly is down.</summary>
/// <param name="From">When it failed, since the start.</param>
/// <param name="To">When it was repaired, after <paramref name="From"/>; null when that is not within the length that was drawn.</param>
public readonly record struct Outage(TimeSpan From, TimeSpan? To);
