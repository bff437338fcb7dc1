using Akka.Actor;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Actors;

/// <summary>
/// What a member that stops has still to see (R9.8): that every other holder in reach of each segment that it holds has all that this member has.
/// Part of the <see cref="Exchanger"/>, which compares until it is so; copies of equal digest are it, since both sides of a round pull.
/// </summary>
internal sealed class HandOver(MemberContext context, IActorRef asker)
{
    /// <summary>How long a member that stops compares; what lacks by then comes with the exchange, from the other holders or once this member is back.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly Stamp since = context.Now;
    private readonly long begun = context.Time.GetTimestamp();
    private readonly HashSet<(int Segment, MemberId Holder)> have = [];

    /// <summary>Whether it has taken as long as it may.</summary>
    public bool IsLate => context.Time.GetElapsedTime(begun) >= Limit;

    /// <summary>The segments of which a holder in reach was not seen to have all, ascending. What was not read from the own disk can't be handed over.</summary>
    public IReadOnlyList<int> Left() => context.Ring is { } ring
        ? [.. ring.Placement.SegmentsOf(context.Id)
            .Where(segment => context.Board[segment].Phase != CopyPhase.Recovering && ring.Placement.Replicas(segment).Any(holder => Lacks(segment, holder)))
            .Order()]
        : [];

    /// <summary>A holder had the same as this member in a comparison that was begun at a time.</summary>
    public void Has(int segment, MemberId holder, Stamp compared)
    {
        if (compared >= since)
        {
            have.Add((segment, holder));
        }
    }

    /// <summary>It is over.</summary>
    public void End(int left) => asker.Tell(new HandedOver(left));

    private bool Lacks(int segment, MemberId holder) => holder != context.Id && context.Peers.IsReachable(holder) && !have.Contains((segment, holder));
}

/// <summary>This member stops: see to it that the others have what it has. Answered by <see cref="HandedOver"/>.</summary>
internal sealed record HandOverNow : ILocalMessage
{
    public static HandOverNow Instance { get; } = new();
}

/// <summary>They have, but for so many segments.</summary>
internal sealed record HandedOver(int Left) : ILocalMessage;
