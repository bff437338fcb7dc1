using Akka.Actor;
using FailureHistory.Messages;

namespace FailureHistory.Node.Notifications;

/// <summary>
/// What one subscriber is still to be sent: no more than a window of items is under way unseen, and no more than a queue of crossings waits behind
/// them (R8.5).
/// </summary>
internal sealed class Outbox(string subscription, IActorRef target, IActorRef sender, int window, int queue)
{
    private readonly Queue<(ISubscriptionItem Item, bool IsLive)> waiting = new();
    private long number;
    private long sent;
    private long seen;
    private int live;
    private bool closed;

    /// <summary>Whether more waits than may.</summary>
    public bool IsFull => live > queue;

    /// <summary>Whether the subscriber holds everything up: it has seen nothing of a whole window.</summary>
    public bool IsHeldUp => waiting.Count > 0 && sent - seen >= window;

    /// <summary>The number that the subscriber has seen.</summary>
    public long Seen => seen;

    /// <summary>The number of the last item sent, or 0.</summary>
    public long LastNumber => sent;

    /// <summary>The cursor of the last item sent.</summary>
    public string LastCursor { get; private set; } = string.Empty;

    /// <summary>Sends it, now or when there is room.</summary>
    public void Add(Func<string, long, ISubscriptionItem> item, bool isLive)
    {
        if (closed)
        {
            return;
        }

        waiting.Enqueue((item(subscription, ++number), isLive));
        live += isLive ? 1 : 0;
        Pump();
    }

    /// <summary>The subscriber has seen all up to here.</summary>
    public void SeenUpTo(long upTo)
    {
        seen = Math.Clamp(upTo, seen, sent);
        Pump();
    }

    /// <summary>Ends it: what waits is dropped, and the subscriber told where to go on from.</summary>
    public void CutOff(string reason)
    {
        if (closed)
        {
            return;
        }

        (closed, live) = (true, 0);
        waiting.Clear();
        target.Tell(new SubscriptionGap(subscription, sent + 1, LastCursor, reason, Ended: true), sender);
    }

    private void Pump()
    {
        while (waiting.Count > 0 && sent - seen < window)
        {
            var (item, isLive) = waiting.Dequeue();
            live -= isLive ? 1 : 0;
            sent = item.Number;
            LastCursor = item.Cursor;
            target.Tell(item, sender);
        }
    }
}
