using FailureHistory.Core.Identity;

namespace FailureHistory.Core.Ring;

/// <summary>An attempt to decide a ring version: by round, then by who proposes, so that no two attempts are equal.</summary>
/// <param name="Round">1 or more; a proposer never uses one round for two records.</param>
/// <param name="Proposer">The member that proposes.</param>
public readonly record struct Ballot(long Round, MemberId Proposer) : IComparable<Ballot>
{
    /// <summary>The lowest ballot of <paramref name="proposer"/> above <paramref name="seen"/>; its first one when nothing was seen.</summary>
    public static Ballot Above(Ballot? seen, MemberId proposer) => new((seen?.Round ?? 0) + 1, proposer);

    /// <inheritdoc/>
    public int CompareTo(Ballot other)
    {
        var byRound = Round.CompareTo(other.Round);
        return byRound != 0 ? byRound : Proposer.CompareTo(other.Proposer);
    }

    /// <inheritdoc cref="CompareTo(Ballot)"/>
    public static bool operator <(Ballot left, Ballot right) => left.CompareTo(right) < 0;

    /// <inheritdoc cref="CompareTo(Ballot)"/>
    public static bool operator >(Ballot left, Ballot right) => left.CompareTo(right) > 0;

    /// <inheritdoc cref="CompareTo(Ballot)"/>
    public static bool operator <=(Ballot left, Ballot right) => left.CompareTo(right) <= 0;

    /// <inheritdoc cref="CompareTo(Ballot)"/>
    public static bool operator >=(Ballot left, Ballot right) => left.CompareTo(right) >= 0;
}
