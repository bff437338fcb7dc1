using FailureHistory.Messages;

namespace FailureHistory.Client.Subscribing;

/// <summary>
/// The one stream that a caller sees, made of what the members told in one session after another. A member that is asked to go on from a cursor may
/// tell of the last few crossings again (docs/decisions/20): they have the same ids, which are remembered.
/// </summary>
internal sealed class ToldStream(string? cursor)
{
    private const int Remembered = 20_000;

    private readonly string subscription = Guid.NewGuid().ToString("n");
    private readonly HashSet<string> told = new(StringComparer.Ordinal);
    private readonly Queue<string> order = new();
    private long number;
    private bool isSynced;

    /// <summary>From where another member is to go on.</summary>
    public string? Cursor { get; private set; } = cursor;


    /// <summary>The item as the caller is to see it; null where it is not to.</summary>
    public ISubscriptionItem? Take(ISubscriptionItem item)
    {
        if (item.Cursor.Length > 0)
        {
            Cursor = item.Cursor;
        }

        switch (item)
        {
            case Crossing crossing:
                return Remember(crossing.Id) ? crossing with { Subscription = subscription, Number = ++number } : null;
            case SubscriptionSynced synced:
                if (isSynced)
                {
                    return null;
                }

                isSynced = true;
                return synced with { Subscription = subscription, Number = ++number };
            case SubscriptionGap { Ended: true }:
                return null; // only this session has ended, and the cursor says where to go on
            case SubscriptionGap gap:
                isSynced = false;
                told.Clear();
                order.Clear();
                return gap with { Subscription = subscription, Number = ++number };
            default:
                return null;
        }
    }

    private bool Remember(string id)
    {
        if (!told.Add(id))
        {
            return false;
        }

        order.Enqueue(id);
        if (order.Count > Remembered)
        {
            told.Remove(order.Dequeue());
        }

        return true;
    }
}
