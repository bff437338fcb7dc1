using Akka.Actor;
using FailureHistory.Messages;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Reachability;

/// <summary>
/// Keeps the registration of <c>akka.reachability</c> in step with the members, at the one that leads. The scope comes before the first report
/// about a member: the sum that the gate stores rests on it (R2.5).
/// </summary>
internal sealed class FollowedScope(MemberContext context, IActorRef node, FormerMembers former)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan HeartbeatEvery = TimeSpan.FromSeconds(1);

    private long? askedAt;
    private long? heartbeatAt;

    /// <summary>Another member led before.</summary>
    public void Forget() => former.Forget();

    /// <summary>Takes in what was looked up of a member that was.</summary>
    public void Take(FormerRead read) => former.Take(read);

    /// <summary>Whether the detector is registered for these names, so that it may report; else it is being put right. A deleted one says nothing.</summary>
    public bool IsRight(IReadOnlyList<string> present, IActorRef self)
    {
        var known = context.Registry.FindVersion(ReachabilityDetector.Id);
        if (known is { Deleted: true })
        {
            return false;
        }

        var staying = former.Staying((known?.Scope ?? []).Except(present.Select(n => n.ToLowerInvariant()), StringComparer.Ordinal), self);
        var scope = ReachabilityDetector.Scope(present.Concat(staying));
        if (known is { Explicit: true } && known.Scope.SequenceEqual(scope, StringComparer.Ordinal))
        {
            SayThatItIsThere(known.Ttl);
            return true;
        }

        if (IsTime(askedAt, Patience))
        {
            askedAt = context.Time.GetTimestamp();
            node.Tell(new FollowMembers(scope), self);
        }

        return false;
    }

    // It never stops watching: where an administrator gave it a ttl, it is heard from though there is nothing to tell.
    private void SayThatItIsThere(TimeSpan? ttl)
    {
        if (ttl is not null && IsTime(heartbeatAt, HeartbeatEvery))
        {
            heartbeatAt = context.Time.GetTimestamp();
            node.Tell(new DetectorHeartbeat(ReachabilityDetector.Id), ActorRefs.NoSender);
        }
    }

    private bool IsTime(long? last, TimeSpan every) => last is not { } at || context.Time.GetElapsedTime(at) > every;
}
