using Akka.Actor;
using Akka.DistributedData;
using FailureHistory.Core.Time;
using FailureHistory.Node.Member;
using FailureHistory.Node.Ring;

namespace FailureHistory.Node.Notifications;

/// <summary>
/// What anybody in the cluster wants to know (DESIGN D12): spreads what this member's subscribers want, and keeps what all want where the SegmentActors
/// read it (<see cref="MemberContext.Interest"/>). Belongs to the SubscriptionActor.
/// </summary>
internal sealed class Interests(MemberContext context, IActorRef replicator, Akka.Cluster.Cluster cluster)
{
    private static readonly TimeSpan Spreading = TimeSpan.FromSeconds(1);

    // How long DistributedData takes to tell those who listen of what it was told (notify-subscribers-interval), twice.
    private static readonly TimeSpan Telling = TimeSpan.FromMilliseconds(400);

    private InterestMap known = InterestMap.Empty;

    /// <summary>Takes in what all members said last.</summary>
    public void Learn(InterestMap all) => known = all;

    /// <summary>Whether the others believe that this member wants something: it may have, before it was started again.</summary>
    public bool IsSaidToWant => known.Members.TryGetValue(context.Id, out var said) && said.Filter is not null;

    /// <summary>Puts together what is wanted. A member that has left the cluster wants nothing any more; what it said is still there.</summary>
    public void Refresh(InterestFilter? own)
    {
        var here = cluster.State.Members.Select(m => MemberRoles.Of(m).Id).ToHashSet();
        var filters = known.Members.Where(m => m.Key != context.Id && here.Contains(m.Key)).Select(m => m.Value.Filter).OfType<InterestFilter>().ToList();
        if (own is not null)
        {
            filters.Add(own);
        }

        context.Interest = filters.Count == 0 ? InterestView.None : new InterestView(filters);
    }

    /// <summary>Tells all members what this one wants; <paramref name="self"/> gets <see cref="Spread"/> once they know, or can't be reached in time.</summary>
    public void Tell(InterestFilter? own, IActorRef self)
    {
        var at = context.Now;
        var counter = Math.Max(at.Ticks, known.Members.TryGetValue(context.Id, out var said) ? said.Counter + 1 : 0);
        known = known.With(context.Id, counter, own);
        var update = Dsl.Update(InterestMap.Key, InterestMap.Empty, new WriteAll(Spreading), map => map.With(context.Id, counter, own));
        Task.Run(async () =>
        {
            await replicator.Ask<IUpdateResponse>(update, Spreading * 2).ConfigureAwait(false);

            // The replicators have it; their listeners are told at the next of their intervals, which no answer says.
            await Task.Delay(Telling, context.Time).ConfigureAwait(false);
            return new Spread(at);
        }).PipeTo(self, failure: _ => new Spread(at)); // no answer in time is as good as one that says that somebody was not reached
    }

    /// <summary>
    /// What was wanted at a moment is known, as far as members could be reached: who was not hears of it by gossip, and what it does not raise
    /// another replica does.
    /// </summary>
    internal sealed record Spread(Stamp At) : ILocalMessage;
}
