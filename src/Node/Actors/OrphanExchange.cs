using Akka.Actor;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Actors;

/// <summary>
/// Both sides of handing over orphaned copies (DESIGN D3): offers this member's, once every exchange interval, and says of those of others which it
/// has all of. Part of the <see cref="Exchanger"/>.
/// </summary>
internal sealed class OrphanExchange(MemberContext context)
{
    private readonly OrphanedCopies ours = new(context.Id);
    private readonly TakenCopies taken = new();
    private long offeredAt = context.Time.GetTimestamp();

    /// <summary>A version of the ring came into force: offers are made anew, an interval from now, when most moves are done.</summary>
    public void RingChanged()
    {
        taken.Clear();
        offeredAt = context.Time.GetTimestamp();
    }

    /// <summary>Makes the offers that are due.</summary>
    public void Offer(RingView ring, IActorRef self)
    {
        if (context.Time.GetElapsedTime(offeredAt) < context.Settings.ExchangeInterval)
        {
            return;
        }

        offeredAt = context.Time.GetTimestamp();
        var at = context.Now;
        foreach (var (holder, copies) in ours.Offer(ring, at, s => context.Board[s]))
        {
            var offer = new CompareDigests { RingVersion = ring.Version, Horizon = at.Ticks, Member = WireIds.Bytes(context.Id), Orphaned = true, HeldUntil = context.HeldUntil.Ticks };
            offer.Segments.AddRange(copies.Select(c => new SegmentDigest { Segment = (uint)c.Segment, Digest = c.Digest }));
            context.Peers.Ref(holder, "fh/exchange")?.Tell(offer, self);
        }
    }

    /// <summary>A holder has all of a copy that was offered.</summary>
    public void Held(RingView ring, Stamp offer, int segment, MemberId holder)
    {
        if (ours.Held(ring, offer, segment, holder) is { } digest)
        {
            context.SegmentActors[segment].Tell(new DropOrphan(digest, ring.Version));
        }
    }

    /// <summary>Answers an offer.</summary>
    /// <param name="offer">What is offered.</param>
    /// <param name="pull">Has a segment pulled; false where one from that member is under way or waits.</param>
    public DigestsCompared Answer(CompareDigests offer, Func<int, PullFrom, bool> pull)
    {
        var version = context.Ring?.Version ?? 0;
        var reply = new DigestsCompared { RingVersion = version, Horizon = offer.Horizon, Member = WireIds.Bytes(context.Id), HeldUntil = context.HeldUntil.Ticks };
        var from = WireIds.Member(offer.Member);
        foreach (var theirs in offer.Segments)
        {
            var segment = (int)theirs.Segment;
            if (taken.Holds(context.Board[segment], offer.RingVersion, segment, from, theirs.Digest))
            {
                reply.Equal.Add(theirs.Segment);
            }
            else if (offer.RingVersion == version && context.Holds(segment) && context.Board[segment].Phase != CopyPhase.Recovering
                && pull(segment, new PullFrom(from, version, new Stamp(offer.Horizon))))
            {
                taken.Pulling(segment, from, new Stamp(offer.Horizon), theirs.Digest);
            }
        }

        return reply;
    }

    /// <summary>A pull has ended.</summary>
    public void Pulled(PullEnded ended) => taken.Pulled(ended.Segment, ended.Peer, ended.Horizon, ended.Merged);
}
