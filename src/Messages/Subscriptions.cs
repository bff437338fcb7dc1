using FailureHistory.Core.Time;

namespace FailureHistory.Messages;

/// <summary>
/// Asks to be told when the probability that a node is down crosses a threshold (R8.1). Answered by <see cref="Subscribed"/>,
/// <see cref="InvalidRequest"/> or <see cref="TryAgain"/>; after that the sender is told with <see cref="Crossing"/>,
/// <see cref="SubscriptionSynced"/> and <see cref="SubscriptionGap"/>, numbered from 1 without holes, and answers with
/// <see cref="NotificationsSeen"/>. It ends with <see cref="Unsubscribe"/>, or with the subscriber.
/// </summary>
/// <param name="Nodes">Ids, names, globs of names, or <c>hw:</c> and a hardware address; null or empty for all nodes. At most 1,000.</param>
/// <param name="Above">Up means P ≥ this; in (0, 1].</param>
/// <param name="Below">Down means P &lt; this; in (0, <paramref name="Above"/>], default <paramref name="Above"/>.</param>
/// <param name="For">How long P ≥ <paramref name="Above"/> must have held before up is told; null for not at all. Not negative, at most 30 days.</param>
/// <param name="LastId">
/// The <see cref="ISubscriptionItem.Cursor"/> of the last item seen, or the <see cref="Crossing.Id"/> of the last crossing: what came after it
/// is told first (R8.3). Null: begin with the present.
/// </param>
/// <param name="Grouped">
/// For an application with many subscriptions: what the sender is to be told comes, together with that for its siblings, as
/// <see cref="SubscriptionBundle"/> to its parent. A member of an earlier build, or of the same process, tells the sender itself: <see cref="Subscribed.Grouped"/> says whether it is so.
/// </param>
public sealed record Subscribe(
    IReadOnlyList<string>? Nodes, double Above, double? Below = null, TimeSpan? For = null, string? LastId = null, bool Grouped = false);

/// <summary>The subscription is taken.</summary>
/// <param name="Subscription">Its id, which every item names.</param>
/// <param name="Window">How many items may be unseen (<see cref="NotificationsSeen"/>) before the subscriber is cut off as too slow (R8.5).</param>
/// <param name="Grouped">Whether the sender's parent is told (<see cref="Subscribe.Grouped"/>), and may answer with <see cref="SubscriptionSignals"/>.</param>
public sealed record Subscribed(string Subscription, int Window, bool Grouped = false);

/// <summary>Ends a subscription. Answered by <see cref="Unsubscribed"/>, also when there is none (R8.5).</summary>
public sealed record Unsubscribe(string Subscription);

/// <summary>There is no such subscription any more.</summary>
public sealed record Unsubscribed(string Subscription);

/// <summary>From the subscriber: it has taken in every item up to this number. Not answered.</summary>
public sealed record NotificationsSeen(string Subscription, long Number);

/// <summary>
/// From the subscriber: is its subscription still there? Answered, after all items sent before, by <see cref="SubscriptionChecked"/>, or by
/// <see cref="Unsubscribed"/>. Who has asked once must go on asking: the subscription then ends with 30 s of silence, and no longer with what
/// Akka's death watch thinks of the subscriber.
/// </summary>
public sealed record CheckSubscription(string Subscription);

/// <summary>It is.</summary>
/// <param name="Subscription">The subscription.</param>
/// <param name="LastNumber">The number of the last item sent, or 0: who has not had it by now has lost it.</param>
public sealed record SubscriptionChecked(string Subscription, long LastNumber);

/// <summary>What a subscriber is sent.</summary>
public interface ISubscriptionItem
{
    /// <summary>The id of the subscription.</summary>
    string Subscription { get; }

    /// <summary>1 for the first item, then one more each time: a hole tells a subscriber that it lost something, and it subscribes anew with the last cursor it has.</summary>
    long Number { get; }

    /// <summary>Where to go on from after this item: <see cref="Subscribe.LastId"/> of another subscription with the same numbers, at any member.</summary>
    string Cursor { get; }
}

/// <summary>The side of a threshold that P has crossed to (R8.1).</summary>
public enum CrossingDirection
{
    /// <summary>P ≥ above.</summary>
    Up = 0,

    /// <summary>P &lt; below.</summary>
    Down = 1,
}

/// <summary>P of a node has crossed the threshold; or, before <see cref="SubscriptionSynced"/>, is on that side at present (R8.2).</summary>
/// <param name="Subscription">The subscription.</param>
/// <param name="Number">The number of the item.</param>
/// <param name="Cursor">Where to go on from.</param>
/// <param name="Id">The notification's id: the same whichever replica raised it, and after a resumption (R8.3).</param>
/// <param name="Node">The node.</param>
/// <param name="Direction">The side that it is on now.</param>
/// <param name="Probability">P of the period that begins here, in [0, 1]; null where it is unknown, which no crossing ever is.</param>
/// <param name="At">When that period began.</param>
/// <param name="Observation">The id of the observation that opened it.</param>
public sealed record Crossing(
    string Subscription, long Number, string Cursor, string Id, NodeRef Node, CrossingDirection Direction, double? Probability, Stamp At, string Observation)
    : ISubscriptionItem;

/// <summary>The present side, or what was missed, has been told; from now on every crossing is (R8.2).</summary>
public sealed record SubscriptionSynced(string Subscription, long Number, string Cursor) : ISubscriptionItem;

/// <summary>
/// Crossings may be missing (R8.3, R8.5). Unless it has ended the present follows as after a new subscription: what was known before is to be
/// forgotten.
/// </summary>
/// <param name="Subscription">The subscription.</param>
/// <param name="Number">The number of the item.</param>
/// <param name="Cursor">Where to go on from.</param>
/// <param name="Reason">Why, in words.</param>
/// <param name="Ended">Whether the subscription has ended, too.</param>
public sealed record SubscriptionGap(string Subscription, long Number, string Cursor, string Reason, bool Ended) : ISubscriptionItem;

/// <summary>To the parent of grouped subscribers (<see cref="Subscribe.Grouped"/>): what is for its children, in the order in which it was sent.</summary>
public sealed record SubscriptionBundle(IReadOnlyList<SubscriptionPart> Parts);

/// <summary>What is for one subscriber of a group: one of these.</summary>
/// <param name="To">The subscriber: the name of the actor that sent <see cref="Subscribe"/>.</param>
/// <param name="Crossing">A crossing, or null.</param>
/// <param name="Synced">Or that all before has been told.</param>
/// <param name="Gap">Or a gap.</param>
/// <param name="Checked">Or the answer to <see cref="CheckSubscription"/>.</param>
public sealed record SubscriptionPart(
    string To, Crossing? Crossing = null, SubscriptionSynced? Synced = null, SubscriptionGap? Gap = null, SubscriptionChecked? Checked = null);

/// <summary>
/// From the parent of grouped subscribers, for many of them at once. What is checked and is there no more is answered to the parent with
/// <see cref="Unsubscribed"/>, the rest in <see cref="SubscriptionBundle"/>.
/// </summary>
/// <param name="Seen">What they have taken in.</param>
/// <param name="Checks">Which subscriptions are asked for.</param>
public sealed record SubscriptionSignals(IReadOnlyList<NotificationsSeen> Seen, IReadOnlyList<CheckSubscription> Checks);
