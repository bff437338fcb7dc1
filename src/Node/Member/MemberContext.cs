using Akka.Actor;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Probability;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;
using FailureHistory.Node.Configuration;
using FailureHistory.Node.Notifications;
using FailureHistory.Node.Registry;
using FailureHistory.Node.Ring;
using FailureHistory.Node.Telemetry;

namespace FailureHistory.Node.Member;

/// <summary>
/// What the actors of one member share: immutable values behind volatile references, each written by one actor and read by all
/// (the ring by RingActor, the registry by ProbabilityAggregator, the board by the SegmentActors).
/// </summary>
public sealed class MemberContext
{
    // As long as a restore may take from one part of what belongs together to another: batches go by node, and members hold some of the nodes.
    private static readonly TimeSpan RestoreHold = TimeSpan.FromMinutes(10);

    private volatile RingView? ring;
    private volatile DetectorRegistry registry = DetectorRegistry.Empty;
    private volatile IReadOnlyList<IActorRef> segments = [];
    private volatile ServingMap serving = ServingMap.Empty;
    private string joiningStatus = "starting";
    private string storageStatus = string.Empty;
    private volatile InterestView interest = InterestView.None;
    private volatile IActorRef subscriptions = ActorRefs.Nobody;
    private readonly Lazy<ClusterTools> systemTools;
    private volatile bool logWritable;
    private volatile bool recovered;
    private volatile KeptVouching? vouching;
    private volatile bool awaitsRegistry;
    private volatile bool isStopping;
    private volatile bool startsAgain;
    private long heldUntil;

    /// <summary>A member's shared state, empty.</summary>
    public MemberContext(MemberId id, NodeSettings settings, TimeProvider time, Peers peers, ActorSystem system)
    {
        System = system;
        Id = id;
        Settings = settings;
        Time = time;
        Peers = peers;
        LatestRing = new LatestRing(this);
        Metrics = new MemberMetrics(this);
        system.RegisterOnTermination(Metrics.Dispose);
        systemTools = new Lazy<ClusterTools>(() => ClusterTools.OfSystem(system));
    }

    /// <summary>The member's id.</summary>
    public MemberId Id { get; }

    /// <summary>The actor system it runs in.</summary>
    public ActorSystem System { get; }

    /// <summary>Its settings.</summary>
    public NodeSettings Settings { get; }

    /// <summary>The wall clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>Where the others are.</summary>
    public Peers Peers { get; }

    /// <summary>Asks the ring's members whether the version known here is the latest.</summary>
    internal LatestRing LatestRing { get; }

    /// <summary>Whether it runs in an application's actor system, and in a cluster whose members come and go as the application says.</summary>
    public bool IsGuest { get; init; }

    /// <summary>Where its actors persist.</summary>
    public StoragePlugins Plugins { get; init; } = StoragePlugins.OfSystem;

    /// <summary>Akka's cluster tools: the actor system's, unless it is an application's.</summary>
    public ClusterTools Tools
    {
        get => field ?? systemTools.Value;
        init;
    }

    /// <summary>The hybrid logical clock of this member's gate (R2.3).</summary>
    public HybridClock Clock { get; } = new(Stamp.Zero);

    /// <summary>What the member counts and measures of itself.</summary>
    internal MemberMetrics Metrics { get; }

    /// <summary>What each segment's copy here is up to.</summary>
    public SegmentBoard Board { get; } = new();

    /// <summary>The ring in force as this member knows it, or null before it knows any.</summary>
    public RingView? Ring
    {
        get => ring;
        set => ring = value;
    }

    /// <summary>The detectors as this member knows them.</summary>
    public DetectorRegistry Registry
    {
        get => registry;
        set => registry = value;
    }

    /// <summary>This member's SegmentActors by segment; empty until they are started.</summary>
    public IReadOnlyList<IActorRef> SegmentActors
    {
        get => segments;
        set => segments = value;
    }

    /// <summary>Which segments each member serves, as DistributedData last told.</summary>
    internal ServingMap Serving
    {
        get => serving;
        set => serving = value;
    }

    /// <summary>What anybody wants to be told of (DESIGN D12).</summary>
    internal InterestView Interest
    {
        get => interest;
        set => interest = value;
    }

    /// <summary>Whether anybody wants to be told of anything.</summary>
    public bool AnyInterest => !interest.IsEmpty;

    /// <summary>This member's SubscriptionActor; nobody until it is started.</summary>
    public IActorRef Subscriptions
    {
        get => subscriptions;
        set => subscriptions = value;
    }

