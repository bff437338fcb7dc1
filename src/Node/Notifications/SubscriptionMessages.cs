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

/// <summary>What a majority of a node's copies store of it.</summary>
/// <param name="Since">The node's presents, each report's effect told apart from a moment on; null where nothing is known.</param>
/// <param name="Has">Whether the reports that were received at these times are among it.</param>
internal sealed record StoredPresents(Func<Stamp, PresentSequence?> Since, Func<IReadOnlyList<Stamp>, bool> Has);

/// <summary>
/// A node whose present has changed in one copy's view, and what a majority of its copies store of it: read when the first subscriber of this member
/// needs it, once for all of them.
/// </summary>
internal sealed class NoticedNode(PresentSequence reading, Func<NodeId, Task<StoredPresents>> read, int times = 1)
{
    // With the pauses before each: 12.7 s, longer than the gate tries to have a report stored by a majority.
    private const int MostTimes = 8;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    private readonly Lazy<Task<StoredPresents>> majority = new(() => read(reading.Node));
    private readonly Lazy<NoticedNode> again = new(() => new NoticedNode(reading, read, times + 1));

    public PresentSequence Reading { get; } = reading;

    /// <summary>What a majority stores.</summary>
    public Task<StoredPresents> Majority => majority.Value;

    /// <summary>The same, to be read anew after a pause: the copy that this was noticed by may be ahead of a majority. Null when it was read often enough.</summary>
    public (NoticedNode Node, TimeSpan After)? Again => times < MostTimes ? (again.Value, FirstPause * (1 << (times - 1))) : null;
}
