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
public sealed record ClusterTools(
    IActorRef Replicator, IActorRef Mediator, ClusterShardingSettings Sharding, ClusterSingletonManagerSettings Singleton)
{
    /// <summary>Those of the actor system.</summary>
    public static ClusterTools OfSystem(ActorSystem system) => new(
        DistributedData.Get(system).Replicator,
        DistributedPubSub.Get(system).Mediator,
        ClusterShardingSettings.Create(system),
        ClusterSingletonManagerSettings.Create(system));
}

/// <summary>Where a member's actors persist: ids of plugins in the actor system's configuration.</summary>
/// <param name="Journal">The log's journal; empty for the system's default one.</param>
/// <param name="Snapshots">The snapshots' store; empty for the system's default one.</param>
public sealed record StoragePlugins(string Journal, string Snapshots)
{
    /// <summary>Those of the actor system.</summary>
    public static StoragePlugins OfSystem { get; } = new(string.Empty, string.Empty);
}
