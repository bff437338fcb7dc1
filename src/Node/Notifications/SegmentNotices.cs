using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Notifications;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;
using FailureHistory.Node.Member;
using FailureHistory.Node.Queries;

namespace FailureHistory.Node.Notifications;

/// <summary>
/// What of a segment's changes somebody wants to know (DESIGN D12). Nothing is read, and nothing sent, while nobody does. Belongs to the
/// SegmentActor.
/// </summary>
internal sealed class SegmentNotices(int segment, SegmentMachine machine, MemberContext context)
{
    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan PruneEvery = TimeSpan.FromSeconds(1);
    private const int MostRecent = 500;

    private readonly Dictionary<NodeId, Stamp> changed = [];
    private readonly Dictionary<NodeId, Stamp> recent = [];
    private Stamp prunedAt;

    /// <summary>An observation changed the copy.</summary>
    /// <param name="observation">It.</param>
    /// <param name="now">The wall clock.</param>
    public void Note(Observation observation, Stamp now)
    {
        NoteRecent(observation, now);

        if (!context.Interest.IsEmpty && (!changed.TryGetValue(observation.Node, out var earliest) || observation.ReceivedAt < earliest))
        {
            changed[observation.Node] = observation.ReceivedAt;
        }
    }

    /// <summary>A commit is over: what it changed, once durable here, is offered to be raised (R8.6).</summary>
    /// <param name="serves">Whether the copy serves: what one that fetches takes in is no news.</param>
    public void Committed(bool serves)
    {
        if (changed.Count == 0)
        {
            return;
        }

        if (serves && !context.Interest.IsEmpty)
        {
            Send(changed.Select(c => Reading(c.Key, new Stamp(c.Value.Ticks - 1))), Rank());
        }

        changed.Clear();
    }

    /// <summary>Offers again what came since; what was raised meanwhile is not raised twice.</summary>
    public void RaiseUnseen(Stamp since)
    {
        Prune(context.Wall);
        if (!context.Interest.IsEmpty)
        {
            Send(recent.Where(r => r.Value > since).Select(r => Reading(r.Key, since)), 0);
        }
    }

    private void NoteRecent(Observation observation, Stamp now)
    {
        if (observation.ReceivedAt <= now - Recent)
        {
            return;
        }

        ref var latest = ref CollectionsMarshal.GetValueRefOrNullRef(recent, observation.Node);
        if (!Unsafe.IsNullRef(ref latest))
        {
            latest = observation.ReceivedAt > latest ? observation.ReceivedAt : latest;
            return;
        }

        if (recent.Count >= MostRecent && now - prunedAt > PruneEvery)
        {
            Prune(now);
        }

        if (recent.Count < MostRecent)
        {
            recent[observation.Node] = observation.ReceivedAt;
        }
    }

    private void Prune(Stamp now)
    {
        prunedAt = now;
        foreach (var (old, _) in recent.Where(r => r.Value <= now - Recent).ToList())
        {
            recent.Remove(old);
        }
    }

    private void Send(IEnumerable<PresentSequence?> readings, int rank)
    {
        var wanted = readings.OfType<PresentSequence>().ToList();
        if (wanted.Count > 0)
        {
            context.Subscriptions.Tell(new VerdictsChanged(segment, rank, wanted), Akka.Actor.ActorRefs.NoSender);
        }
    }

    private PresentSequence? Reading(NodeId node, Stamp before)
    {
        if (machine.View(node) is not { Count: > 0 } view)
        {
            return null;
        }

        var observations = view.Decode();
        return MayMatch(node, observations)
            && Presents.Read(node, observations, Replies.Options(context), before) is { } reading
            && context.Interest.Wants(reading, before, context.Settings.Notifications.Rules)
            ? NoticeWire.Trimmed(reading)
            : null;
    }

    // Before anything is evaluated: whether the node could match by any name or address that it was reported under.
    private bool MayMatch(NodeId node, List<Observation> observations)
    {
        var interest = context.Interest;
        string? name = null;
        foreach (var o in observations)
        {
            if (o.Hardware is not null || o.Name != name)
            {
                name = o.Name;
                if (interest.Matches(node, name, o.Hardware?.Canonical))
                {
                    return true;
                }
            }
        }

        return interest.Matches(node, name, null);
    }

    private int Rank()
    {
        if (context.Ring is not { } ring)
        {
            return 0;
        }

        var replicas = ring.Placement.Replicas(segment);
        for (var rank = 0; rank < replicas.Count; rank++)
        {
            if (replicas[rank] == context.Id)
            {
                return rank;
            }
        }

        return replicas.Count;
    }
}
