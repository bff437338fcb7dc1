using FailureHistory.Core.Time;

namespace FailureHistory.Messages;

/// <summary>Asks which detectors suspect a node now (R6.1). Answered by <see cref="NodeState"/>, <see cref="NodeNotFound"/>, <see cref="TryAgain"/> or <see cref="InvalidRequest"/>.</summary>
/// <param name="Node">Id, name, or <c>hw:</c> and an address (R6.3).</param>
/// <param name="Consistency">How much the answer must have seen.</param>
public sealed record GetState(string Node, Consistency Consistency = Consistency.One);

/// <summary>The status of a node (R6.1).</summary>
public enum NodeStatus
{
    /// <summary>P is 0.</summary>
    Up = 0,

    /// <summary>P is above 0 and below the failed-threshold.</summary>
    Suspected = 1,

    /// <summary>P is at or above the failed-threshold.</summary>
    Failed = 2,

    /// <summary>It left as planned and has not joined since.</summary>
    Left = 3,

    /// <summary>P is null: no available detector watches it.</summary>
    Unknown = 4,
}

/// <summary>The latest incident of a node (R4.1).</summary>
/// <param name="Id">16 hex digits, derived from its first report.</param>
/// <param name="Since">When it began: the earliest of its reports.</param>
public sealed record IncidentInfo(string Id, Stamp Since);

/// <summary>What one available detector that watches the node says (R6.1, R5.4).</summary>
/// <param name="Detector">Its id.</param>
/// <param name="Accuracy">Its accuracy today, 0 to 100.</param>
/// <param name="Suspects">Its verdict R: true for 1.</param>
/// <param name="Since">Since when that is its verdict; null where it never said anything.</param>
/// <param name="LastHeard">When it last said anything about this node; null for never.</param>
/// <param name="LatestIncident">Whether its verdict belongs to the node's latest incident.</param>
/// <param name="Observation">The id of the observation behind the verdict, or null.</param>
/// <param name="Reason">The reason given with it, or null.</param>
public sealed record VerdictInfo(
    string Detector, double Accuracy, bool Suspects, Stamp? Since, Stamp? LastHeard, bool LatestIncident, string? Observation, string? Reason);

/// <summary>The state of a node (R6.1).</summary>
/// <param name="Node">The node under its present id.</param>
/// <param name="AsOf">The answering member's hybrid clock: what is later is not counted.</param>
/// <param name="Status">The status.</param>
/// <param name="Probability">P in [0, 1], or null for unknown (R5.2).</param>
/// <param name="Incident">The latest incident, or null.</param>
/// <param name="Verdicts">Every available detector that watches it, sorted by id.</param>
/// <param name="Complete">False where a replica answered that could not ask the others yet (R9.4).</param>
/// <param name="Replicas">How many replicas the answer rests on.</param>
/// <param name="AnsweredBy">The name of the member that answered.</param>
/// <param name="Pinned">Who keeps it from being forgotten and why (R10.1), or null where nobody does.</param>
public sealed record NodeState(
    NodeRef Node, Stamp AsOf, NodeStatus Status, double? Probability, IncidentInfo? Incident, IReadOnlyList<VerdictInfo> Verdicts,
    bool Complete, int Replicas, string AnsweredBy, PinInfo? Pinned = null);

/// <summary>Asks for the periods of a node (R6.2). Answered by <see cref="NodeHistory"/>, <see cref="NodeNotFound"/>, <see cref="TryAgain"/> or <see cref="InvalidRequest"/>.</summary>
/// <param name="Node">Id, name, or <c>hw:</c> and an address.</param>
/// <param name="From">Periods that end after this, or null for all.</param>
/// <param name="To">Periods that begin before this, or null for all.</param>
/// <param name="Limit">The most periods of one page, 1 to 10,000; a page is also cut at 48 kB.</param>
/// <param name="Cursor">The <c>next</c> of the page before, or null.</param>
/// <param name="Consistency">How much the answer must have seen.</param>
public sealed record GetHistory(
    string Node, Stamp? From = null, Stamp? To = null, int Limit = 1000, string? Cursor = null, Consistency Consistency = Consistency.One);

