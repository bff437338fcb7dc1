using FailureHistory.Core.Identity;
using FailureHistory.Core.Retention;

namespace FailureHistory.Core.History;

/// <summary>
/// What the history of one id holds. Of a node: its own observations (<see cref="Observation.Origin"/> null) and copies passed on to it, of
/// joins of other ids under an address that this node went under too. Of the index entry of an address (<see cref="NodeId.OfAddress"/>):
/// copies alone, of all joins and of at least the first other report of each id that the address was reported under (R1.5).
/// </summary>
/// <param name="Node">Whose history it is: a node's, or the index entry of an address.</param>
/// <param name="Observations">The observations, in any order.</param>
/// <param name="Pin">The pin of the node, or its end; null where it was never pinned.</param>
/// <param name="Fold">What is left of the history before a horizon, or null where all is stored.</param>
public sealed record NodeObservations(NodeId Node, IReadOnlyList<Observation> Observations, Pin? Pin = null, Fold? Fold = null);
