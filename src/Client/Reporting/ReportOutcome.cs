using FailureHistory.Messages;

namespace FailureHistory.Client;

/// <summary>What became of the observations of one call (R2.7). Indices are those of the list that was handed in, from 0.</summary>
/// <param name="Accepted">Newly stored by a majority of their replica sets.</param>
/// <param name="Duplicates">Stored before (R2.4): by an earlier call, or by a repeat of this one that went to another member.</param>
/// <param name="Rejected">Refused for good, each with its index and reason; ascending.</param>
/// <param name="Unstored">To be handed in again: no majority took them until the deadline; ascending. Empty in what a call returns.</param>
/// <param name="Observations">The observations as they were sent, each with its id: made by the client where the caller gave none.</param>
public sealed record ReportOutcome(
    int Accepted, int Duplicates, IReadOnlyList<Rejection> Rejected, IReadOnlyList<int> Unstored, IReadOnlyList<ReportedObservation> Observations);
