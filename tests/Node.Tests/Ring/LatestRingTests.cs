using Akka.Actor;
using Akka.TestKit;
using FailureHistory.Core.Ring;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Queries;
using FailureHistory.Node.Ring;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Ring;

/// <summary>The question whether a version of the ring is the latest; the test plays all three members' votes.</summary>
[Trait("Rule", "R6.5")]
public sealed class LatestRingTests : ActorTest
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(200);

    private readonly TestProbe votes;
    private readonly MemberRig rig;
    private readonly LatestRing latest;

    public LatestRingTests(ITestOutputHelper output)
        : base(output)
    {
        votes = CreateTestProbe("votes");
        rig = new MemberRig(Sys, 3, ["--query.timeout", "3s"]);
        MemberRig.At("fh-ring", votes);
        latest = new LatestRing(rig.Context);
    }

    [Fact]
    public async Task Reads_that_come_while_a_round_is_under_way_share_the_next()
    {
        var first = Confirm();
        var asked = Asked();
        var others = Enumerable.Range(0, 10).Select(_ => Confirm()).ToList();
        votes.ExpectNoMsg(Quiet);

        Answer(asked);
        Assert.True(await first);
        Assert.DoesNotContain(others, o => o.IsCompleted); // what was said before they asked is no answer to them
        Answer(Asked());
        Assert.All(await Task.WhenAll(others), Assert.True);
        votes.ExpectNoMsg(Quiet);
    }

    [Fact]
    public async Task A_round_that_nobody_answers_holds_nobody_up_who_comes_later()
    {
        var first = Confirm();
        Asked();
        var second = Confirm();
        votes.ExpectNoMsg(Quiet);
        rig.Time.Advance(rig.Settings.HedgeAfter);
        Answer(Asked());
        Assert.True(await second);
        Assert.False(first.IsCompleted);
    }

    [Fact]
    public async Task A_majority_must_say_so_and_whoever_is_ahead_is_asked_for_its_record()
    {
        var confirming = Confirm();
        var asked = Asked();
        Answer(asked[..1]);
        votes.Send(asked[1], Reply(rig.Ring.Version, votedForNext: true));
        Assert.False(confirming.IsCompleted);
        votes.Send(asked[2], Reply(rig.Ring.Version + 1));
        votes.FishForMessage<RingQuery>(_ => true);

        rig.Context.Ring = RingView.Of(RingChanges.Renew(rig.Ring.Record)); // as the record in its answer does
        for (var i = 0; i < 100 && !confirming.IsCompleted; i++)
        {
            rig.Time.Advance(rig.Settings.HedgeAfter);
            await Task.WhenAny(confirming, Task.Delay(20)); // what the advance set off runs on other threads
            while (votes.HasMessages && votes.ReceiveOne(TimeSpan.Zero) is RingCheck)
            {
                votes.Reply(Reply(rig.Ring.Version));
            }
        }

        Assert.False(await confirming.WaitAsync(TimeSpan.FromSeconds(5)), "the version asked about is no longer in force here");
    }

    [Fact]
    public async Task While_the_others_vote_who_is_out_of_reach_is_not_waited_for()
    {
        var gone = rig.Ring.Record.Members.Select(m => m.Id).ToList().FindIndex(m => m != rig.Self);
        rig.Context.Peers.SetReachable(rig.Ring.Record.Members[gone].Id, false);
        var confirming = Confirm();
        var asked = Asked();
        asked.RemoveAt(gone);
        votes.Send(asked[0], Reply(rig.Ring.Version, votedForNext: true));
        Answer(asked[1..]);
        for (var i = 0; i < 10 && !votes.HasMessages; i++)
        {
            rig.Time.Advance(rig.Settings.HedgeAfter);
            await Task.Delay(50); // what the advance set off runs on other threads
        }

        Answer(Asked()); // a round later, well before the query's time is up
        Assert.True(await confirming.WaitAsync(TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public async Task However_many_ask_at_once_each_is_told_of_a_round_that_began_after_it_asked()
    {
        var told = 0;
        var asking = new LatestRing(rig.Context);
        votes.SetAutoPilot(new DelegateAutoPilot((sender, message) =>
        {
            if (message is RingCheck)
            {
                sender.Tell(Reply(rig.Ring.Version));
            }

            return AutoPilot.KeepRunning;
        }));
        for (var version = 0; version < 50; version++)
        {
            var ring = rig.Ring;
            await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
            {
                for (var i = 0; i < 10; i++)
                {
                    Assert.True(await asking.Confirm(ring, new Deadline(rig.Time, rig.Settings.QueryTimeout)).WaitAsync(TimeSpan.FromSeconds(20)), $"version {ring.Version} is in force everywhere");
                    Interlocked.Increment(ref told);
                }
            })));
            rig.Context.Ring = RingView.Of(RingChanges.Renew(ring.Record));
        }

        Assert.Equal(4000, told);
    }

    private Task<bool> Confirm() => latest.Confirm(rig.Ring, new Deadline(rig.Time, rig.Settings.QueryTimeout));

    private List<IActorRef> Asked() => [.. Enumerable.Range(0, 3).Select(_ =>
    {
        votes.ExpectMsg<RingCheck>(TimeSpan.FromSeconds(5));
        return votes.Sender;
    })];

    private void Answer(List<IActorRef> asked) => asked.ForEach(a => votes.Send(a, Reply(rig.Ring.Version)));

    private RingChecked Reply(long version, bool votedForNext = false) => new()
    {
        Member = WireIds.Bytes(rig.Self), ClusterId = WireIds.Bytes(rig.Ring.Record.ClusterId), Version = version, VotedForNext = votedForNext,
    };
}
