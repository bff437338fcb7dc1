using Xunit;
using System.Collections.Concurrent;
using Akka.Actor;
using FailureHistory.Core.Time;
using FailureHistory.Messages;

namespace FailureHistory.Client.Tests;

/// <summary>A subscription over members that die, lose items, cut off and repeat themselves: the caller sees each crossing once (R8.3).</summary>
public sealed class SubscriptionTests
{
    [Theory]
    [InlineData("silence", false)]
    [InlineData("silence", true)]
    [InlineData("hole", false)]
    [InlineData("hole", true)]
    [InlineData("lost tail", false)]
    [InlineData("lost tail", true)]
    [InlineData("cut off", false)]
    [InlineData("cut off", true)]
    [InlineData("forgotten", false)]
    [InlineData("forgotten", true)]
    [Trait("Rule", "R8.3")]
    public async Task When_a_member_fails_the_stream_goes_on_at_another_from_the_last_cursor(string how, bool isGrouping)
    {
        await using var fakes = new FakeMembers(2);
        fakes.Options = fakes.Options with { SubscriptionSilence = TimeSpan.FromSeconds(1) };
        var subscribes = new ConcurrentQueue<Subscribe>();
        foreach (var member in fakes.Members)
        {
            member.IsGrouping = isGrouping;
            member.Does = (message, asker, self) =>
            {
                switch (message)
                {
                    case Subscribe { LastId: null } subscribe:
                        subscribes.Enqueue(subscribe);
                        asker.Tell(new Subscribed("first", 1000), self);
                        asker.Tell(Crossing("first", 1, "c1", "id-1"), self);
                        asker.Tell(new SubscriptionSynced("first", 2, "c2"), self);
                        asker.Tell(Crossing("first", 3, "c3", "id-2"), self);
                        switch (how)
                        {
                            case "hole":
                                asker.Tell(Crossing("first", 5, "c5", "id-4"), self);
                                break;
                            case "cut off":
                                asker.Tell(new SubscriptionGap("first", 4, "c3", "too slow", Ended: true), self);
                                break;
                        }

                        break;
                    case Subscribe again:
                        subscribes.Enqueue(again);
                        asker.Tell(new Subscribed("second", 1000), self);
                        asker.Tell(Crossing("second", 1, "d1", "id-2"), self); // told before
                        asker.Tell(Crossing("second", 2, "d2", "id-3"), self);
                        asker.Tell(new SubscriptionSynced("second", 3, "d3"), self);
                        asker.Tell(Crossing("second", 4, "d4", "id-4"), self);
                        break;
                    case CheckSubscription { Subscription: "first" } check when how != "silence":
                        asker.Tell(how == "forgotten" ? new Unsubscribed("first") : new SubscriptionChecked(check.Subscription, how == "lost tail" ? 4 : 3), self);
                        break;
                    case CheckSubscription { Subscription: "second" }:
                        asker.Tell(new SubscriptionChecked("second", 4), self);
                        break;
                }
            };
        }

        var items = await Take(fakes.Client.SubscribeAsync(new Subscribe(["n"], 0.5)), 5);
        Assert.Equal(["id-1", "synced", "id-2", "id-3", "id-4"], items.Select(Name));
        Assert.Equal([1L, 2, 3, 4, 5], items.Select(i => i.Number));
        Assert.Single(items.Select(i => i.Subscription).Distinct());
        Assert.Equal([null, "c3"], subscribes.Select(s => s.LastId));
        await FakeMembers.Until("the subscription to be ended with its reader", () => fakes.Members.Any(m => m.Asked.Contains(new Unsubscribe("second"))), () => fakes.Members.Select(m => m.Asked.Count));
    }

