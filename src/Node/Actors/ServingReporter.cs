using Akka.Actor;
using Akka.Cluster;
using Akka.DistributedData;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Node.Member;
using FailureHistory.Node.Persistence;
using FailureHistory.Node.Registry;

namespace FailureHistory.Node.Actors;

/// <summary>
/// Tells the cluster which segments this member's copies serve (DESIGN D3) and which of them count, and keeps on disk which of them vouch, so that after a restart
/// they need not prove it again.
/// </summary>
internal sealed class ServingReporter : ReceiveActor, IWithTimers
{
    private readonly MemberContext context;
    private readonly MemberStore store;
    private readonly IActorRef replicator;
    private readonly int incarnation = Cluster.Get(Context.System).SelfUniqueAddress.Uid;
    private byte[] told = [];
    private long toldAt;
    private HashSet<int> kept = [];
    private long keptVersion = -1;

    public ServingReporter(MemberContext context, MemberStore store)
    {
        this.context = context;
        replicator = context.Tools.Replicator;
        this.store = store;
        Receive<Tick>(_ => OnTick());
        Receive<Changed>(m => context.Serving = m.Get(ServingMap.Key));
        Receive<IUpdateResponse>(_ => { });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(MemberContext context, MemberStore store) => Akka.Actor.Props.Create(() => new ServingReporter(context, store));

    protected override void PreStart()
    {
        replicator.Tell(Dsl.Subscribe(ServingMap.Key, Self));
        Timers.StartPeriodicTimer("tick", Tick.Instance, TimeSpan.FromMilliseconds(250));
    }

    private void OnTick()
    {
        if (context.Ring is not { } ring || !context.IsRecovered)
        {
            return;
        }

        var serving = new List<int>();
        var counting = new List<int>();
        var vouching = new HashSet<int>();
        for (var segment = 0; segment < Segments.Count; segment++)
        {
            var status = context.Board[segment];
            if (status.RingVersion != ring.Version)
            {
                return; // the segments are still taking in the new version
            }

            if (status.Phase == CopyPhase.Serving && ring.Placement.Holds(context.Id, segment))
            {
                serving.Add(segment);
            }

            if (status.Counts)
            {
                counting.Add(segment);
            }

            if (status.Vouches)
            {
                vouching.Add(segment);
            }
        }

        if (keptVersion != ring.Version || !vouching.SetEquals(kept))
        {
            store.WriteCounting(ring.Version, vouching);
            (kept, keptVersion) = (vouching, ring.Version);
            context.KeptVouching = new KeptVouching(ring.Version, vouching);
        }

        var bitmap = ServingMap.BitmapOf(serving, counting, ring.Version, incarnation);
        // Where the clock was set back, what another life of this member said stands as the latest, and nobody would take this one's word: said again, above it.
        var standing = context.Serving.Members.TryGetValue(context.Id, out var said) ? said.Counter : 0;
        if (!bitmap.AsSpan().SequenceEqual(told) || standing > toldAt)
        {
            var counter = Math.Max(context.Wall.Ticks, standing + 1);
            (told, toldAt) = (bitmap, counter);
            replicator.Tell(Dsl.Update(ServingMap.Key, ServingMap.Empty, new WriteAll(TimeSpan.FromSeconds(2)), map => map.With(context.Id, counter, bitmap)));
        }
    }

    private sealed record Tick : ILocalMessage
    {
        public static Tick Instance { get; } = new();
    }
}
