using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;

namespace FailureHistory.Simulator.Members;

/// <summary>
/// The process of a member: what its actors hold in memory, made of the core's classes and nothing else that decides. What is sent goes to the network, what
/// is kept to the disk; a crash leaves the disk. Its parts are in the files beside this one, named after the actors they stand for.
/// </summary>
internal sealed partial class MemberProcess
{
    private readonly World world;
    private readonly SimMember host;
    private readonly SimDisk disk;
    private readonly Decisions decisions;
    private readonly SimulationOptions options;
    private readonly SortedDictionary<int, SimCopy> copies = [];
    private HybridClock clock = new(Stamp.Zero);

    public MemberProcess(World world, SimMember host)
    {
        this.world = world;
        this.host = host;
        disk = host.Disk;
        decisions = world.Decisions;
        options = world.Options;
        ringState = disk.Ring;
        orphans = new OrphanedCopies(host.Id);
    }

    public RingView? Ring { get; private set; }

    /// <summary>What it has sent.</summary>
    public Traffic Traffic => host.Traffic;

    public IReadOnlyDictionary<int, SimCopy> Copies => copies;

    public Stamp Now => clock.Now(Wall);

    private MemberId Id => host.Id;

    private Stamp Wall => world.Now + host.Skew;

    public CopyStatus StatusOf(int segment) => copies.TryGetValue(segment, out var copy) ? decisions.StatusOf(copy) : CopyStatus.Initial;

    /// <summary>Starts as a member does: its disk, then the ring, then the others.</summary>
    public void Begin()
    {
        var atStart = ringState.InForce is { } record ? world.ViewOf(record) : null;
        Ring = atStart;
        var counted = disk.ReadCounting(atStart, Id);
        var first = options.Segments <= Segments.Count ? Enumerable.Range(0, options.Segments) : atStart?.Placement.SegmentsOf(Id) ?? [];
        foreach (var segment in first)
        {
            copies[segment] = new SimCopy(segment, Id, decisions.Settle(options.Settle), decisions.CountedBefore(counted.Contains(segment), host.LogWasLost));
        }

        if (host.LogWasLost && !decisions.CountedBefore(onDisk: true, logWasLost: true))
        {
            disk.Counting = (0, []);
        }

        ReadDisk();
        world.Checks.Started(host, atStart);
        foreach (var copy in copies.Values)
        {
            copy.Readiness.JournalRecovered(atStart);
        }

        if (world.Story.IsOn)
        {
            world.Story.Tell($"{host.Name} starts, ring {Ring?.Version ?? 0}, {copies.Values.Sum(c => c.Machine.ObservationCount)} observations");
        }

        offeredAt = world.Queue.Now;
        nextExchange = world.Queue.Now + world.Random.Between(TimeSpan.Zero, options.ExchangeInterval);
        After(world.Random.Between(TimeSpan.Zero, options.TickEvery), Tick);
    }

    /// <summary>Whether it hears another member, by its failure detector: not, once nothing came from it for three seconds.</summary>
    public bool Hears(MemberId member)
    {
        if (member == Id || !options.KeepsRing)
        {
            return true;
        }

        var other = world.ById[member];
        var silent = other.IsGone ? TimeSpan.Zero : other.SilentSince;
        if (world.Network.CutSince(other.Place, host.Place) is { } cut && (silent is null || cut < silent))
        {
            silent = cut;
        }

        if (world.Network.CutSince(host.Place, other.Place) is { } back && (silent is null || back < silent))
        {
            silent = back; // a heartbeat is a question and its answer
        }

        return silent is not { } since || world.Queue.Now - since < TimeSpan.FromSeconds(3);
    }

    private void Tick()
    {
        TickGate();
        TickReads();
        TickExchange();
        if (options.KeepsRing)
        {
            TickRing();
        }

        KeepCounting();
        if (options.KeepsRing)
        {
            TellCounting();
        }

        After(options.TickEvery, Tick);
    }

    private void After(TimeSpan delay, Action run) => world.Queue.After(delay, host.InThisLife(run));

    /// <summary>Sends a request; the answer, if any comes, goes to this process, never to its successor.</summary>
    private void Ask(MemberId to, Message message)
    {
        var target = world.ById[to];
        var life = host.Life;
        Traffic.Note(message);
        world.Network.Send(host.Place, target.Place, () => target.Run(process =>
        {
            Tell(host, target, message);
            process.Handle(message, Id, reply =>
            {
                process.Traffic.Note(reply);
                world.Network.Send(target.Place, host.Place, () => host.RunIn(life, () =>
                {
                    Tell(target, host, reply);
                    OnReply(reply);
                }));
            });
        }));
    }

    /// <summary>What came from another member, or from this one.</summary>
    private void Handle(Message message, MemberId from, Action<Message> reply)
    {
        switch (message)
        {
            case WriteBatch m: OnWriteBatch(m, reply); break;
            case CompareDigests m: OnCompare(m, from, reply); break;
            case ListNodeDigests m: OnListNodeDigests(m, reply); break;
            case PullNodes m: OnPullNodes(m, reply); break;
            case DigestQuery m: OnDigestQuery(m, reply); break;
            case ReplicaQuery m: OnReplicaQuery(m, reply); break;
            case PullNode m: OnPullNode(m, reply); break;
            case RingPrepare m: OnPrepare(m, reply); break;
            case RingAccept m: OnAccept(m, reply); break;
            case RingInForce m: Learn(m.Record); break;
            case RingQuery: TellRing(reply); break;
            case RingCheck m: OnRingCheck(m, reply); break;
            case CountingTold m: OnCountingTold(m); break;
            case OfferOrphans m: OnOffer(m, from, reply); break;
            case ShowSelf m: shown[m.Member.Id] = (m.Member, world.Queue.Now); break;
            default: throw new ArgumentException($"nobody handles {message.GetType().Name}", nameof(message));
        }
    }

    private void OnReply(Message reply)
    {
        switch (reply)
        {
            case BatchWritten m: OnWritten(m); break;
            case DigestsCompared m: OnCompared(m); break;
            case NodeDigestPage m: OnDigestPage(m); break;
            case NodesPage m: OnNodesPage(m); break;
            case DigestAnswer m: OnDigestAnswer(m); break;
            case ReplicaAnswer m: OnReplicaAnswer(m); break;
            case NodePage m: OnNodePage(m); break;
            case RingPrepared m: OnPrepared(m); break;
            case RingAccepted m: OnAccepted(m); break;
            case RingInForce m: Learn(m.Record); break;
            case RingChecked m: OnRingChecked(m); break;
            case OrphansHeld m: OnOrphansHeld(m); break;
            default: throw new ArgumentException($"nobody takes {reply.GetType().Name} as an answer", nameof(reply));
        }
    }

    private void Tell(SimMember from, SimMember to, Message message)
    {
        if (world.Story.IsOn && from != to)
        {
            world.Story.Tell($"{from.Name} > {to.Name} {Words.Of(message)}");
        }
    }
}
