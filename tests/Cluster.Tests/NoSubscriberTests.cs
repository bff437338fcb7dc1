using Akka.Actor;
using Akka.Cluster.Tools.PublishSubscribe;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Cluster.Tests;

/// <summary>What notifications cost where nobody wants any (DESIGN D12).</summary>
public sealed class NoSubscriberTests(ITestOutputHelper output)
{
    private const int Nodes = 100_000;
    private const int Batch = 5_000;

    [Fact]
    [Trait("Rule", "R8.4")]
    public async Task Reports_on_100_000_nodes_cost_no_message_for_notifications_and_the_first_subscriber_makes_the_next_one_cost_one()
    {
        await using var cluster = new TestCluster();
        await cluster.StartAndWait(1);
        var member = cluster[0];
        var system = member.Host.System!;
        var counted = new Counted();
        var counter = system.ActorOf(Props.Create(() => new Counter(counted)));
        await DistributedPubSub.Get(system).Mediator.Ask<SubscribeAck>(
            new Akka.Cluster.Tools.PublishSubscribe.Subscribe(Node.Notifications.SubscriptionActor.Topic, counter), TimeSpan.FromSeconds(5));

        for (var from = 0; from < Nodes; from += Batch)
        {
            var recorded = await member.Report([.. Enumerable.Range(from, Batch).Select(i => Reports.Failure($"quiet-{i}", $"{i}"))]);
            Assert.Equal((Batch, 0), (recorded.Accepted, recorded.Retry.Count));
        }

        await Task.Delay(1000); // that nothing comes can only be seen by waiting, here longer than any replica's turn to raise takes
        output.WriteLine($"{Nodes} nodes, no subscriber: {counted.Notices} messages");
        Assert.Equal(0, counted.Notices);

        await using var watcher = await Watcher.Open(member, new Messages.Subscribe(["loud-*"], 0.5));
        await member.Report(Reports.Failure("quiet-again"), Reports.Failure("loud-1"));
        await watcher.Until(1);
        await TestCluster.Until("one message", () => Task.FromResult((counted.Notices == 1, $"{counted.Notices}")));
    }

    private sealed class Counted
    {
        private int notices;

        public int Notices => Volatile.Read(ref notices);

        public void Add() => Interlocked.Increment(ref notices);
    }

    private sealed class Counter : ReceiveActor
    {
        public Counter(Counted counted)
        {
            Receive<NoticeBatch>(_ => counted.Add());
            ReceiveAny(_ => { });
        }
    }
}
