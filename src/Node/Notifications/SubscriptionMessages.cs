using FailureHistory.Core.Identity;
using FailureHistory.Core.Notifications;
using FailureHistory.Core.Time;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Notifications;

/// <summary>To a SubscriberActor: all members know what it wants; it may read the present.</summary>
internal sealed record InterestSpread : ILocalMessage
{
    public static InterestSpread Instance { get; } = new();
}

/// <summary>To a SubscriberActor: raised by somebody.</summary>
internal sealed record Noticed(IReadOnlyList<NoticedNode> Nodes) : ILocalMessage;

/// <summary>To a SubscriberActor: all that was acknowledged before this has been received, if it was raised.</summary>
internal sealed record ReceivedUpTo(Stamp Stamp) : ILocalMessage;

/// <summary>To a SubscriberActor: something raised may be lost; read again what happened.</summary>
internal sealed record ReadAgain : ILocalMessage
{
    public static ReadAgain Instance { get; } = new();
}

/// <summary>
/// A node whose present has changed in one copy's view, and what a majority of its copies store of it: read when the first subscriber of this member
/// needs it, once for all of them.
/// </summary>
internal sealed class NoticedNode(PresentSequence reading, Func<NodeId, Task<Func<Stamp, PresentSequence?>>> read)
{
    private readonly Lazy<Task<Func<Stamp, PresentSequence?>>> majority = new(() => read(reading.Node));

    public PresentSequence Reading { get; } = reading;

    /// <summary>The node's presents by a majority of its copies, each report's effect told apart from a moment on; null where nothing is known.</summary>
    public Task<Func<Stamp, PresentSequence?>> Majority => majority.Value;
}
