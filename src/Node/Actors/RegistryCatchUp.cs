using Akka.Actor;
using Akka.Cluster;
using Akka.DistributedData;
using FailureHistory.Core.Probability;
using FailureHistory.Node.Member;
using FailureHistory.Node.Registry;
using FailureHistory.Node.Ring;

namespace FailureHistory.Node.Actors;

/// <summary>
/// Reads the detectors' registry (R3.2) from all members, for one that is new to the cluster: gossip brings it too, but some time after the
/// ring has taken the member in, and until then the member would stamp reports and judge states as if there were no detectors. Asks again until
/// every member that is up has answered, hands what it read to its parent as one <see cref="RegistryRead"/>, and stops.
/// </summary>
internal sealed class RegistryCatchUp : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ReadWithin = TimeSpan.FromSeconds(2);

    private readonly Cluster cluster = Cluster.Get(Context.System);
    private readonly IActorRef replicator;
    private readonly List<DetectorEntry> read = [];
    private int answered;
    private bool reading;

    public RegistryCatchUp(IActorRef replicator)
    {
        this.replicator = replicator;
        Receive<Tick>(_ => OnTick());
        Receive<ReplicaCount>(OnReplicaCount);
        Receive<GetSuccess>(m =>
        {
            read.AddRange(((RegistryShard)m.Data).Entries.Values);
            OnAnswered();
        });
        Receive<NotFound>(_ => OnAnswered());
        Receive<IGetResponse>(_ => reading = false); // somebody did not answer: all shards again
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(IActorRef replicator) => Akka.Actor.Props.Create(() => new RegistryCatchUp(replicator));

    protected override void PreStart() => Timers.StartPeriodicTimer("tick", Tick.Instance, TimeSpan.Zero, AskEvery);

    private int MembersUp => cluster.State.Members.Count(m => m.Status == MemberStatus.Up && m.HasRole(MemberRoles.Member) && !cluster.State.Unreachable.Contains(m));

    private void OnTick()
    {
        if (!reading && cluster.SelfMember.Status == MemberStatus.Up)
        {
            replicator.Tell(GetReplicaCount.Instance);
        }
    }

    // The replicator learns of the others on its own: before that, a read from "all" would be one from itself.
    private void OnReplicaCount(ReplicaCount replicas)
    {
        if (reading || replicas.N < MembersUp)
        {
            return;
        }

        reading = true;
        answered = 0;
        read.Clear();
        for (var shard = 0; shard < RegistryShard.Count; shard++)
        {
            replicator.Tell(Dsl.Get(RegistryShard.Key(shard), new ReadAll(ReadWithin)));
        }
    }

    private void OnAnswered()
    {
        if (reading && ++answered == RegistryShard.Count)
        {
            Context.Parent.Tell(new RegistryRead([.. read]));
            Context.Stop(Self);
        }
    }

    private sealed record Tick : ILocalMessage
    {
        public static Tick Instance { get; } = new();
    }
}

/// <summary>The versions of detectors that all members know.</summary>
internal sealed record RegistryRead(IReadOnlyList<DetectorEntry> Entries) : ILocalMessage;
