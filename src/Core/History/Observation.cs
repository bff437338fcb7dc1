using FailureHistory.Core.Identity;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.History;

/// <summary>What an observation says. The numbers are the order at one instant (R4.5) and are stored: never renumber.</summary>
public enum ObservationKind : byte
{
    /// <summary>The detector suspects the node.</summary>
    Failure = 0,

    /// <summary>The detector withdraws its own suspicion.</summary>
    Alive = 1,

    /// <summary>The node entered, or came back: ends the suspicion of every detector.</summary>
    Join = 2,

    /// <summary>The node goes as planned: no failure until its next join.</summary>
    Leave = 3,
}

/// <summary>
/// One report about one node as it is stored (SPEC §2), equal at every replica. (<see cref="Node"/>, <see cref="Origin"/>, <see cref="Detector"/>,
/// <see cref="Id"/>) names it once and for all (R2.4).
/// </summary>
public sealed record Observation
{
    /// <summary>Whose history holds it: a node, or the index entry of a hardware address (<see cref="NodeId.OfAddress"/>).</summary>
    public required NodeId Node { get; init; }

    /// <summary>The node that the report was about, where this is a copy in another history: in the index entry of an address, or passed on from there to the address's other ids (R1.5). Else null.</summary>
    public NodeId? Origin { get; init; }

    /// <summary>The name of the node that the report was about, as the reporter wrote it; null where it wrote an id.</summary>
    public string? Name { get; init; }

    /// <summary>The machine's hardware address, or null for "the machine that held the id at that time" (R1.2).</summary>
    public HardwareAddress? Hardware { get; init; }

    /// <summary>Who says so; null only for joins and leaves.</summary>
    public string? Detector { get; init; }

    /// <summary>What it says.</summary>
    public required ObservationKind Kind { get; init; }

    /// <summary>When it happened: what orders the history (R2.3).</summary>
    public required Stamp At { get; init; }

    /// <summary>The gate's hybrid clock at its arrival.</summary>
    public required Stamp ReceivedAt { get; init; }

    /// <summary>The reporter's own time where it orders nothing (R2.3), or null.</summary>
    public Stamp? ReportedAt { get; init; }

    /// <summary>The reporter's id of the observation, or one that the service made.</summary>
    public required string Id { get; init; }

    /// <summary>Free text, up to 1,024 characters, or null.</summary>
    public string? Reason { get; init; }

    /// <summary>Labels of the node, sorted by key; empty for none.</summary>
    public Labels Labels { get; init; } = Labels.None;

    /// <summary>The detector's accuracy at that moment, 0 to 100; 0 where there is no detector.</summary>
    public double Accuracy { get; init; }

    /// <summary>Whether the detector was explicitly registered then, and so is in <see cref="Total"/>.</summary>
    public bool Explicit { get; init; }

    /// <summary>The sum of the accuracies of the explicitly registered detectors that watched the node then (R2.5).</summary>
    public double Total { get; init; }

    /// <summary>The reporter's signature, kept as it came, or null.</summary>
    public string? Signature { get; init; }

    /// <summary>The node that the report was about.</summary>
    public NodeId About => Origin ?? Node;
}
