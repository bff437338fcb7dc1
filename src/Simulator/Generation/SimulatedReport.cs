using FailureHistory.Core.History;

namespace FailureHistory.Simulator.Generation;

/// <summary>A report that a detector makes, or the join of a node that was repaired.</summary>
/// <param name="Node">The number of the node, from 0.</param>
/// <param name="Detector">Who says so; null for the node's own join.</param>
/// <param name="Kind">What it says.</param>
/// <param name="At">When, since the start.</param>
/// <param name="IsFalse">Whether it is part of a false alarm.</param>
public readonly record struct SimulatedReport(int Node, string? Detector, ObservationKind Kind, TimeSpan At, bool IsFalse);
