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
/// ring has taken the member in, and until then the member would stamp reports and judge states as if there were no detectors. A few shards at a time, each
/// asked again, with more patience, until every member that is up has answered; hands what it read to its parent as one <see cref="RegistryRead"/>, and stops.
/// All at once, and all again when one failed, brought clusters of some forty members down in which several joined at a time: each read is a message to every member.
/// </summary>
internal sealed class RegistryCatchUp : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ReadWithin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ReadWithinAtMost = TimeSpan.FromSeconds(16);
    private const int AtATime = 8;

    private readonly Cluster cluster = Cluster.Get(Context.System);
    private readonly IActorRef replicator;
    private readonly List<DetectorEntry> read = [];
    private readonly Queue<int> unread = new(Enumerable.Range(0, RegistryShard.Count));
    private TimeSpan within = ReadWithin;
    private int answered;
    private int asked;

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
        Receive<IGetResponse>(m => OnUnanswered((int)m.Request!)); // by somebody
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(IActorRef replicator) => Akka.Actor.Props.Create(() => new RegistryCatchUp(replicator));

    protected override void PreStart() => Timers.StartPeriodicTimer("tick", Tick.Instance, TimeSpan.Zero, AskEvery);

    private int MembersUp => cluster.State.Members.Count(m => m.Status == MemberStatus.Up && m.HasRole(MemberRoles.Member) && !cluster.State.Unreachable.Contains(m));

    private void OnTick()
    {
        if (asked == 0 && unread.Count > 0 && cluster.SelfMember.Status == MemberStatus.Up)
        {
            replicator.Tell(GetReplicaCount.Instance);
        }
    }

    // The replicator learns of the others on its own: before that, a read from "all" would be one from itself.
    private void OnReplicaCount(ReplicaCount replicas)
    {
        if (replicas.N >= MembersUp)
        {
            AskMore();
        }
    }

    private void AskMore()
    {
        while (asked < AtATime && unread.TryDequeue(out var shard))
        {
            asked++;
            replicator.Tell(Dsl.Get(RegistryShard.Key(shard), new ReadAll(within), shard));
        }
    }

    private void OnAnswered()
    {
        asked--;
        if (++answered == RegistryShard.Count)
        {
            Context.Parent.Tell(new RegistryRead([.. read]));
            Context.Stop(Self);
            return;
        }

        AskMore();
    }

    // Who did not answer may be gone, or one may have come: the replicas are counted anew before it is asked again, with the next tick.
    private void OnUnanswered(int shard)
    {
        asked--;
        unread.Enqueue(shard);
        within = within * 2 < ReadWithinAtMost ? within * 2 : ReadWithinAtMost;
    }

    private sealed record Tick : ILocalMessage
    {
        public static Tick Instance { get; } = new();
    }
}

/// <summary>The versions of detectors that all members know.</summary>
internal sealed record RegistryRead(IReadOnlyList<DetectorEntry> Entries) : ILocalMessage;