/// <summary>One id that a machine went under (R1.3–R1.5).</summary>
/// <param name="Id">32 hex digits.</param>
/// <param name="Name">The id's name, or null.</param>
/// <param name="Hardware">The machine's address, or null.</param>
/// <param name="From">When it was first seen under the id.</param>
/// <param name="To">When another machine took the id or it moved on; null while it holds it.</param>
/// <param name="Clash">Whether two ids use the address by turns, so that their histories are not joined (R1.8).</param>
public sealed record IncarnationInfo(string Id, string? Name, string? Hardware, Stamp From, Stamp? To, bool Clash);

/// <summary>A span of time with one set of suspecting detectors (R4.4).</summary>
/// <param name="From">Its begin.</param>
/// <param name="To">Its end, exclusive; null for the open one.</param>
/// <param name="Probability">P in [0, 1], or null for unknown.</param>
/// <param name="Suspects">The suspecting detectors, sorted by id.</param>
/// <param name="Incident">The latest incident among the suspicions, or null without any.</param>
/// <param name="Planned">Whether the node had left as planned.</param>
public sealed record PeriodInfo(Stamp From, Stamp? To, double? Probability, IReadOnlyList<SuspectInfo> Suspects, string? Incident, bool Planned);

/// <summary>
/// A page of the history of a node, newest last (R6.2). Where it is folded (R10.3) it begins at <paramref name="FoldedUntil"/>, the horizon; else that is
/// null.
/// </summary>
public sealed record NodeHistory(
    NodeRef Node, IReadOnlyList<IncarnationInfo> Incarnations, IReadOnlyList<PeriodInfo> Periods, bool Complete, string? Next, int Replicas, string AnsweredBy,
    Stamp? FoldedUntil = null);

/// <summary>Asks for the raw observations of a node (R6.8). Answered by <see cref="NodeObservations"/>, <see cref="NodeNotFound"/>, <see cref="TryAgain"/> or <see cref="InvalidRequest"/>.</summary>
/// <param name="Node">Id, name, or <c>hw:</c> and an address; with <paramref name="Stored"/> an id or name.</param>
/// <param name="From">What is not before this, or null for all.</param>
/// <param name="To">What is before this, or null for all.</param>
/// <param name="Limit">The most observations of one page, 1 to 10,000; a page is also cut at 48 kB.</param>
/// <param name="Cursor">The <c>next</c> of the page before, or null.</param>
/// <param name="Consistency">How much the answer must have seen; with <paramref name="Stored"/> always a majority.</param>
/// <param name="Stored">
/// False for those of the machine that the node stands for, under all its ids; true for all that was reported under this very id, about whichever
/// machine: what a backup is made of, since the ids together hold everything once.
/// </param>
public sealed record GetObservations(
    string Node, Stamp? From = null, Stamp? To = null, int Limit = 1000, string? Cursor = null, Consistency Consistency = Consistency.One, bool Stored = false);

/// <summary>A raw observation as stored (SPEC §2); kinds in words.</summary>
public sealed record ObservationInfo(
    string Id, string Node, string? Name, string? Hardware, string? Detector, string Kind, Stamp At, Stamp ReceivedAt, Stamp? ReportedAt, string? Reason,
    IReadOnlyList<KeyValuePair<string, string>> Labels, double? Accuracy, double? Total, bool? Explicit = null, string? Signature = null);

/// <summary>A page of raw observations, in the order of R4.5, newest last.</summary>
public sealed record NodeObservations(
    NodeRef Node, IReadOnlyList<ObservationInfo> Observations, bool Complete, string? Next, int Replicas, string AnsweredBy);
