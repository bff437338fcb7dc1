using Akka.TestKit;
using FailureHistory.Messages;
using FailureHistory.Node.Notifications;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Notifications;

/// <summary>What one subscriber is still to be sent is bounded (R8.5).</summary>
public sealed class OutboxTests : ActorTest
{
    private readonly TestProbe subscriber;
    private readonly Outbox outbox;

    public OutboxTests(ITestOutputHelper output)
        : base(output)
    {
        subscriber = CreateTestProbe();
        outbox = new Outbox("s", subscriber.Ref, TestActor, window: 3, queue: 2);
    }

    [Fact]
    public void No_more_than_a_window_is_under_way_and_what_was_seen_makes_room_R8_5()
    {
        Add(5);
        Expect(1, 2, 3);
        Assert.True(outbox.IsHeldUp);
        Assert.False(outbox.IsFull);
        outbox.SeenUpTo(1);
        Expect(4);
        Assert.Equal((1L, "c4"), (outbox.Seen, outbox.LastCursor));
        outbox.SeenUpTo(0); // an old one
        outbox.SeenUpTo(99); // more than was sent
        Expect(5);
        Assert.Equal(4, outbox.Seen);
        Assert.False(outbox.IsHeldUp);
    }

    [Fact]
    public void It_is_full_when_more_live_ones_wait_than_may_and_the_present_does_not_count_R8_5()
    {
        Add(20, isLive: false);
        Assert.False(outbox.IsFull);
        Add(2);
        Assert.False(outbox.IsFull);
        Add(1);
        Assert.True(outbox.IsFull);
    }

    [Fact]
    public void Cut_off_it_is_told_where_to_go_on_and_nothing_after_it_R8_5()
    {
        Add(6);
        Expect(1, 2, 3);
        outbox.CutOff("too slow");
        Assert.Equal(new SubscriptionGap("s", 4, "c3", "too slow", Ended: true), subscriber.ExpectMsg<SubscriptionGap>());
        Assert.False(outbox.IsFull); // or it would be cut off again
        outbox.CutOff("too slow");
        outbox.SeenUpTo(3);
        Add(1);
        subscriber.ExpectNoMsg(TimeSpan.FromMilliseconds(100));
    }

    private void Add(int count, bool isLive = true)
    {
        for (var i = 0; i < count; i++)
        {
            outbox.Add((id, number) => new SubscriptionSynced(id, number, $"c{number}"), isLive);
        }
    }

    private void Expect(params long[] numbers)
    {
        Assert.Equal(numbers, numbers.Select(_ => subscriber.ExpectMsg<SubscriptionSynced>().Number));
        Assert.False(subscriber.HasMessages, "more than the window was sent");
    }
}
