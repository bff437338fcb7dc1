using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Cluster.Tools.Client;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.Cluster.Tools.Singleton;
using Akka.Configuration;
using Akka.Configuration.Hocon;
using Akka.DistributedData;
using Akka.Persistence.Sql;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Configuration;
using FailureHistory.Node.Member;
using FailureHistory.Node.Persistence;
using FailureHistory.Node.Registry;

namespace FailureHistory.Node.Hosting;

/// <summary>
/// What a member brings along into an application's actor system so that neither depends on the other's settings: a replicator and a mediator of its
/// own among the members, settings of its own for sharding and singleton, a journal and a snapshot store of its own.
/// </summary>
internal static class GuestTools
{
    public const string JournalPlugin = "akka.persistence.journal.failure-history";
    public const string SnapshotPlugin = "akka.persistence.snapshot-store.failure-history";

    private const string SqlJournal = "akka.persistence.journal.sql";
    private const string SqlSnapshots = "akka.persistence.snapshot-store.sql";

    /// <summary>
    /// Behind the application's own configuration: none of its keys is overridden. Of Akka's it sets the frame size and how long handing over may take
    /// at the end (R9.8) alone, which the application may set otherwise.
    /// </summary>
    public static Config Configuration(LogDatabase database)
    {
        var (log, defaults) = (database.Settings, SqlPersistence.DefaultConfiguration);
        return FailureHistorySerializer.Bindings
            .WithFallback(ReplicatedValuesSerializer.Bindings)
            .WithFallback(ConfigurationFactory.ParseString($"{JournalPlugin}.plugin-id = \"{JournalPlugin}\"\n{SnapshotPlugin}.plugin-id = \"{SnapshotPlugin}\"")) // by which the connections given in code are found
            .WithFallback(Moved(log, SqlJournal, JournalPlugin))
            .WithFallback(Moved(log, SqlSnapshots, SnapshotPlugin))
            .WithFallback(Moved(defaults, SqlJournal, JournalPlugin))
            .WithFallback(Moved(defaults, SqlSnapshots, SnapshotPlugin))
            .WithFallback(ConfigurationFactory.ParseString("akka.remote.dot-netty.tcp.maximum-frame-size = 256000b\nakka.coordinated-shutdown.phases.before-service-unbind.timeout = 25s"))
            .WithFallback(ClusterSharding.DefaultConfig())
            .WithFallback(DistributedData.DefaultConfig())
            .WithFallback(ClusterSingleton.DefaultConfig())
            .WithFallback(DistributedPubSub.DefaultConfig())
            .WithFallback(ClusterClientReceptionist.DefaultConfig());
    }

    /// <summary>Starts them.</summary>
    public static ClusterTools Start(ActorSystem system)
    {
        var ours = SettingsSource.Embedded("node.conf")
            .WithFallback(ClusterSharding.DefaultConfig())
            .WithFallback(DistributedData.DefaultConfig())
            .WithFallback(ClusterSingleton.DefaultConfig())
            .WithFallback(DistributedPubSub.DefaultConfig());
        var singleton = ours.GetConfig("akka.cluster.singleton");
        return new ClusterTools(
            system.ActorOf(ReplicatorProps(ReplicatorSettings.Create(ours.GetConfig("akka.cluster.distributed-data"))), "fh-replicator"),
            system.ActorOf(
                DistributedPubSubMediator.Props(DistributedPubSubSettings.Create(ours.GetConfig("akka.cluster.pub-sub")).WithRole(Ring.MemberRoles.Member)), "fh-mediator"),
            ClusterShardingSettings.Create(ours.GetConfig("akka.cluster.sharding"), singleton),
            ClusterSingletonManagerSettings.Create(singleton));
    }

    // The extension makes one replicator, with the application's settings and among nodes that can't read our values; sharding makes its own in the same
    // way as here, but from an assembly that sees the class.
    private static Props ReplicatorProps(ReplicatorSettings settings)
    {
        var replicator = typeof(DistributedData).Assembly.GetType("Akka.DistributedData.Replicator", throwOnError: true)!;
        return Props.Create(replicator, settings).WithDeploy(Deploy.Local).WithDispatcher(settings.Dispatcher);
    }

    // A section under another name.
    private static Config Moved(Config config, string from, string to)
    {
        var value = config.GetConfig(from).Root;
        foreach (var key in to.Split('.').Reverse())
        {
            var parent = new HoconObject();
            parent.Items[key] = value;
            value = new HoconValue();
            value.Values.Add(parent);
        }

        return new Config(new HoconRoot(value));
    }
}
