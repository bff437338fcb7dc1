using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;
using Akka.DistributedData;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using FailureHistory.Node.Actors;
using FailureHistory.Node.Registry;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Registry;

/// <summary>A member that is new reads the detectors' registry from all; the test plays its replicator.</summary>
public sealed class RegistryCatchUpTests(ITestOutputHelper output) : TestKit(Alone, output: output)
{
    private static readonly Config Alone = ConfigurationFactory.ParseString("""
        akka {
          stdout-loglevel = WARNING
          actor.provider = cluster
          remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }
          cluster.roles = ["fh-member"]
        }
        """);

    [Fact]
    public async Task Few_shards_are_asked_for_at_a_time_and_what_nobody_answered_alone_is_asked_for_again_R3_2()
    {
        var cluster = Akka.Cluster.Cluster.Get(Sys);
        await cluster.JoinAsync(cluster.SelfAddress).WaitAsync(TimeSpan.FromSeconds(20));
        var replicator = CreateTestProbe();
        var parent = CreateTestProbe();
        var reader = parent.ChildActorOf(RegistryCatchUp.Props(replicator));
        Watch(reader);

        var asked = new Dictionary<int, List<TimeSpan>>();
        while (asked.Count < RegistryShard.Count || asked[3].Count < 3)
        {
            var together = Asked(replicator, reader);
            Assert.InRange(together.Count, 1, 8);
            foreach (var get in together)
            {
                var shard = (int)get.Request!;
                Assert.Equal(RegistryShard.Key(shard).Id, get.Key.Id);
                asked.TryAdd(shard, []);
                asked[shard].Add(Assert.IsType<ReadAll>(get.Consistency).Timeout);
                replicator.Send(reader, shard == 3 && asked[3].Count < 3
                    ? new GetFailure(get.Key, get.Request)
                    : new NotFound(get.Key, get.Request));
            }
        }

        parent.ExpectMsg<RegistryRead>();
        ExpectTerminated(reader);
        Assert.All(asked.Where(a => a.Key != 3), a => Assert.Single(a.Value));
        Assert.Equal(asked[3].Order(), asked[3]);
        Assert.True(asked[3][2] > asked[3][0], "each time it is given more time");
    }

    // What it asks for before anything is answered.
    private static List<Get> Asked(TestProbe replicator, IActorRef reader)
    {
        var gets = new List<Get>();
        while (gets.Count == 0 || replicator.HasMessages)
        {
            switch (replicator.ReceiveOne(TimeSpan.FromSeconds(10)))
            {
                case GetReplicaCount:
                    replicator.Send(reader, new ReplicaCount(1));
                    break;
                case Get get:
                    gets.Add(get);
                    break;
                case var other:
                    throw new InvalidOperationException($"expected questions for shards; came {other ?? "nothing for 10 s"}");
            }
        }

        return gets;
    }
}