    /// <summary>
    /// Until when repeats are held (R2.6), by the horizon of the exchange: a part of a restored history may look like a run of repeats that the rest breaks.
    /// </summary>
    public Stamp HeldUntil => new(Interlocked.Read(ref heldUntil));

    /// <summary>Whether the log takes writes; otherwise the member is read-only.</summary>
    public bool LogWritable
    {
        get => logWritable;
        set => logWritable = value;
    }

    /// <summary>Which copies vouch by what this member's disk says; null before it was written since the start.</summary>
    internal KeptVouching? KeptVouching
    {
        get => vouching;
        set => vouching = value;
    }

    /// <summary>Whether this member's own disk has been read.</summary>
    public bool IsRecovered
    {
        get => recovered;
        set => recovered = value;
    }

    /// <summary>How many rows were in the log at the start: a snapshot that claims more is of a log that was lost.</summary>
    public long LogRows { get; set; } = long.MaxValue;

    /// <summary>Whether it started without a ring, or without the log that it had: what the others know of detectors it can't have on its disk.</summary>
    public bool IsNew { get; set; }

    /// <summary>
    /// Whether the detectors' registry is still to be read, from this member's own disk or, where it is new, from the others: until then it can
    /// neither stamp a report nor judge a state.
    /// </summary>
    public bool AwaitsRegistry
    {
        get => awaitsRegistry;
        set => awaitsRegistry = value;
    }

    /// <summary>Whether it was told to stop, and is about to (R9.8); it answers meanwhile.</summary>
    public bool IsStopping
    {
        get => isStopping;
        set => isStopping = value;
    }

    /// <summary>Whether its actor system is about to end and to be started again, because something failed or is to be joined anew: no orderly stop.</summary>
    public bool StartsAgain
    {
        get => startsAgain;
        set => startsAgain = value;
    }

    /// <summary>Why the member can't go on, in one line, once it can't.</summary>
    public TaskCompletionSource<string> Failure { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Why this member is not in a cluster yet, in words for an operator; empty once it is.</summary>
    public string JoiningStatus
    {
        get => Volatile.Read(ref joiningStatus);
        set => Volatile.Write(ref joiningStatus, value);
    }

    /// <summary>Restored rows arrived: repeats are held from now on for a while.</summary>
    public void HoldForRestore() => Hold(Now + RestoreHold);

    /// <summary>Repeats are held until then at another replica, or were here; what was ahead of any clock would hold them for ever.</summary>
    public void Hold(Stamp until)
    {
        var ticks = Math.Min(until.Ticks, (Now + RestoreHold).Ticks);
        for (var known = Interlocked.Read(ref heldUntil); ticks > known;)
        {
            var seen = Interlocked.CompareExchange(ref heldUntil, ticks, known);
            if (seen == known)
            {
                return;
            }

            known = seen;
        }
    }

    /// <summary>Ends the member: one line for the operator and exit code 2.</summary>
    public void Fail(string message) => Failure.TrySetResult(message);

    /// <summary>What its log's database keeps it waiting for, in words for an operator; empty when it does not.</summary>
    public string StorageStatus
    {
        get => Volatile.Read(ref storageStatus);
        set => Volatile.Write(ref storageStatus, value);
    }

    /// <summary>The wall clock as a stamp.</summary>
    public Stamp Wall => Stamp.From(Time.GetUtcNow());

    /// <summary>The hybrid clock's present: what <c>asOf</c> shows.</summary>
    public Stamp Now => Clock.Now(Wall);

    /// <summary>The node name of this member, <c>host:port</c>.</summary>
    public string Name => Peers.SelfName;

    /// <summary>Whether a member's copy counts now under this version of the ring, as far as is known here; false while it is out of reach.</summary>
    internal bool Counts(MemberId member, int segment, long ringVersion) => member == Id
        ? Board[segment] is { Counts: true } own && own.RingVersion == ringVersion
        : Peers.IsReachable(member) && Peers.IncarnationOf(member) is { } life && serving.Counts(member, life, segment, ringVersion);

    /// <summary>Whether this member holds the segment under the ring in force.</summary>
    public bool Holds(int segment) => ring?.Placement.Holds(Id, segment) ?? false;

    /// <summary>The actor of a segment's copy at a member, here or elsewhere; null when its address is unknown.</summary>
    public ICanTell? SegmentAt(MemberId member, int segment)
    {
        var local = segments;
        return member == Id && local.Count > segment ? local[segment] : Peers.Ref(member, $"fh/segment-{segment}");
    }
}

/// <summary>The segments whose copies vouch, as the disk says, under a version of the ring.</summary>
internal sealed record KeptVouching(long RingVersion, IReadOnlySet<int> Segments);
