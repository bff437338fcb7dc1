using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Cluster.Tools.Singleton;
using Akka.TestKit;
using FailureHistory.Node.Member;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests;

/// <summary>An actor that looks at the Akka cluster or at DistributedData: there is a cluster, without members, and the test plays the replicator.</summary>
public abstract class ClusteredTest : ActorTest
{
    private const string Clustered = """
        akka.actor { provider = cluster, serialize-messages = off }
        akka.remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }
        """;

    private protected ClusteredTest(ITestOutputHelper output)
        : base(output, Clustered)
    {
        Sys.Settings.InjectTopLevelFallback(ClusterSharding.DefaultConfig());
        Sys.Settings.InjectTopLevelFallback(ClusterSingleton.DefaultConfig());
        Replicator = CreateTestProbe("replicator");
        Rig = new MemberRig(Sys, 3, tools: new ClusterTools(Replicator, TestActor, ClusterShardingSettings.Create(Sys), ClusterSingletonManagerSettings.Create(Sys)));
    }

    private protected TestProbe Replicator { get; }

    private protected MemberRig Rig { get; }
}
