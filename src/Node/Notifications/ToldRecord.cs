using FailureHistory.Core.Identity;
using FailureHistory.Core.Notifications;
using FailureHistory.Core.Time;

namespace FailureHistory.Node.Notifications;

/// <summary>Where a subscriber would go on from (R8.3): how far all is told, and what was told beyond it.</summary>
/// <param name="longestHold">By how much a crossing's effect can lie behind the report that brought it about.</param>
internal sealed class ToldRecord(TimeSpan longestHold)
{
    // Kept a little longer than "since" asks for, so that the bare id of a crossing says enough where nothing else was told of late.
    private static readonly TimeSpan Kept = SubscriptionCursor.Kept;

    private readonly List<(NodeId Node, ToldSide Told, Stamp Effect)> told = [];
    private readonly List<ToldSide> before = []; // told before it came back, by its cursor
    private string? lastId;
    private NodeId? after;
    private Stamp bound;

    public Stamp Since { get; private set; }

    /// <summary>The cursor as of now.</summary>
    public string Cursor
    {
        get
        {
            // Made for each item: no list that grows.
            var all = new ToldSide[before.Count + told.Count];
            before.CopyTo(all);
            for (var i = 0; i < told.Count; i++)
            {
                all[before.Count + i] = told[i].Told;
            }

            return new SubscriptionCursor { LastId = lastId, Since = Since, After = after, Told = all }.ToString();
        }
    }

    /// <summary>Begins with the present, told in the order of ids.</summary>
    public void BeginPresent(Stamp since)
    {
        (Since, lastId, after) = (since, null, null);
        before.Clear();
        told.Clear();
    }

    /// <summary>Begins with what was missed, told in the order of its effect; since no later than a moment, to which <see cref="Synced"/> goes.</summary>
    public void BeginMissed(SubscriptionCursor last, Stamp until)
    {
        (Since, lastId, after, bound) = (last.Since, last.LastId, last.After, until);
        before.AddRange(last.Told);
    }

    /// <summary>A part of the present was told.</summary>
    public void ToldPresent(NodeId node, string id, CrossingStep step)
    {
        after = node;
        Add(node, id, step);
    }

    /// <summary>One that was missed was told.</summary>
    public void ToldMissed(NodeId node, string id, CrossingStep step)
    {
        MoveTo(new Stamp(Math.Min(step.Effect.Ticks - 1, bound.Ticks)));
        Add(node, id, step);
    }

    /// <summary>A crossing was told.</summary>
    public void ToldLive(NodeId node, string id, CrossingStep step) => Add(node, id, step);

    /// <summary>The beginning is over; from now on all up to <paramref name="since"/> is told.</summary>
    public void Synced(Stamp since)
    {
        after = null;
        Since = since;
        Prune();
    }

    /// <summary>All up to here is told.</summary>
    public void MoveTo(Stamp since)
    {
        if (since > Since)
        {
            Since = since;
            Prune();
        }
    }

    private void Add(NodeId node, string id, CrossingStep step)
    {
        lastId = id;
        var brief = ToldSide.Brief(node);
        told.RemoveAll(t => t.Node == node);
        before.RemoveAll(t => t.Node == brief);
        if (step.Effect + Kept <= Since)
        {
            return;
        }

        told.Add((node, new ToldSide(brief, step.Present.ReceivedAt, step.To), step.Effect));
        if (told.Count > 2 * SubscriptionCursor.MostTold)
        {
            told.RemoveRange(0, told.Count - SubscriptionCursor.MostTold);
        }
    }

    private void Prune()
    {
        told.RemoveAll(t => t.Effect + Kept <= Since);
        before.RemoveAll(t => t.ReceivedAt + longestHold + Kept <= Since);
    }
}
