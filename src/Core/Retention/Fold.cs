using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Reliability;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Retention;

/// <summary>
/// What is left of a node's history before a horizon (R10.3): its probability as steps, the sums of what is older still, and by their digests the few
/// observations that what follows rests on. Whatever else was before the horizon is dropped, whoever comes with it late.
/// </summary>
/// <remarks>
/// Of one node's folds the one that <see cref="Supersedes"/> all others counts: the maximum of a total order. A fold contains what the folds before
/// it held, and keeps nothing that those dropped; so a copy that gets the last one alone holds the same as one that got them all.
/// </remarks>
public sealed record Fold
{
    /// <summary>The node.</summary>
    public required NodeId Node { get; init; }

    /// <summary>The machine that held the id, or null where none was ever named.</summary>
    public required HardwareAddress? Hardware { get; init; }

    /// <summary>What was before this, by <c>at</c>, is folded: a moment at which nobody suspected the node.</summary>
    public required Stamp Horizon { get; init; }

    /// <summary>The newest <c>receivedAt</c> of what was folded: a removal up to then or later removes the fold as well.</summary>
    public required Stamp ReceivedUpTo { get; init; }

    /// <summary>The sums of what is older than the steps, or null.</summary>
    public required ReliabilityTotals? Earlier { get; init; }

    /// <summary>The steps up to the horizon, without gaps, all of them closed.</summary>
    public required IReadOnlyList<ProbabilityStep> Steps { get; init; }

    /// <summary>The digests of the observations before the horizon that are kept, ascending.</summary>
    public required IReadOnlyList<ulong> Kept { get; init; }

    /// <summary>When the history began that is folded.</summary>
    public Stamp Begin => Earlier?.From ?? (Steps.Count > 0 ? Steps[0].From : Horizon);

    /// <summary>Whether it drops this observation. Copies of other ids' joins (R1.5) are no part of it.</summary>
    /// <param name="observation">The observation.</param>
    /// <param name="digest">Its digest.</param>
    public bool Removes(Observation observation, ulong digest) =>
        observation.Node == Node && observation.Origin is null && observation.At < Horizon && !Keeps(digest);

    /// <summary>
    /// Whether a removal takes the fold with it: of the id, of the machine whose address is known here, or, where none is, of the machine that held
    /// the id for all of the folded time (R1.7). Never by one tombstone and not by another that covers it.
    /// </summary>
    public bool IsRemovedBy(Tombstone tombstone)
    {
        if (tombstone.Node != Node || tombstone.UpTo < ReceivedUpTo)
        {
            return false;
        }

        return tombstone.Hardware is null
            || (Hardware is null ? tombstone.Stints.Any(s => s.From <= Begin && Horizon <= s.To) : tombstone.Hardware.Equals(Hardware));
    }

    /// <summary>Whether this one counts and not the other: the one with the later horizon; of equal ones that with the higher digest. False for an equal one.</summary>
    public bool Supersedes(Fold? other)
    {
        if (other is null)
        {
            return true;
        }

        var order = Horizon.CompareTo(other.Horizon);
        return order > 0 || (order == 0 && ObservationHash.Digest(this) > ObservationHash.Digest(other));
    }

    /// <summary>Equal by value, step by step.</summary>
    public bool Equals(Fold? other) =>
        other is not null && Node == other.Node && Equals(Hardware, other.Hardware) && Horizon == other.Horizon && ReceivedUpTo == other.ReceivedUpTo
        && Equals(Earlier, other.Earlier) && Steps.SequenceEqual(other.Steps) && Kept.SequenceEqual(other.Kept);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Node, Horizon, Steps.Count, Kept.Count);

    private bool Keeps(ulong digest)
    {
        int low = 0, high = Kept.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (Kept[middle] == digest)
            {
                return true;
            }

            (low, high) = Kept[middle] < digest ? (middle + 1, high) : (low, middle - 1);
        }

        return false;
    }
}
