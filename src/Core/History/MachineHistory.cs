using FailureHistory.Core.Identity;
using FailureHistory.Core.Retention;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.History;

/// <summary>The history of one physical machine under all the ids it went under (R1.5), as <see cref="MachineHistories"/> reads it.</summary>
public sealed class MachineHistory
{
    /// <summary>The id it goes under now: that of its latest join; without one, the id asked for, or that of the latest observation.</summary>
    public required NodeId Node { get; init; }

    /// <summary>The name of <see cref="Node"/>, spelt as in the earliest observation that used one; null where none did.</summary>
    public required string? Name { get; init; }

    /// <summary>Its hardware address as first spelt, or null where none was ever named.</summary>
    public required HardwareAddress? Hardware { get; init; }

    /// <summary>The ids it went under, by <see cref="Incarnation.From"/>.</summary>
    public required IReadOnlyList<Incarnation> Incarnations { get; init; }

    /// <summary>Its own observations, no copies, in the order of R4.5; never empty.</summary>
    public required IReadOnlyList<Observation> Observations { get; init; }

    /// <summary>The periods, without gaps or overlap, the last one open (R4.4).</summary>
    public required IReadOnlyList<Period> Periods { get; init; }

    /// <summary>The latest incident, or null.</summary>
    public required Incident? LatestIncident { get; init; }

    /// <summary>What each detector that ever reported on it says at the end, by its id.</summary>
    public required IReadOnlyDictionary<string, Standing> Standings { get; init; }

    /// <summary>The detectors whose latest observation was made while they were not explicitly registered, with the accuracy stored with it (R2.5, R3.3).</summary>
    public required IReadOnlyDictionary<string, double> AutoDetectors { get; init; }

    /// <summary>Whether it left as planned and has not joined since.</summary>
    public required bool Left { get; init; }

    /// <summary>The latest value of each label key (R6.7).</summary>
    public required Labels Labels { get; init; }

    /// <summary>
    /// Ids of the same machine that are known from copies only and are not among the sources, sorted: whoever wants the whole history fetches
    /// them and evaluates again.
    /// </summary>
    public required IReadOnlyList<NodeId> OtherIds { get; init; }

    /// <summary>The pin of the first of its incarnations that is pinned (R10.1), the present id before all others; null where none is.</summary>
    public Pin? Pin { get; init; }

    /// <summary>What is left of the history before <see cref="FoldedUntil"/> (R10.3), or null where it is whole.</summary>
    public Fold? Fold { get; init; }

    /// <summary>The horizon up to which the history is folded: the first period begins there. Null where it is whole.</summary>
    public Stamp? FoldedUntil => Fold?.Horizon;

    /// <summary>The gate's time of the last report about it that was counted, joins passed on from other ids included (R10.1).</summary>
    public required Stamp LastReceivedAt { get; init; }
}
