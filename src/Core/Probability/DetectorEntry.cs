using FailureHistory.Core.Identity;

namespace FailureHistory.Core.Probability;

/// <summary>
/// One version of a detector's entry in the registry (R3.1–R3.3). Versions of one detector are totally ordered by <see cref="Supersedes"/>;
/// a deletion is a version too, so that no late member brings back what was deleted. Equal by value.
/// </summary>
public sealed record DetectorEntry
{
    /// <summary>The author of what the service registers by itself, on nobody's word: it loses against an administrator's change made at the same time.</summary>
    public static MemberId TheService => default;

    /// <summary>The detector's id, compared ordinally.</summary>
    public required string Id { get; init; }

    /// <summary>D, 0 (worst) to 100 (best).</summary>
    public required double Accuracy { get; init; }

    /// <summary>Globs of the node names it watches; empty for all. Of no meaning for one that registered itself: it watches what it reported on (R3.3).</summary>
    public IReadOnlyList<string> Scope { get; init; } = [];

    /// <summary>It counts as available only if heard from within it; null for always.</summary>
    public TimeSpan? Ttl { get; init; }

    /// <summary>Whether it supplies its own <c>at</c> (R2.3).</summary>
    public bool ReportedTimestamps { get; init; }

    /// <summary>Free text, or null.</summary>
    public string? Description { get; init; }

    /// <summary>True where an administrator registered it, false where its first report did (R3.3).</summary>
    public required bool Explicit { get; init; }

    /// <summary>Whether this version is its deletion.</summary>
    public bool Deleted { get; init; }

    /// <summary>How many versions came before on this one's line, plus one.</summary>
    public required long Counter { get; init; }

    /// <summary>The member that made this version, or <see cref="TheService"/>.</summary>
    public required MemberId Author { get; init; }

    /// <summary>Whether it is registered at present: not deleted.</summary>
    public bool IsLive => !Deleted;

    /// <summary>
    /// Whether this version wins over another of the same detector: by the higher counter; of two made at the same time an explicit
    /// registration wins over a deletion, that over what the service registered by itself, and that over an auto-registration; then the higher author, and at last the contents, so that every
    /// member picks the same one. False for an equal one.
    /// </summary>
    public bool Supersedes(DetectorEntry other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var order = Counter.CompareTo(other.Counter);
        order = order != 0 ? order : Rank.CompareTo(other.Rank);
        order = order != 0 ? order : Author.CompareTo(other.Author);
        return (order != 0 ? order : CompareContents(other)) > 0;
    }

    /// <inheritdoc/>
    public bool Equals(DetectorEntry? other) =>
        other is not null && Id == other.Id && Counter == other.Counter && Author == other.Author && Deleted == other.Deleted
        && SaysTheSameAs(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Id, Counter, Author, Deleted, Accuracy);

    /// <summary>Whether two versions differ in nothing but counter, author and deletion.</summary>
    internal bool SaysTheSameAs(DetectorEntry other) =>
        Explicit == other.Explicit && Accuracy.Equals(other.Accuracy) && Ttl == other.Ttl && ReportedTimestamps == other.ReportedTimestamps
        && Description == other.Description && Scope.SequenceEqual(other.Scope, StringComparer.Ordinal);

    private int Rank => Deleted ? 2 : !Explicit ? 0 : Author == TheService ? 1 : 3;

    private int CompareContents(DetectorEntry other)
    {
        Span<int> orders =
        [
            Explicit.CompareTo(other.Explicit),
            Accuracy.CompareTo(other.Accuracy),
            Nullable.Compare(Ttl, other.Ttl),
            ReportedTimestamps.CompareTo(other.ReportedTimestamps),
            string.CompareOrdinal(Description, other.Description),
            Scope.Count.CompareTo(other.Scope.Count),
        ];
        foreach (var order in orders)
        {
            if (order != 0)
            {
                return order;
            }
        }

        for (var i = 0; i < Scope.Count; i++)
        {
            var order = string.CompareOrdinal(Scope[i], other.Scope[i]);
            if (order != 0)
            {
                return order;
            }
        }

        return 0;
    }
}
