using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;

namespace FailureHistory.Simulator.Members;

/// <summary>Handing over copies that the ring gives to others (OrphanExchange, and SegmentActor's part in it): offered, taken, and deleted once nobody needs them.</summary>
internal sealed partial class MemberProcess
{
    private readonly OrphanedCopies orphans;
    private readonly TakenCopies taken = new();
    private TimeSpan offeredAt;

    /// <summary>Whether the segment's copy lies here though the ring gives it to others.</summary>
    public bool HasOrphan(int segment) => Ring is { } ring && orphans.IsOrphan(ring, segment, StatusOf(segment));

    private void OrphansRingChanged()
    {
        taken.Clear();
        offeredAt = world.Queue.Now;
    }

    private void OfferOrphans(RingView ring)
    {
        if (!options.KeepsRing || world.Queue.Now - offeredAt < options.ExchangeInterval)
        {
            return;
        }

        offeredAt = world.Queue.Now;
        var at = Now;
        foreach (var (holder, digests) in orphans.Offer(ring, at, StatusOf))
        {
            Ask(holder, new OfferOrphans(ring.Version, at, digests));
        }
    }

    private void OnOffer(OfferOrphans offer, MemberId from, Action<Message> reply)
    {
        var version = Ring?.Version ?? 0;
        var held = new List<int>();
        foreach (var (segment, digest) in offer.Digests)
        {
            var ours = StatusOf(segment);
            if (taken.Holds(ours, offer.RingVersion, segment, from, digest))
            {
                held.Add(segment);
            }
            else if (offer.RingVersion == version && Ring!.Placement.Holds(Id, segment) && ours.Phase != CopyPhase.Recovering && EnqueuePull(segment, from, version, offer.Offer))
            {
                taken.Pulling(segment, from, offer.Offer, digest);
            }
        }

        reply(new OrphansHeld(version, offer.Offer, Id, held));
        StartPulls();
    }

    private void OnOrphansHeld(OrphansHeld answer)
    {
        if (Ring is not { } ring || answer.RingVersion != ring.Version)
        {
            return;
        }

        foreach (var copy in answer.Held.Select(s => copies[s]))
        {
            if (decisions.MayBeDeleted(orphans, copy, ring, answer.Offer, answer.Member) == copy.Machine.Digest && !ring.Placement.Holds(Id, copy.Segment))
            {
                Drop(copy, ring);
            }
        }
    }

    // First it stops vouching, also by what the disk says after a crash; then it goes, and with an empty snapshot in its place stays away.
    private void Drop(SimCopy copy, RingView ring)
    {
        if (copy.Readiness.Vouches)
        {
            copy.Readiness.Resign();
        }
        else if (!copy.IsSnapshotting && disk.Counting.Version == ring.Version && !disk.Counting.Segments.Contains(copy.Segment))
        {
            world.Checks.Deleting(host, copy, ring);
            copy.Machine.Clear();
            Snapshot(copy);
        }
    }
}
