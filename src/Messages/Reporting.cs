using FailureHistory.Core.Time;

namespace FailureHistory.Messages;

/// <summary>One observation as a reporter hands it in (SPEC §2). The gate validates it: nothing here is trusted.</summary>
public sealed record ReportedObservation
{
    /// <summary>Node id (32 hex digits) or name.</summary>
    public string? Node { get; init; }

    /// <summary><c>failure</c>, <c>join</c>, <c>alive</c> or <c>leave</c>.</summary>
    public string? Kind { get; init; }

    /// <summary>The detector that says so; may be left out for joins and leaves.</summary>
    public string? Detector { get; init; }

    /// <summary>The reporter's id of it; null: the service makes one.</summary>
    public string? Id { get; init; }

    /// <summary>Hardware address, or null.</summary>
    public string? Hardware { get; init; }

    /// <summary>When it happened, as the reporter says (R2.3), or null.</summary>
    public Stamp? At { get; init; }

    /// <summary>Text up to 1,024 characters, or null.</summary>
    public string? Reason { get; init; }

    /// <summary>Labels, at most 32, or null.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>The reporter's signature, or null.</summary>
    public string? Signature { get; init; }

    /// <summary>Of a restored one, the time of the gate that took it in (SPEC 11.4); else null.</summary>
    public Stamp? ReceivedAt { get; init; }

    /// <summary>Of a restored one, the reporter's own time where it orders nothing (R2.3), or null; else null.</summary>
    public Stamp? ReportedAt { get; init; }

    /// <summary>Of a restored one, its detector's accuracy then, 0 to 100, null without a detector; else null.</summary>
    public double? Accuracy { get; init; }

    /// <summary>Of a restored one, the sum of the accuracies of the explicitly registered detectors that watched the node then (R2.5); else null.</summary>
    public double? Total { get; init; }

    /// <summary>Of a restored one, whether its detector was explicitly registered then; null stands for true.</summary>
    public bool? Explicit { get; init; }

    /// <summary>Why the adapter could not even read it (malformed JSON member, bad time), or null. Never sent by wire.</summary>
    public string? Fault { get; init; }
}

/// <summary>Reports observations (R2.7). Answered by <see cref="ObservationsRecorded"/> or <see cref="ReportRejected"/>.</summary>
/// <param name="Observations">What is reported.</param>
/// <param name="Restore">
/// Whether they were stored before, in this cluster or another, and are to be stored again as they were: with the stamps, accuracy and total that
/// they carry (SPEC 11.4).
/// </param>
public sealed record ReportObservations(IReadOnlyList<ReportedObservation> Observations, bool Restore = false);

/// <summary>An observation of the batch that is refused for good.</summary>
/// <param name="Index">Its index in the batch, from 0.</param>
/// <param name="Error">The field, the limit and what came.</param>
public sealed record Rejection(int Index, string Error);

/// <summary>What became of a batch (R2.7): every index is accepted, a duplicate, rejected, or to be sent again.</summary>
/// <param name="Accepted">Newly stored by a majority of their replica sets.</param>
/// <param name="Duplicates">Stored before (R2.4).</param>
/// <param name="Rejected">Refused for good, with index and reason.</param>
/// <param name="Retry">Indices to send again: no majority of their replica set answered in time.</param>
public sealed record ObservationsRecorded(int Accepted, int Duplicates, IReadOnlyList<Rejection> Rejected, IReadOnlyList<int> Retry);

/// <summary>Why a whole batch was refused.</summary>
public enum ReportFault
{
    /// <summary>Over 10,000 observations or 8 MiB (R2.8).</summary>
    TooLarge = 0,

    /// <summary>More in flight than the gate takes (DESIGN D6): send it again.</summary>
    Busy = 1,
}

/// <summary>A whole batch was refused and nothing of it stored.</summary>
public sealed record ReportRejected(ReportFault Fault, string Detail);

/// <summary>
/// Deletes the history of a node at once (R10.2). Without <paramref name="Hardware"/> all of the id's; with it only that machine's.
/// Of a pinned node only with <paramref name="Force"/>, which ends the pin. Answered by <see cref="HistoryRemoved"/>, <see cref="NodeIsPinned"/>,
/// <see cref="NodeNotFound"/>, <see cref="TryAgain"/> or <see cref="InvalidRequest"/>.
/// </summary>
public sealed record RemoveHistory(string Node, string? Hardware, bool Force);

/// <summary>A majority holds the tombstone: what was received up to <paramref name="UpTo"/> is gone.</summary>
public sealed record HistoryRemoved(NodeRef Node, Stamp UpTo);
