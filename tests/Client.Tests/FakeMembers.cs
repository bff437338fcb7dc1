using Xunit;
using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using FailureHistory.Client;
using FailureHistory.Messages;

namespace FailureHistory.Client.Tests;

/// <summary>
/// A member as a client sees it: an actor system with an entry actor that answers as the test says and keeps what it was asked. It names all members
/// that the test has started as the cluster, itself among them.
/// </summary>
internal sealed class FakeMember : IAsyncDisposable
{
    private readonly ActorSystem system;
    private readonly ConcurrentDictionary<string, IActorRef> grouped = new();

    private FakeMember(FakeMembers all)
    {
        system = FakeMembers.StartSystem("failure-history");
        Address = ((ExtendedActorSystem)system).Provider.DefaultAddress;
        system.ActorOf(Props.Create(() => new Entry(this, all)), "failure-history");
    }

    public Address Address { get; }

    /// <summary>What it answers; null for silence. GetCluster it answers by itself.</summary>
    public Func<object, object?> Answers { get; set; } = _ => null;

    /// <summary>What it does besides, with the one who asked.</summary>
    public Action<object, IActorRef, IActorRef> Does { get; set; } = (_, _, _) => { };

    /// <summary>Whether it tells subscribers by their parent (<see cref="Subscribe.Grouped"/>).</summary>
    public bool IsGrouping { get; set; }

    public ConcurrentQueue<object> Asked { get; } = new();

    public static FakeMember Start(FakeMembers all) => new(all);

    public async ValueTask DisposeAsync() => await system.Terminate();

    private sealed class Entry : ReceiveActor
    {
        public Entry(FakeMember member, FakeMembers all) => ReceiveAny(message =>
        {
            if (message is GetCluster)
            {
                Sender.Tell(all.AsCluster());
                return;
            }

            switch (message)
            {
                case SubscriptionSignals signals:
                    signals.Seen.ToList().ForEach(s => Take(s, Sender));
                    signals.Checks.ToList().ForEach(c => Take(c, member.grouped[c.Subscription]));
                    break;
                case Subscribe when member.IsGrouping:
                    var asker = Sender;
                    Take(message, Context.ActorOf(Props.Create(() => new GroupedAsker(member, asker))));
                    break;
                default:
                    Take(message, Sender);
                    break;
            }

            void Take(object one, IActorRef asker)
            {
                member.Asked.Enqueue(one);
                if (member.Answers(one) is { } reply)
                {
                    asker.Tell(reply, Self);
                }

                member.Does(one, asker, Self);
            }
        });
    }

    // Stands for a subscriber of a group: what it is told goes to its parent.
    private sealed class GroupedAsker : ReceiveActor
    {
        public GroupedAsker(FakeMember member, IActorRef asker)
        {
            var parent = ((ExtendedActorSystem)Context.System).Provider.ResolveActorRef(asker.Path.Parent.ToSerializationFormat());
            var name = asker.Path.Name;
            Receive<Subscribed>(m =>
            {
                member.grouped[m.Subscription] = Self;
                asker.Tell(m with { Grouped = true }, Sender);
            });
            Receive<Crossing>(m => Bundle(new SubscriptionPart(name, Crossing: m)));
            Receive<SubscriptionSynced>(m => Bundle(new SubscriptionPart(name, Synced: m)));
            Receive<SubscriptionGap>(m => Bundle(new SubscriptionPart(name, Gap: m)));
            Receive<SubscriptionChecked>(m => Bundle(new SubscriptionPart(name, Checked: m)));
            Receive<Unsubscribed>(m => parent.Tell(m, Sender));
            ReceiveAny(m => asker.Tell(m, Sender));

            void Bundle(SubscriptionPart part) => parent.Tell(new SubscriptionBundle([part]), Sender);
        }
    }
}

/// <summary>Members and a client of them.</summary>
internal sealed class FakeMembers : IAsyncDisposable
{
    private readonly List<FakeMember> members = [];
    private readonly ActorSystem system = StartSystem("application");
    private FailureHistoryClient? client;

    public FakeMembers(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Add();
        }
    }

    public IReadOnlyList<FakeMember> Members => members;

    public FakeMember this[int i] => members[i];

    public FailureHistoryClient Client => client ??= FailureHistoryClient.Create(system, Options);

    public FailureHistoryClientOptions Options { get; set; } = new() { Timeout = TimeSpan.FromSeconds(5), RefreshInterval = TimeSpan.FromMilliseconds(300) };

    public static ActorSystem StartSystem(string name) => ActorSystem.Create(name, ConfigurationFactory.ParseString("""
        akka.actor.provider = remote
        akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
        akka.loglevel = OFF
        akka.stdout-loglevel = OFF
        """).WithFallback(FailureHistoryClient.Configuration));

    public FakeMember Add()
    {
        var member = FakeMember.Start(this);
        members.Add(member);
        if (client is null)
        {
            Options = Options with { Contacts = [members[0].Address.ToString()] };
        }

        return member;
    }

    /// <summary>Its actor system ends, and it is no more named as a member.</summary>
    public async Task Remove(FakeMember member)
    {
        members.Remove(member);
        await member.DisposeAsync();
    }

    /// <summary>All answer the same.</summary>
    public void AllAnswer(Func<object, object?> answers) => members.ForEach(m => m.Answers = answers);

    public ClusterInfo AsCluster() => new("00", [.. members.Select((m, i) => new ClusterMemberInfo($"{i}", $"{m.Address.Host}:{m.Address.Port}", m.Address.ToString(), null, "", "up", true))]);

    public static async Task Until(string expected, Func<bool> holds, Func<object?> seen)
    {
        for (var waited = 0; !holds(); waited += 20)
        {
            Assert.True(waited < 20_000, $"waited 20 s for {expected}; seen: {seen()}");
            await Task.Delay(20); // polled, for a bounded time: the client tells nobody what it has found out
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (client is not null)
        {
            await client.DisposeAsync();
        }

        await system.Terminate();
        foreach (var member in members)
        {
            await member.DisposeAsync();
        }
    }
}
