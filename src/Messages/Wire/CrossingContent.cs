using System.Diagnostics.CodeAnalysis;

namespace FailureHistory.Messages.Wire;

/// <summary>Tells crossings apart by what they say, whoever is told it: all but <see cref="Crossing.Subscription"/> and <see cref="Crossing.Number"/>.</summary>
public sealed class CrossingContent : IEqualityComparer<Crossing>
{
    private CrossingContent()
    {
    }

    /// <summary>The one.</summary>
    public static CrossingContent Instance { get; } = new();

    /// <inheritdoc/>
    public bool Equals(Crossing? x, Crossing? y) =>
        ReferenceEquals(x, y) || (x is not null && y is not null && x == y with { Subscription = x.Subscription, Number = x.Number });

    /// <inheritdoc/>
    public int GetHashCode([DisallowNull] Crossing obj) => obj?.Id.GetHashCode(StringComparison.Ordinal) ?? 0; // cursors are long, and rarely differ where ids don't
}
