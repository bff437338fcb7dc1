using System.Globalization;
using Akka;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using Akka.Event;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Actors;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Stewards;

/// <summary>
/// This member's share of the <see cref="SegmentSteward"/>s, <c>/user/fh/stewards</c>: starts the shard region once every copy of the member
/// serves, so that starting up is not slowed down by it; wakes the stewards whose place is here and that do not run (hosting a shard does not
/// start its entity); and stops the region first of all when the member stops. Keeps no state that matters: who runs where is sharding's.
/// </summary>
internal sealed class StewardRegion : ReceiveActor, IWithTimers
{
    private const string TypeName = "fh-stewards";
    private const int WakesAtATime = 32;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    // Members that join follow one another; every version of the ring moves stewards.
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(3);

    // A steward that runs elsewhere until its shard is moved here need not hear of it every second.
    private static readonly TimeSpan WakeAgainAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(2);

    private readonly MemberContext context;
    private readonly IActorRef exchanger;
    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly bool[] running = new bool[Segments.Count];
    private readonly long[] woken = new long[Segments.Count];
    private IActorRef? region;
    private bool starting;
    private bool stopping;
    private long version;
    private long versionSince;

    public StewardRegion(MemberContext context, IActorRef exchanger)
    {
        this.context = context;
        this.exchanger = exchanger;
        Receive<Tick>(_ => OnTick());
        Receive<StewardRuns>(m => running[m.Segment] = m.Runs);
        Receive<RegionStarted>(OnRegionStarted);
        Receive<RegionFailed>(OnRegionFailed);
        Receive<StopStewards>(_ => OnStop());
        Receive<GetStewards>(_ => Sender.Tell(new StewardsHere([.. Enumerable.Range(0, Segments.Count).Where(s => running[s])])));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(MemberContext context, IActorRef exchanger) => Akka.Actor.Props.Create(() => new StewardRegion(context, exchanger));

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer("tick", Tick.Instance, Every);
        var self = Self;
        CoordinatedShutdown.Get(Context.System).AddTask(CoordinatedShutdown.PhaseBeforeClusterShutdown, "stop-stewards", async () =>
        {
            try
            {
                await self.Ask<Done>(StopStewards.Instance, StopLimit).ConfigureAwait(false);
            }
            catch (AskTimeoutException)
            {
                // Sharding hands over by itself then, in a phase of its own.
            }

            return Done.Instance;
        });
    }

    private void OnTick()
    {
        if (stopping || context.Ring is not { } ring)
        {
            return;
        }

        if (version != ring.Version)
        {
            (version, versionSince) = (ring.Version, context.Time.GetTimestamp());
        }

        if (region is not null)
        {
            if (context.Time.GetElapsedTime(versionSince) >= Calm)
            {
                Wake(region, ring);
            }
        }
        else if (!starting && IsSettled(ring))
        {
            StartRegion();
        }
    }

    private bool IsSettled(RingView ring) =>
        ring.Record.Contains(context.Id)
        && Cluster.Get(Context.System).SelfMember.Status == MemberStatus.Up
        && ring.Placement.SegmentsOf(context.Id).All(s => context.Board[s].Phase == CopyPhase.Serving);

    private void StartRegion()
    {
        starting = true;
        var (own, shared, exchange, node) = (Self, context, exchanger, Context.Parent);
        ClusterSharding.Get(Context.System).StartAsync(
            TypeName,
            entity => SegmentSteward.Props(int.Parse(entity, NumberStyles.None, CultureInfo.InvariantCulture), shared, own, exchange, node),
            context.Tools.Sharding,
            new BySegment(),
            new FirstCopyAllocation(context),
            PoisonPill.Instance).PipeTo(Self, success: r => new RegionStarted(r), failure: e => new RegionFailed(e));
    }

    private void OnRegionStarted(RegionStarted started)
    {
        (region, starting) = (started.Region, false);
        if (stopping)
        {
            Context.Stop(region);
        }
    }

    private void OnRegionFailed(RegionFailed failed)
    {
        starting = false;
        log.Warning(failed.Cause, "the stewards' shard region could not be started; it is tried again, and the copies are compared without stewards meanwhile");
    }

    private void Wake(IActorRef to, RingView ring)
    {
        var wakes = 0;
        foreach (var segment in ring.Placement.SegmentsOf(context.Id))
        {
            if (running[segment]
                || (woken[segment] != 0 && context.Time.GetElapsedTime(woken[segment]) < WakeAgainAfter)
                || StewardPlace.Of(segment, ring, context.Serving, context.Peers) != context.Id)
            {
                continue;
            }

            woken[segment] = context.Time.GetTimestamp();
            to.Tell(new WakeSteward { Segment = (uint)segment });
            if (++wakes == WakesAtATime)
            {
                return;
            }
        }
    }

    // Handing over shard by shard would take a state update each; stewards have nothing to hand over, and a region that has stopped is one update.
    private void OnStop()
    {
        stopping = true;
        if (region is null)
        {
            Sender.Tell(Done.Instance);
        }
        else
        {
            region.GracefulStop(StopLimit).PipeTo(Sender, Self, _ => Done.Instance, _ => Done.Instance);
        }
    }

    private sealed record Tick : ILocalMessage
    {
        public static Tick Instance { get; } = new();
    }

    private sealed record StopStewards : ILocalMessage
    {
        public static StopStewards Instance { get; } = new();
    }

    private sealed record RegionStarted(IActorRef Region) : ILocalMessage;

    private sealed record RegionFailed(Exception Cause) : ILocalMessage;
}

/// <summary>A steward was started or has stopped at this member.</summary>
internal sealed record StewardRuns(int Segment, bool Runs) : ILocalMessage;

/// <summary>Asks which stewards run at this member. Answered by <see cref="StewardsHere"/>.</summary>
internal sealed record GetStewards : ILocalMessage;

/// <summary>They are those of these segments, ascending.</summary>
internal sealed record StewardsHere(IReadOnlyList<int> Segments) : ILocalMessage;