    [Fact]
    [Trait("Rule", "R8.3")]
    public async Task After_a_gap_the_present_is_told_anew_and_synced_again()
    {
        await using var fakes = new FakeMembers(1);
        fakes[0].Does = (message, asker, self) =>
        {
            if (message is Subscribe)
            {
                asker.Tell(new Subscribed("s", 1000), self);
                asker.Tell(Crossing("s", 1, "a", "id-1"), self);
                asker.Tell(new SubscriptionSynced("s", 2, "b"), self);
                asker.Tell(new SubscriptionGap("s", 3, "", "away too long", Ended: false), self);
                asker.Tell(Crossing("s", 4, "c", "id-1"), self);
                asker.Tell(new SubscriptionSynced("s", 5, "d"), self);
            }
        };
        Assert.Equal(["id-1", "synced", "gap", "id-1", "synced"], (await Take(fakes.Client.SubscribeAsync(new Subscribe(["n"], 0.5)), 5)).Select(Name));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Rule", "R8.5")]
    public async Task Items_count_as_seen_when_the_caller_has_taken_them_and_no_sooner(bool isGrouping)
    {
        await using var fakes = new FakeMembers(1);
        fakes[0].IsGrouping = isGrouping;
        fakes[0].Does = (message, asker, self) =>
        {
            if (message is Subscribe)
            {
                asker.Tell(new Subscribed("s", 1000), self);
                for (var i = 1; i <= 200; i++)
                {
                    asker.Tell(Crossing("s", i, $"c{i}", $"id-{i}"), self);
                }
            }
            else if (message is CheckSubscription)
            {
                asker.Tell(new SubscriptionChecked("s", 200), self);
            }
        };
        using var stop = new CancellationTokenSource();
        await using var items = fakes.Client.SubscribeAsync(new Subscribe(["n"], 0.5), stop.Token).GetAsyncEnumerator(stop.Token);
        for (var i = 0; i < 10; i++)
        {
            Assert.True(await items.MoveNextAsync());
        }

        await FakeMembers.Until("the member to be asked whether it is there", () => fakes[0].Asked.OfType<CheckSubscription>().Count() > 1, () => fakes[0].Asked.Count);
        Assert.True(LastSeen() < 10, $"expected fewer than 10 items to be told as seen while the caller holds the tenth; told {LastSeen()}");
        for (var i = 10; i < 200; i++)
        {
            Assert.True(await items.MoveNextAsync());
        }

        var next = items.MoveNextAsync().AsTask();
        await FakeMembers.Until("all 200 to be told as seen", () => LastSeen() == 200, () => LastSeen());
        Assert.False(next.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);

        long LastSeen() => fakes[0].Asked.OfType<NotificationsSeen>().Select(s => s.Number).DefaultIfEmpty().Max();
    }

    [Fact]
    [Trait("Rule", "R8.1")]
    public async Task A_wrong_request_fails_and_a_member_that_is_not_ready_is_passed_over()
    {
        await using var fakes = new FakeMembers(2);
        fakes.AllAnswer(m => m is Subscribe ? new InvalidRequest("above", "is 2") : null);
        Assert.Equal("above", (await Assert.ThrowsAsync<InvalidRequestException>(() => Take(fakes.Client.SubscribeAsync(new Subscribe(null, 2)), 1))).Field);

        fakes[0].Answers = m => m is Subscribe ? new TryAgain("starting") : null;
        fakes[1].Answers = _ => null;
        fakes[1].Does = (message, asker, self) =>
        {
            if (message is Subscribe)
            {
                asker.Tell(new Subscribed("s", 1000), self);
                asker.Tell(new SubscriptionSynced("s", 1, "a"), self);
            }
        };
        Assert.Equal("synced", Name(Assert.Single(await Take(fakes.Client.SubscribeAsync(new Subscribe(null, 0.5)), 1))));
    }

    private static Crossing Crossing(string subscription, long number, string cursor, string id) =>
        new(subscription, number, cursor, id, new NodeRef(new string('0', 32), "n", null), CrossingDirection.Up, 1, Stamp.Zero, "o");

    private static string Name(ISubscriptionItem item) => item switch
    {
        Crossing crossing => crossing.Id,
        SubscriptionSynced => "synced",
        _ => "gap",
    };

    private static async Task<List<ISubscriptionItem>> Take(IAsyncEnumerable<ISubscriptionItem> items, int count)
    {
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var taken = new List<ISubscriptionItem>();
        await foreach (var item in items.WithCancellation(bound.Token))
        {
            taken.Add(item);
            if (taken.Count == count)
            {
                break;
            }
        }

        return taken;
    }
}
