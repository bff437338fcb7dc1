using Akka.Actor;
using FailureHistory.Messages;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Notifications;

/// <summary>
/// Takes what is for the subscribers of one group (<see cref="Subscribe.Grouped"/>) and sends it to their parent, as much as has come at a time in one
/// message: a thousand subscribers in one process cost some messages instead of a thousand.
/// </summary>
internal sealed class CourierActor : ReceiveActor
{
    /// <summary>The most bytes of one message, by a count that is never below what it takes; the serializer's limit is 64 kB.</summary>
    private const int MostBytes = 48_000;
    private const int PartBytes = 120; // numbers, tags and lengths
    private const int CharBytes = 3; // of UTF-8

    private readonly IActorRef parent;
    private readonly Dictionary<string, string> names = new(StringComparer.Ordinal);
    private List<SubscriptionPart> parts = [];
    private int bytes;

    public CourierActor(IActorRef parent)
    {
        this.parent = parent;
        Receive<Serve>(m => names[m.Subscription] = m.To);
        Receive<ISubscriptionItem>(OnItem);
        Receive<SubscriptionChecked>(m => Add(new SubscriptionPart(names[m.Subscription], Checked: m), m.Subscription.Length));
        Receive<Leave>(m => names.Remove(m.Subscription));
        Receive<Go>(_ => Send());
    }

    public static Props Props(IActorRef parent) => Akka.Actor.Props.Create(() => new CourierActor(parent));

    protected override void PostStop() => Send();

    private void OnItem(ISubscriptionItem item)
    {
        var to = names[item.Subscription];
        var length = item.Subscription.Length + item.Cursor.Length;
        switch (item)
        {
            case Crossing crossing:
                var node = crossing.Node;
                Add(
                    new SubscriptionPart(to, Crossing: crossing),
                    length + crossing.Id.Length + (CharBytes * (node.Id.Length + (node.Name?.Length ?? 0) + (node.Hardware?.Length ?? 0) + crossing.Observation.Length)));
                break;
            case SubscriptionSynced synced:
                Add(new SubscriptionPart(to, Synced: synced), length);
                break;
            case SubscriptionGap gap:
                Add(new SubscriptionPart(to, Gap: gap), length + (CharBytes * gap.Reason.Length));
                break;
            default:
                throw new ArgumentException($"expected a crossing, synced or a gap; got {item.GetType().Name}");
        }
    }

    private void Add(SubscriptionPart part, int texts)
    {
        var size = PartBytes + (CharBytes * part.To.Length) + texts;
        if (bytes + size > MostBytes)
        {
            Send();
        }
        else if (parts.Count == 0)
        {
            Self.Tell(Go.Instance); // after what has come by now
        }

        parts.Add(part);
        bytes += size;
    }

    private void Send()
    {
        if (parts.Count > 0)
        {
            parent.Tell(new SubscriptionBundle(parts));
            (parts, bytes) = ([], 0);
        }
    }

    /// <summary>A subscription's items go to this child.</summary>
    internal sealed record Serve(string Subscription, string To) : ILocalMessage;

    /// <summary>A subscription has ended.</summary>
    internal sealed record Leave(string Subscription) : ILocalMessage;

    private sealed record Go : ILocalMessage
    {
        public static Go Instance { get; } = new();
    }
}
