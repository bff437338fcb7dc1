using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;
using FailureHistory.Simulator.Checks;
using FailureHistory.Simulator.Engine;
using FailureHistory.Simulator.Members;

namespace FailureHistory.Simulator;

/// <summary>One simulated cluster: time, network, members, and what watches over them.</summary>
internal sealed class World
{
    private static readonly Stamp Beginning = Stamp.From(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly Dictionary<RingRecord, RingView> views = new(ReferenceEqualityComparer.Instance);

    public World(SimulationOptions options, Decisions decisions, Action<string>? listener = null)
    {
        Options = options;
        Decisions = decisions;
        Random = new SplitMix(options.Seed);
        Queue = new EventQueue();
        Story = new Story(Queue, 50, listener);
        Network = new SimNetwork(Queue, Random, NetworkManners.Good);
        Cluster = Random.Id();
        Checks = new Watch(this);
    }

    public SimulationOptions Options { get; }

    public Decisions Decisions { get; }

    public SplitMix Random { get; }

    public EventQueue Queue { get; }

    public Story Story { get; init; }

    public SimNetwork Network { get; }

    public UInt128 Cluster { get; }

    public Watch Checks { get; }

    /// <summary>Called when a proposer has sent its record to be voted for.</summary>
    public Action<SimMember>? Accepting { get; set; }

    /// <summary>All that ever were, by their places; a lost folder's successor is another one.</summary>
    public List<SimMember> Members { get; } = [];

    public Dictionary<MemberId, SimMember> ById { get; } = [];

    /// <summary>The true time.</summary>
    public Stamp Now => Beginning + Queue.Now;

    /// <summary>All versions of the ring that were ever looked at.</summary>
    public IReadOnlyCollection<RingView> Rings => views.Values;

    public SimMember AddMember(MemberId id)
    {
        var member = new SimMember(this, Members.Count, id);
        Members.Add(member);
        ById[id] = member;
        return member;
    }

    public RingView ViewOf(RingRecord record)
    {
        if (!views.TryGetValue(record, out var view))
        {
            views[record] = view = RingView.Of(record);
        }

        return view;
    }

    /// <summary>The segment of a node: its top eight bits, which the nodes of a simulation choose to fit; of more segments the top 16.</summary>
    public int SegmentOf(NodeId node) => Options.Segments <= Segments.Count ? Segments.Of(node) : (int)(node.Value >> 112);

    /// <summary>The id of the n-th node.</summary>
    public NodeId NodeOf(int n) => new(((UInt128)(uint)(n % Options.Segments) << (Options.Segments <= Segments.Count ? 120 : 112)) | (uint)(n + 1));

    /// <summary>The latest version of the ring that anybody knows to be in force.</summary>
    public RingView LatestRing => ViewOf(Members.Select(m => m.Disk.Ring.InForce).OfType<RingRecord>().MaxBy(r => r.Version)!);
}
