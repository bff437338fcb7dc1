using Akka.Actor;
using Akka.TestKit;
using FailureHistory.Core.Time;
using FailureHistory.Messages;
using FailureHistory.Node.Notifications;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Notifications;

/// <summary>What is for many subscribers of one process, in few messages (R8.3, R8.5).</summary>
public sealed class CourierActorTests : ActorTest
{
    private const int Subscribers = 300;
    private const int Each = 5;
    private readonly TestProbe parent;
    private readonly IActorRef courier;

    public CourierActorTests(ITestOutputHelper output)
        : base(output)
    {
        parent = CreateTestProbe();
        courier = Sys.ActorOf(CourierActor.Props(parent.Ref));
    }

    [Fact]
    public void Each_is_told_all_that_is_for_it_in_order_in_few_messages_R8_3()
    {
        for (var s = 0; s < Subscribers; s++)
        {
            courier.Tell(new CourierActor.Serve($"s{s}", $"child{s}"));
        }

        for (var number = 1; number <= Each; number++)
        {
            for (var s = 0; s < Subscribers; s++)
            {
                courier.Tell(Crossing($"s{s}", number));
            }
        }

        courier.Tell(new SubscriptionSynced("s7", Each + 1, "c"));
        courier.Tell(new SubscriptionChecked("s7", Each + 1));
        courier.Tell(new SubscriptionGap("s7", Each + 2, "c", "too slow", Ended: true));
        courier.Tell(new CourierActor.Leave("s7"));
        courier.Tell(PoisonPill.Instance);

        var parts = new List<SubscriptionPart>();
        var bundles = 0;
        for (; parts.Count < (Subscribers * Each) + 3; bundles++)
        {
            parts.AddRange(parent.ExpectMsg<SubscriptionBundle>().Parts);
        }

        Assert.InRange(bundles, 1, Subscribers);
        foreach (var own in parts.Where(p => p.To != "child7").GroupBy(p => p.To))
        {
            Assert.Equal(Enumerable.Range(1, Each).Select(n => ("s" + own.Key[5..], (long)n)), own.Select(p => (p.Crossing!.Subscription, p.Crossing.Number)));
        }

        Assert.Equal(
            [.. Enumerable.Repeat(nameof(Crossing), Each), nameof(SubscriptionSynced), nameof(SubscriptionChecked), nameof(SubscriptionGap)],
            parts.Where(p => p.To == "child7").Select(p => (p.Crossing ?? p.Synced ?? p.Gap ?? (object?)p.Checked)!.GetType().Name));
        parent.ExpectNoMsg(TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public void What_a_thousand_are_told_alike_travels_once_R8_5()
    {
        var crossings = Enumerable.Range(0, 1_000).Select(s => Crossing($"s{s}", s + 1) with { Cursor = new string('c', 4_000), Id = "id" }).ToList();
        var bundle = new SubscriptionBundle([.. crossings.Select((crossing, s) => new SubscriptionPart($"child{s}", crossing))]);
        var serializer = Sys.Serialization.FindSerializerForType(typeof(SubscriptionBundle));
        var sent = serializer.ToBinary(bundle);
        Assert.InRange(sent.Length, 1_000, 40_000);
        var read = (SubscriptionBundle)Sys.Serialization.Deserialize(sent, serializer.Identifier, "SBU");
        Assert.Equal(bundle.Parts, read.Parts);
    }

    [Fact]
    public void No_message_is_larger_than_may_be_sent_however_long_the_texts_are()
    {
        var text = new string('\u65e5', 255);
        courier.Tell(new CourierActor.Serve("s", text));
        for (var number = 1; number <= 100; number++)
        {
            courier.Tell(Crossing("s", number) with { Id = number % 3 == 0 ? "same" : $"id-{number}", Cursor = new string('c', 4_100), Observation = text, Node = new NodeRef(text, text, text) });
        }

        var serializer = Sys.Serialization.FindSerializerForType(typeof(SubscriptionBundle));
        for (var told = 0; told < 100;)
        {
            var bundle = parent.ExpectMsg<SubscriptionBundle>();
            Assert.InRange(serializer.ToBinary(bundle).Length, 1, 64_000);
            told += bundle.Parts.Count;
        }
    }

    private static Crossing Crossing(string subscription, long number) => new(
        subscription, number, $"c{number}", $"id-{number}", new NodeRef(new string('0', 32), "n", null), CrossingDirection.Up, 1, Stamp.Zero, "o");
}
