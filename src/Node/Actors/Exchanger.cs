using Akka.Actor;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Actors;

/// <summary>
/// Anti-entropy of one member (R9.5, DESIGN D4): compares digests of its copies with those of the other replicas, one message per peer, and has
/// the SegmentActors pull what differs, a few at a time. Copies that fetch (R9.4) are compared at once, for themselves alone; the rest in rounds,
/// which the segments' stewards make due (<see cref="ExchangeRounds"/>) and which heal both sides. Owns no data; a lost message only delays to
/// the next round.
/// </summary>
internal sealed class Exchanger : ReceiveActor, IWithTimers
{
    private const int PullsAtATime = 8;
    private static readonly TimeSpan Urgent = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan PullLimit = TimeSpan.FromMinutes(2);

    private readonly MemberContext context;
    private readonly Queue<(int Segment, PullFrom Pull)> queue = new();
    private readonly Dictionary<int, (MemberId Peer, long StartedAt, ulong Digest)> pulling = [];
    private readonly HashSet<int> changed = [];
    private readonly ExchangeRounds rounds;
    private readonly FetchPatience patience = new();
    private readonly long startedAt;
    private readonly OrphanExchange orphans;
    private HandOver? handOver;
    private long lastUrgent;
    private long urgentRounds;
    private int reachable;

