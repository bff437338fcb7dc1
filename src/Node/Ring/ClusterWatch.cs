using Akka.Actor;
using Akka.Cluster;
using FailureHistory.Core.Identity;
using FailureHistory.Node.Member;
using FailureHistory.Node.Persistence;

namespace FailureHistory.Node.Ring;

/// <summary>Keeps the address book and who is reachable in step with the Akka cluster; on disk too, so that a restart finds the others.</summary>
internal sealed class ClusterWatch : ReceiveActor, IWithTimers
{
    private readonly MemberContext context;
    private readonly MemberStore? store;
    private readonly Cluster cluster = Cluster.Get(Context.System);
    private Dictionary<MemberId, Address> kept = [];

    public ClusterWatch(MemberContext context, MemberStore? store)
    {
        this.context = context;
        this.store = store;
        Receive<ClusterEvent.IClusterDomainEvent>(_ => Refresh());
        Receive<Tick>(_ => Refresh());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(MemberContext context, MemberStore? store) => Akka.Actor.Props.Create(() => new ClusterWatch(context, store));

    protected override void PreStart()
    {
        cluster.Subscribe(Self, ClusterEvent.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent));
        Timers.StartPeriodicTimer("tick", Tick.Instance, TimeSpan.FromSeconds(1));
    }

    protected override void PostStop() => cluster.Unsubscribe(Self);

    private void Refresh()
    {
        if (context.IsStopping && cluster.IsTerminated)
        {
            return; // who has left sees nobody any more; the others are there all the same, and what is under way here needs them
        }

        var state = cluster.State;
        var here = new HashSet<MemberId>();
        foreach (var member in state.Members.Where(m => m.HasRole(MemberRoles.Member) && m.Status is not (MemberStatus.Down or MemberStatus.Removed or MemberStatus.Exiting)))
        {
            if (MemberRoles.Of(member).Id is { } id)
            {
                context.Peers.Learn(id, member.UniqueAddress); // before it is reachable: what counts is what this life said
                if (!state.Unreachable.Contains(member))
                {
                    here.Add(id);
                }
            }
        }

        foreach (var id in context.Peers.Known.Keys)
        {
            context.Peers.SetReachable(id, here.Contains(id));
        }

        KeepAddresses();
    }

    private void KeepAddresses()
    {
        var known = context.Peers.Known.Where(p => p.Key != context.Id).ToDictionary();
        if (store is not null && (known.Count != kept.Count || known.Any(p => !kept.TryGetValue(p.Key, out var address) || address != p.Value)))
        {
            store.WritePeers(known);
            kept = known;
        }
    }

    private sealed record Tick : ILocalMessage
    {
        public static Tick Instance { get; } = new();
    }
}
