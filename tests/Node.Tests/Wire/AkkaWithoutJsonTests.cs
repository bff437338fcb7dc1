using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using Akka.Cluster.Tools.Client;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.Cluster.Tools.Singleton;
using Akka.Configuration;
using Akka.DistributedData;
using Akka.Event;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;
using Google.Protobuf;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Wire;

/// <summary>
/// Two real systems in one cluster under hocon/serialization.conf: everything of Akka's that the service uses crosses the network, and
/// nothing asks for the serializers that are refused. Runs on real time and real sockets, on ports that the system picks.
/// </summary>
public sealed class AkkaWithoutJsonTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly ConcurrentQueue<string> refusals = new();
    private ActorSystem one = null!;
    private ActorSystem two = null!;

    public async Task InitializeAsync()
    {
        one = Start();
        two = Start();
        var first = Akka.Cluster.Cluster.Get(one).SelfAddress;
        await Akka.Cluster.Cluster.Get(one).JoinAsync(first).WaitAsync(Patience);
        await Akka.Cluster.Cluster.Get(two).JoinAsync(first).WaitAsync(Patience);
        await Until("two members are up", () => Task.FromResult(Akka.Cluster.Cluster.Get(one).State.Members.Count(m => m.Status == MemberStatus.Up) == 2));
    }

    public async Task DisposeAsync()
    {
        await two.Terminate();
        await one.Terminate();
    }

    [Fact]
    [Trait("Rule", "R13.1")]
    public async Task Nothing_of_Akkas_own_needs_a_serializer_that_is_refused()
    {
        await Asking_an_actor_over_the_network();
        await Publishing();
        await DistributedData();
        await Singleton();
        await Sharding();
        await ClusterClient();

        Assert.Empty(refusals);

        await Refusing();
    }

    private async Task Asking_an_actor_over_the_network()
    {
        one.ActorOf(Props.Create(() => new Answering()), "answering");
        var path = new RootActorPath(Akka.Cluster.Cluster.Get(one).SelfAddress) / "user" / "answering";

        var answer = await two.ActorSelection(path).Ask<NodeNotFound>(new GetState("rack1"), Patience);
        var identity = await two.ActorSelection(path).Ask<ActorIdentity>(new Identify(1), Patience);
        var missing = await two.ActorSelection(new RootActorPath(path.Address) / "user" / "nobody").Ask<ActorIdentity>(new Identify("2"), Patience);
        var watcher = two.ActorOf(Props.Create(() => new Watching(identity.Subject)));
        identity.Subject.Tell(PoisonPill.Instance);

        Assert.Equal("rack1", answer.Node);
        Assert.Null(missing.Subject);
        Assert.IsType<RingChanged>(await watcher.Ask<object>(new GetRing(), Patience));
    }

    private async Task Publishing()
    {
        var heard = new TaskCompletionSource<object>(TaskCreationOptions.RunContinuationsAsynchronously);
        var subscriber = two.ActorOf(Props.Create(() => new Completing(heard)), "subscriber");
        await DistributedPubSub.Get(two).Mediator.Ask<SubscribeAck>(new Akka.Cluster.Tools.PublishSubscribe.Subscribe("topic", subscriber), Patience);
        DistributedPubSub.Get(two).Mediator.Tell(new Put(subscriber));

        await Until("a published message arrives", () =>
        {
            DistributedPubSub.Get(one).Mediator.Tell(new Publish("topic", new RingChanged(5)));
            DistributedPubSub.Get(one).Mediator.Tell(new Send("/user/subscriber", new RingChanged(5)));
            DistributedPubSub.Get(one).Mediator.Tell(new SendToAll("/user/subscriber", new RingChanged(5)));
            return Task.FromResult(heard.Task.IsCompleted);
        });
        Assert.Equal(new RingChanged(5), await heard.Task);
    }

    private async Task DistributedData()
    {
        var here = Akka.DistributedData.DistributedData.Get(one).Replicator;
        var there = Akka.DistributedData.DistributedData.Get(two).Replicator;
        var cluster = Akka.Cluster.Cluster.Get(one);
        var shard = new RegistryShardP { Detectors = { new DetectorVersion { Id = "smartd", Accuracy = 60, Explicit = true, Counter = 1, Author = WireIds.Bytes(UInt128.One) } } };
        var serving = new ServingP.Types.Entry { Member = WireIds.Bytes(UInt128.One), Counter = 2, Bitmap = ByteString.CopyFrom(1, 2) };
        var key = new LWWDictionaryKey<string, RegistryShardP>("registry");
        var servingKey = new LWWRegisterKey<ServingP>("serving");
        var set = new ORSetKey<string>("ids");
        var everywhere = new WriteAll(Patience);

        await here.Ask<UpdateSuccess>(Dsl.Update(key, LWWDictionary<string, RegistryShardP>.Empty, everywhere, d => d.SetItem(cluster, "0", shard)), Patience);
        await here.Ask<UpdateSuccess>(Dsl.Update(servingKey, new LWWRegister<ServingP>(cluster.SelfUniqueAddress, new ServingP()), everywhere, r => r.WithValue(cluster.SelfUniqueAddress, new ServingP { Entries = { serving } })), Patience);
        await here.Ask<UpdateSuccess>(Dsl.Update(set, ORSet<string>.Empty, everywhere, s => s.Add(cluster, "a")), Patience);
        await here.Ask<IDeleteResponse>(Dsl.Delete(set, everywhere), Patience);

        var read = await there.Ask<GetSuccess>(Dsl.Get(key, new ReadMajority(Patience)), Patience);
        Assert.Equal(shard, read.Get(key)["0"]);
        var bitmap = await there.Ask<GetSuccess>(Dsl.Get(servingKey, new ReadAll(Patience)), Patience);
        Assert.Equal(serving, Assert.Single(bitmap.Get(servingKey).Value.Entries));
    }

    private async Task Singleton()
    {
        foreach (var system in (ActorSystem[])[one, two])
        {
            system.ActorOf(ClusterSingletonManager.Props(Props.Create(() => new Answering()), PoisonPill.Instance, ClusterSingletonManagerSettings.Create(system)), "single");
        }

        var proxy = two.ActorOf(ClusterSingletonProxy.Props("/user/single", ClusterSingletonProxySettings.Create(two)), "proxy");
        Assert.Equal("rack2", (await proxy.Ask<NodeNotFound>(new GetState("rack2"), Patience)).Node);
    }

    private async Task Sharding()
    {
        var regions = new List<IActorRef>();
        foreach (var system in (ActorSystem[])[one, two])
        {
            regions.Add(await ClusterSharding.Get(system).StartAsync(
                "stewards", _ => Props.Create(() => new Answering()), ClusterShardingSettings.Create(system), new BySegment()));
        }

        for (var segment = 0; segment < 8; segment++)
        {
            var region = regions[segment % 2];
            Assert.Equal($"{segment}", (await region.Ask<NodeNotFound>(new GetState($"{segment}"), Patience)).Node);
        }

        var stats = await regions[0].Ask<ClusterShardingStats>(new GetClusterShardingStats(Patience), Patience);
        Assert.Equal(2, stats.Regions.Count);
        Assert.True(stats.Regions.Values.All(r => r.Stats.Count > 0), "expected shards at both members, so that messages crossed the network");
    }

    private async Task ClusterClient()
    {
        var entry = one.ActorOf(Props.Create(() => new Answering()), "failure-history");
        ClusterClientReceptionist.Get(one).RegisterService(entry);
        ClusterClientReceptionist.Get(two);
        using var outside = ActorSystem.Create("outside", ConfigurationFactory.ParseString("akka.actor.provider = remote").WithFallback(Shared()));
        Watch(outside);
        var contact = new RootActorPath(Akka.Cluster.Cluster.Get(two).SelfAddress) / "system" / "receptionist";
        var client = outside.ActorOf(Akka.Cluster.Tools.Client.ClusterClient.Props(
            ClusterClientSettings.Create(outside).WithInitialContacts([contact])));

        NodeNotFound? answer = null;
        await Until("the entry actor answers a client", async () =>
        {
            answer = await Try(() => client.Ask<NodeNotFound>(new ClusterClient.Send("/user/failure-history", new GetState("rack3")), TimeSpan.FromSeconds(2)));
            return answer is not null;
        });
        Assert.Equal("rack3", answer!.Node);
        await outside.Terminate();
    }

    // The other way round: that the tests above would have seen a refusal.
    private async Task Refusing()
    {
        var path = new RootActorPath(Akka.Cluster.Cluster.Get(one).SelfAddress) / "user" / "failure-history";
        two.ActorSelection(path).Tell(new Stranger("x"));

        await Until("a refusal is logged", () => Task.FromResult(refusals.Any(r => r.Contains(nameof(Stranger), StringComparison.Ordinal))));
        Assert.Equal("rack4", (await two.ActorSelection(path).Ask<NodeNotFound>(new GetState("rack4"), Patience)).Node);
    }

    private static Config Shared() => ConfigurationFactory.ParseString("""
        akka {
          loglevel = INFO
          stdout-loglevel = OFF
          loggers = []
          log-dead-letters = off
          remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
          coordinated-shutdown.exit-clr = off
          cluster {
            gossip-interval = 100ms
            leader-actions-interval = 100ms
            pub-sub.gossip-interval = 100ms
            sharding.state-store-mode = ddata
            distributed-data.gossip-interval = 100ms
          }
        }
        """)
        .WithFallback(FailureHistorySerializer.Configuration)
        .WithFallback(DistributedPubSub.DefaultConfig())
        .WithFallback(Akka.DistributedData.DistributedData.DefaultConfig())
        .WithFallback(ClusterSharding.DefaultConfig())
        .WithFallback(ClusterSingleton.DefaultConfig())
        .WithFallback(ClusterClientReceptionist.DefaultConfig());

    private ActorSystem Start()
    {
        var system = ActorSystem.Create("wire", ConfigurationFactory.ParseString("akka.actor.provider = cluster").WithFallback(Shared()));
        Watch(system);
        return system;
    }

    private void Watch(ActorSystem system) =>
        system.EventStream.Subscribe(system.ActorOf(Props.Create(() => new RefusalWatch(refusals, output))), typeof(LogEvent));

    private async Task Until(string what, Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!await condition())
        {
            Assert.False(patience.IsCancellationRequested, $"expected within {Patience.TotalSeconds} s that {what}; refusals: {string.Join("; ", refusals)}");
            // Between two looks; how long in all is bounded above.
            await Task.Delay(100);
        }
    }

    private static async Task<T?> Try<T>(Func<Task<T>> ask)
        where T : class
    {
        try
        {
            return await ask();
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }

    private sealed record Stranger(string Text);

    private sealed class Answering : ReceiveActor
    {
        public Answering() => Receive<GetState>(q => Sender.Tell(new NodeNotFound(q.Node, "me")));
    }

    private sealed class Completing : ReceiveActor
    {
        public Completing(TaskCompletionSource<object> heard) => ReceiveAny(m => heard.TrySetResult(m));
    }

    /// <summary>Answers once what it watches has ended.</summary>
    private sealed class Watching : ReceiveActor
    {
        private IActorRef? asker;
        private bool ended;

        public Watching(IActorRef watched)
        {
            Context.Watch(watched);
            Receive<GetRing>(_ => { asker = Sender; Answer(); });
            Receive<Terminated>(_ => { ended = true; Answer(); });
        }

        private void Answer()
        {
            if (ended)
            {
                asker?.Tell(new RingChanged(1));
            }
        }
    }

    private sealed class BySegment : HashCodeMessageExtractor
    {
        public BySegment()
            : base(8)
        {
        }

        public override string? EntityId(object message) => (message as GetState)?.Node;
    }

    private sealed class RefusalWatch : ReceiveActor
    {
        public RefusalWatch(ConcurrentQueue<string> refusals, ITestOutputHelper output)
        {
            Receive<LogEvent>(e =>
            {
                if (e.Cause is WireFormatException || e.ToString().Contains(nameof(WireFormatException), StringComparison.Ordinal)
                    || e.ToString().Contains("erializ", StringComparison.Ordinal))
                {
                    output.WriteLine($"{e}");
                    refusals.Enqueue($"{e}");
                }
            });
        }
    }
}
