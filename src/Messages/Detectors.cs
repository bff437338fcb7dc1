using FailureHistory.Core.Time;

namespace FailureHistory.Messages;

/// <summary>Registers a detector or changes its registration (R3.1). Answered by <see cref="DetectorInfo"/>, <see cref="InvalidRequest"/> or <see cref="TryAgain"/>.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Accuracy">D, 0 to 100.</param>
/// <param name="Scope">Globs of the node names it watches; null or empty for all.</param>
/// <param name="Ttl">It is available only if heard from within; null for always.</param>
/// <param name="ReportedTimestamps">Whether it supplies its own <c>at</c> (R2.3).</param>
/// <param name="Description">Free text or null.</param>
public sealed record RegisterDetector(
    string Id, double Accuracy, IReadOnlyList<string>? Scope = null, TimeSpan? Ttl = null, bool ReportedTimestamps = false, string? Description = null);

/// <summary>Deletes a detector and with it its suspicions (R3.1). Answered by <see cref="DetectorDeleted"/> or <see cref="DetectorNotFound"/>.</summary>
public sealed record DeleteDetector(string Id);

/// <summary>Says that a detector is there though it has nothing to report. Answered by <see cref="DetectorInfo"/> or <see cref="DetectorNotFound"/>.</summary>
public sealed record DetectorHeartbeat(string Id);

/// <summary>Asks for one detector. Answered by <see cref="DetectorInfo"/> or <see cref="DetectorNotFound"/>.</summary>
public sealed record GetDetector(string Id);

/// <summary>Asks for all detectors. Answered by <see cref="DetectorList"/>.</summary>
/// <param name="Cursor">The <c>next</c> of the page before, or null.</param>
public sealed record GetDetectors(string? Cursor = null);

/// <summary>A registered detector.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Accuracy">D, 0 to 100.</param>
/// <param name="Scope">Globs of node names; <c>*</c> alone for all.</param>
/// <param name="Ttl">Its time to live, or null.</param>
/// <param name="ReportedTimestamps">Whether it supplies its own <c>at</c>.</param>
/// <param name="Description">Free text or null.</param>
/// <param name="Explicit">False for one that registered itself by its first report (R3.3).</param>
/// <param name="LastHeard">When it was last heard from, or null.</param>
/// <param name="Stale">Whether its ttl has run out: it is in neither sum of P.</param>
public sealed record DetectorInfo(
    string Id, double Accuracy, IReadOnlyList<string> Scope, TimeSpan? Ttl, bool ReportedTimestamps, string? Description, bool Explicit, Stamp? LastHeard, bool Stale);

/// <summary>Detectors, sorted by id: all of them, or over the network as many as fit a message.</summary>
/// <param name="Detectors">The detectors.</param>
/// <param name="Next">The cursor of the next page, or null at the end.</param>
public sealed record DetectorList(IReadOnlyList<DetectorInfo> Detectors, string? Next = null);

/// <summary>There is no such detector.</summary>
public sealed record DetectorNotFound(string Id);

/// <summary>The detector is deleted.</summary>
public sealed record DetectorDeleted(string Id);
