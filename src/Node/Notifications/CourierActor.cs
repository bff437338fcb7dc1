using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Notifications;

/// <summary>
/// Takes what is for the subscribers of one group (<see cref="Subscribe.Grouped"/>) and sends it to their parent: at once after a rest, and then as much
/// as has come within <see cref="Pace"/> in one message. Subscribers are told one by one, so that a courier that never waits sends nearly as many messages: a thousand subscribers in one process cost some messages instead of a thousand, and what is the same for all of them travels once.
/// </summary>
internal sealed class CourierActor : ReceiveActor
{
    /// <summary>The most bytes of one message, by a count that is never below what it takes; the serializer's limit is 64 kB.</summary>
    private const int MostBytes = 48_000;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(2);

    private const int PartBytes = 60; // numbers, tags and lengths
    private const int ContentBytes = 80; // the same of a crossing's content
    private const int CharBytes = 3; // of UTF-8

    private readonly IActorRef parent;
    private readonly Dictionary<string, string> names = new(StringComparer.Ordinal);
    private readonly HashSet<Crossing> contents = new(CrossingContent.Instance);
    private List<SubscriptionPart> parts = [];
    private int bytes;
    private long sentAt;
    private bool goes;

    public CourierActor(IActorRef parent)
    {
        this.parent = parent;
        Receive<Serve>(m => names[m.Subscription] = m.To);
        Receive<ISubscriptionItem>(OnItem);
        Receive<SubscriptionChecked>(m => Add(new SubscriptionPart(names[m.Subscription], Checked: m), m.Subscription.Length));
        Receive<Leave>(m => names.Remove(m.Subscription));
        Receive<Go>(_ =>
        {
            goes = false;
            Send();
        });
    }

    public static Props Props(IActorRef parent) => Akka.Actor.Props.Create(() => new CourierActor(parent));

    protected override void PostStop() => Send();

    private void OnItem(ISubscriptionItem item)
    {
        var to = names[item.Subscription];
        var length = item.Subscription.Length;
        switch (item)
        {
            case Crossing crossing:
                Add(new SubscriptionPart(to, Crossing: crossing), length);
                break;
            case SubscriptionSynced synced:
                Add(new SubscriptionPart(to, Synced: synced), length + synced.Cursor.Length);
                break;
            case SubscriptionGap gap:
                Add(new SubscriptionPart(to, Gap: gap), length + gap.Cursor.Length + (CharBytes * gap.Reason.Length));
                break;
            default:
                throw new ArgumentException($"expected a crossing, synced or a gap; got {item.GetType().Name}");
        }
    }

    private void Add(SubscriptionPart part, int texts)
    {
        var own = PartBytes + (CharBytes * part.To.Length) + texts;
        var isNew = part.Crossing is { } crossing && contents.Add(crossing);
        if (bytes + own + (isNew ? SizeOf(part.Crossing!) : 0) > MostBytes)
        {
            Send();
            isNew = part.Crossing is not null;
        }

        if (isNew)
        {
            contents.Add(part.Crossing!);
            bytes += SizeOf(part.Crossing!);
        }

        parts.Add(part);
        bytes += own;
        if (!goes)
        {
            goes = true;
            if (sentAt != 0 && Stopwatch.GetElapsedTime(sentAt) < Pace)
            {
                Task.Delay(Pace).PipeTo(Self, success: () => Go.Instance);
            }
            else
            {
                Self.Tell(Go.Instance); // after what has come by now
            }
        }
    }

    private static int SizeOf(Crossing crossing)
    {
        var node = crossing.Node;
        return ContentBytes + crossing.Cursor.Length + crossing.Id.Length
            + (CharBytes * (node.Id.Length + (node.Name?.Length ?? 0) + (node.Hardware?.Length ?? 0) + crossing.Observation.Length));
    }

    private void Send()
    {
        if (parts.Count > 0)
        {
            parent.Tell(new SubscriptionBundle(parts));
            (parts, bytes) = ([], 0);
            contents.Clear();
            sentAt = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>A subscription's items go to this child.</summary>
    internal sealed record Serve(string Subscription, string To) : ILocalMessage;

    /// <summary>A subscription has ended.</summary>
    internal sealed record Leave(string Subscription) : ILocalMessage;

    private sealed record Go : ILocalMessage, IDeadLetterSuppression
    {
        public static Go Instance { get; } = new();
    }
}