    public Exchanger(MemberContext context)
    {
        this.context = context;
        startedAt = context.Time.GetTimestamp();
        rounds = new ExchangeRounds(context.Settings.ExchangeInterval, context.Time);
        orphans = new OrphanExchange(context);
        Receive<Tick>(_ => OnTick());
        Receive<RingChangedTo>(_ => OnRingChanged());
        Receive<ExchangeDue>(m => rounds.Due(m.Segment));
        Receive<RepairSegment>(m => rounds.Repair((int)m.Segment), m => m.Segment < Segments.Count);
        Receive<CompareDigests>(OnCompare);
        Receive<DigestsCompared>(OnCompared);
        Receive<PullEnded>(OnPullEnded);
        Receive<HandOverNow>(_ =>
        {
            handOver = new HandOver(context, Sender);
            CarryOnHandingOver(compare: true);
        });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private TimeSpan Elapsed => context.Time.GetElapsedTime(startedAt);

    public static Props Props(MemberContext context) => Akka.Actor.Props.Create(() => new Exchanger(context));

    protected override void PreStart() => Timers.StartPeriodicTimer("tick", Tick.Instance, TimeSpan.FromMilliseconds(250));

    private void OnRingChanged()
    {
        queue.Clear();
        changed.Clear();
        patience.Clear();
        orphans.RingChanged();
        urgentRounds = 0;
        lastUrgent = 0;
        OnTick();
    }

    private void OnTick()
    {
        if (context.Ring is not { } ring || context.SegmentActors.Count == 0)
        {
            return;
        }

        GiveUpStuckPulls();
        var own = ring.Placement.SegmentsOf(context.Id);
        var inRound = rounds.Take(s => ring.Placement.Holds(context.Id, s) && context.Board[s].Phase != CopyPhase.Recovering);
        if (inRound.Count > 0)
        {
            CompareInRound(ring, inRound);
        }

        var urgent = own.Where(s => DigestComparison.IsUrgent(context.Board[s])).ToList();
        TellThoseWithNobodyToAsk(ring, urgent);

        var nowReachable = ring.Record.Members.Count(m => context.Peers.IsReachable(m.Id));
        if (nowReachable > reachable)
        {
            urgentRounds = 0; // somebody came who may have what is lacking
        }

        reachable = nowReachable;

        // Where the others stay away, asking twice a second for ever would help nobody.
        var pause = urgentRounds < 20 ? Urgent : Urgent * 4;
        if (urgent.Count > 0 && (lastUrgent == 0 || context.Time.GetElapsedTime(lastUrgent) >= pause))
        {
            lastUrgent = context.Time.GetTimestamp();
            urgentRounds++;
            Compare(ring, urgent, context.Now, isRound: false);
        }

        orphans.Offer(ring, Self);
        CarryOnHandingOver(compare: true);
    }

    // Rounds, one with each tick, until every other holder in reach was seen to have all.
    private void CarryOnHandingOver(bool compare)
    {
        if (handOver is null)
        {
            return;
        }

        var left = handOver.Left();
        if (left.Count == 0 || handOver.IsLate)
        {
            handOver.End(left.Count);
            handOver = null;
        }
        else if (compare && context.Ring is { } ring)
        {
            CompareInRound(ring, left);
        }
    }

    private void TellThoseWithNobodyToAsk(RingView ring, List<int> urgent)
    {
        foreach (var segment in urgent.Where(s => context.Board[s].Phase == CopyPhase.Fetching))
        {
            if (patience.IsOver(segment, Elapsed))
            {
                context.SegmentActors[segment].Tell(new NobodyToAsk(ring.Version));
            }
        }
    }

    private void CompareInRound(RingView ring, IReadOnlyList<int> segments)
    {
        var horizon = context.Now;
        foreach (var segment in segments)
        {
            context.SegmentActors[segment].Tell(new CompactNow(horizon));
        }

        Compare(ring, segments, horizon, isRound: true);
    }

    private void Compare(RingView ring, IReadOnlyList<int> segments, Stamp horizon, bool isRound)
    {
        var byPeer = new Dictionary<MemberId, List<int>>();
        foreach (var segment in segments)
        {
            foreach (var peer in DigestComparison.Peers(ring, context.Id, segment, context.Board[segment]))
            {
                (byPeer.TryGetValue(peer, out var list) ? list : byPeer[peer] = []).Add(segment);
            }
        }

        foreach (var (peer, list) in byPeer)
        {
            var compare = new CompareDigests { RingVersion = ring.Version, Horizon = horizon.Ticks, Member = WireIds.Bytes(context.Id), Round = isRound, HeldUntil = context.HeldUntil.Ticks };
            compare.Segments.AddRange(list.Select(s => new SegmentDigest { Segment = (uint)s, Digest = context.Board[s].Digest, Counts = context.Board[s].Counts }));
            context.Peers.Ref(peer, "fh/exchange")?.Tell(compare, Self);
        }
    }

    private void OnCompare(CompareDigests compare)
    {
        context.Hold(new Stamp(compare.HeldUntil)); // before anything is compacted
        if (compare.Orphaned)
        {
            Sender.Tell(orphans.Answer(compare, Enqueue));
            StartPulls();
            return;
        }

        var reply = new DigestsCompared { RingVersion = context.Ring?.Version ?? 0, Horizon = compare.Horizon, Member = WireIds.Bytes(context.Id), HeldUntil = context.HeldUntil.Ticks };
        foreach (var theirs in compare.Segments)
        {
            var ours = context.Board[(int)theirs.Segment];
            var compared = DigestComparison.With(ours, theirs.Digest);
            if (compared == Compared.Unavailable)
            {
                reply.Unavailable.Add(theirs.Segment);
                continue;
            }

            if (compare.Round)
            {
                TakePart(compare, (int)theirs.Segment, compared == Compared.Differing);
            }

            if (DigestComparison.Vouches(ours, reply.RingVersion))
            {
                reply.Counting.Add(theirs.Segment);
            }

            if (compared == Compared.Equal)
            {
                reply.Equal.Add(theirs.Segment);
            }
            else
            {
                reply.Differing.Add(new SegmentDigest { Segment = theirs.Segment, Digest = ours.Digest, Counts = ours.Counts });
            }
        }

        Sender.Tell(reply);
        StartPulls();
    }

    // One comparison heals both sides: the sender hears of the difference by the reply, and this member pulls what the sender has more. Copies
    // compact to the horizon of the round, so that repeats dropped here and not there are no difference at the next one.
    private void TakePart(CompareDigests round, int segment, bool differs)
    {
        if (context.Ring is not { } ring || round.RingVersion != ring.Version || !context.Holds(segment))
        {
            return;
        }

        rounds.Noted(segment);
        var horizon = new Stamp(round.Horizon);
        context.SegmentActors[segment].Tell(new CompactNow(horizon));
        if (differs)
        {
            Enqueue(segment, new PullFrom(WireIds.Member(round.Member), ring.Version, horizon));
        }
    }

    private void OnCompared(DigestsCompared compared)
    {
        context.Hold(new Stamp(compared.HeldUntil));
        if (context.Ring is not { } ring || compared.RingVersion != ring.Version)
        {
            return;
        }

        var peer = WireIds.Member(compared.Member);
        var counting = compared.Counting.ToHashSet();
        foreach (var segment in compared.Equal)
        {
            if (!ring.Placement.Holds(context.Id, (int)segment))
            {
                orphans.Held(ring, new Stamp(compared.Horizon), (int)segment, peer);
                continue;
            }

            patience.Answered((int)segment, peer, counting.Contains(segment), Elapsed);
            handOver?.Has((int)segment, peer, new Stamp(compared.Horizon));
            context.SegmentActors[(int)segment].Tell(new MergedWith(peer, counting.Contains(segment), ring.Version));
        }

        foreach (var differing in compared.Differing)
        {
            var segment = (int)differing.Segment;
            patience.Answered(segment, peer, counting.Contains(differing.Segment), Elapsed);
            Enqueue(segment, new PullFrom(peer, ring.Version, new Stamp(compared.Horizon)));
        }

        StartPulls();
        CarryOnHandingOver(compare: false);
    }

    // What waits or is under way is not asked for twice.
    private bool Enqueue(int segment, PullFrom pull)
    {
        if (queue.Any(q => q.Segment == segment && q.Pull.Peer == pull.Peer) || (pulling.TryGetValue(segment, out var now) && now.Peer == pull.Peer))
        {
            return false;
        }

        queue.Enqueue((segment, pull));
        return true;
    }

    private void StartPulls()
    {
        for (var i = queue.Count; i > 0 && pulling.Count < PullsAtATime; i--)
        {
            var (segment, pull) = queue.Dequeue();
            if (pulling.ContainsKey(segment))
            {
                queue.Enqueue((segment, pull));
                continue;
            }

            pulling[segment] = (pull.Peer, context.Time.GetTimestamp(), context.Board[segment].Digest);
            context.SegmentActors[segment].Tell(pull, Self);
        }
    }

    private void OnPullEnded(PullEnded ended)
    {
        context.Metrics.Pulled(ended.Merged);
        orphans.Pulled(ended);
        if (pulling.TryGetValue(ended.Segment, out var pull) && pull.Peer == ended.Peer)
        {
            pulling.Remove(ended.Segment);
            if (context.Board[ended.Segment].Digest != pull.Digest)
            {
                changed.Add(ended.Segment);
            }

            if (!queue.Any(q => q.Segment == ended.Segment) && changed.Remove(ended.Segment))
            {
                rounds.Changed(ended.Segment);
            }
        }

        if (!ended.Merged)
        {
            patience.Failed(ended.Segment, ended.Peer);
        }

        StartPulls();
    }

    private void GiveUpStuckPulls()
    {
        foreach (var (segment, _) in pulling.Where(p => context.Time.GetElapsedTime(p.Value.StartedAt) > PullLimit).ToList())
        {
            pulling.Remove(segment);
        }
    }

    private sealed record Tick : ILocalMessage
    {
        public static Tick Instance { get; } = new();
    }
}
