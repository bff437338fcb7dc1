using System.Collections.Concurrent;
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

/// <summary>What a majority of a node's copies store of it, evaluated once for all subscribers that ask alike: most of them know the same.</summary>
/// <param name="since">The node's presents, each report's effect told apart from a moment on; null where nothing is known.</param>
/// <param name="has">Whether a report, by its hash (<see cref="Present.HashOf"/>), is among it.</param>
internal sealed class StoredPresents(Func<Stamp, PresentSequence?> since, Func<ulong, bool> has)
{
    private readonly ConcurrentDictionary<Stamp, Lazy<PresentSequence?>> evaluated = new();

    /// <summary>The node's presents.</summary>
    public PresentSequence? Since(Stamp moment) => evaluated.GetOrAdd(moment, static (at, read) => new Lazy<PresentSequence?>(() => read(at)), since).Value;

    /// <summary>Whether it is among it.</summary>
    public bool Has(ulong report) => has(report);
}

/// <summary>
/// A node whose present has changed in one copy's view, and what a majority of its copies store of it: read when the first subscriber of this member
/// needs it, once for all of them.
/// </summary>
internal sealed class NoticedNode
{
    private readonly Lazy<Task<StoredPresents>> majority;
    private readonly Lazy<NoticedNode> again;

    public NoticedNode(PresentSequence reading, Func<NodeId, Task<StoredPresents>> read)
    {
        Reading = reading;
        majority = new Lazy<Task<StoredPresents>>(() => read(reading.Node));
        again = new Lazy<NoticedNode>(() => new NoticedNode(reading, read));
    }

    public PresentSequence Reading { get; }

    /// <summary>What a majority stores, as of when it was first asked for.</summary>
    public Task<StoredPresents> Majority => majority.Value;

    /// <summary>The same, to be read once more.</summary>
    public NoticedNode Again => again.Value;
}
