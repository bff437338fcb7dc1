using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.Cluster.Tools.Singleton;
using Akka.DistributedData;

namespace FailureHistory.Node.Member;

/// <summary>
/// Akka's cluster tools as a member uses them. In its own actor system they are those of the system, whose settings are ours; in an application's they
/// are the member's own, so that neither has to bear the other's settings.
/// </summary>
/// <param name="Replicator">DistributedData among the members.</param>
/// <param name="Mediator">Distributed pub/sub among the members.</param>
/// <param name="Sharding">The settings of the stewards' region.</param>
/// <param name="Singleton">The settings of the ring's keeper.</param>
/// <param name="JournalPlugin">The log's journal; empty for the system's default one.</param>
/// <param name="SnapshotPlugin">The snapshots' store; empty for the system's default one.</param>
public sealed record ClusterTools(
    IActorRef Replicator, IActorRef Mediator, ClusterShardingSettings Sharding, ClusterSingletonManagerSettings Singleton, string JournalPlugin, string SnapshotPlugin)
{
    /// <summary>Those of the actor system.</summary>
    public static ClusterTools OfSystem(ActorSystem system) => new(
        DistributedData.Get(system).Replicator,
        DistributedPubSub.Get(system).Mediator,
        ClusterShardingSettings.Create(system),
        ClusterSingletonManagerSettings.Create(system),
        string.Empty,
        string.Empty);
}
