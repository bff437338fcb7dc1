using Akka.Actor;
using Akka.TestKit;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Actors;
using FailureHistory.Node.Member;
using FailureHistory.Node.Notifications;
using FailureHistory.Node.Stewards;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Stewards;

/// <summary>One steward at the first of three members; the test plays its member's exchanger and SegmentActors. Its clock stands still unless advanced.</summary>
public sealed class SegmentStewardTests : ActorTest
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(300);

    private readonly TestProbe stewards;
    private readonly TestProbe exchanger;
    private readonly TestProbe segments;
    private readonly TestProbe node;
    private readonly MemberRig rig;

    public SegmentStewardTests(ITestOutputHelper output)
        : base(output)
    {
        stewards = CreateTestProbe("stewards");
        exchanger = CreateTestProbe("exchanger");
        segments = CreateTestProbe("segments");
        node = CreateTestProbe("node");
        rig = new MemberRig(Sys, 3, ["--exchange-interval", "1s"]);
        rig.Context.SegmentActors = [.. Enumerable.Repeat(segments.Ref, 256)];
        Phase(CopyPhase.Serving);
    }

    [Fact]
    public void It_makes_the_exchange_due_at_once_and_every_interval_R9_5()
    {
        Start();
        Assert.Equal(new StewardRuns(5, true), stewards.ExpectMsg<StewardRuns>());
        for (var round = 0; round < 3; round++)
        {
            Assert.Equal(5, exchanger.ExpectMsg<ExchangeDue>(TimeSpan.FromSeconds(10)).Segment);
        }
    }

    [Fact]
    public void It_says_when_it_stops()
    {
        var steward = Start();
        stewards.ExpectMsg<StewardRuns>();
        Sys.Stop(steward);
        Assert.Equal(new StewardRuns(5, false), stewards.ExpectMsg<StewardRuns>());
    }

    [Fact]
    public void The_copy_beside_it_raises_what_nobody_raised_since_the_last_round_and_at_its_start_for_the_minute_before_R8_6()
    {
        rig.Context.Interest = new InterestView([InterestFilter.Of([])]);
        var begun = rig.Context.Now;
        Start();
        var first = segments.ExpectMsg<RaiseUnseen>();
        Assert.Equal((5, -60.0), (first.Segment, Math.Round((first.Since - begun).TotalSeconds, 3)));
        var second = segments.FishForMessage<RaiseUnseen>(_ => true, TimeSpan.FromSeconds(10));
        Assert.Equal(-30.0, Math.Round((second.Since - begun).TotalSeconds, 3));
    }

    [Fact]
    public void While_nobody_is_interested_no_copy_is_told_anything_R8_6()
    {
        Start();
        exchanger.ExpectMsg<ExchangeDue>();
        exchanger.ExpectMsg<ExchangeDue>(TimeSpan.FromSeconds(10));
        segments.ExpectNoMsg(Soon);
    }

    [Fact]
    public void A_round_in_which_the_copy_did_not_serve_is_made_up_for_by_the_next_R8_6()
    {
        rig.Context.Interest = new InterestView([InterestFilter.Of([])]);
        Phase(CopyPhase.Fetching);
        var begun = rig.Context.Now;
        Start();
        exchanger.ExpectMsg<ExchangeDue>();
        exchanger.ExpectMsg<ExchangeDue>(TimeSpan.FromSeconds(10));
        segments.ExpectNoMsg(Soon);
        Phase(CopyPhase.Serving);
        Assert.Equal(-60.0, Math.Round((segments.ExpectMsg<RaiseUnseen>(TimeSpan.FromSeconds(10)).Since - begun).TotalSeconds, 3));
    }

    [Fact]
    public void The_rounds_of_a_member_come_together_those_of_others_at_other_times_and_never_later_than_the_interval_R9_3()
    {
        var interval = TimeSpan.FromSeconds(10);
        var instants = new HashSet<long>();
        for (var member = 0; member < 3; member++)
        {
            var one = new MemberRig(Sys, 3, ["--exchange-interval", "10s"], member) { };
            var target = new HashSet<long>();
            for (var i = 0; i < 40; i++)
            {
                var wait = SegmentSteward.UntilNext(one.Context);
                Assert.InRange(wait, TimeSpan.FromMilliseconds(400), interval);
                target.Add((one.Context.Wall.Ticks + wait.Ticks) % (interval.Ticks * 9 / 10));
                one.Time.Advance(TimeSpan.FromMilliseconds(731));
            }

            Assert.True(instants.Add(Assert.Single(target)), "two members have their rounds at the same instant");
        }
    }

    private IActorRef Start() => Sys.ActorOf(SegmentSteward.Props(5, rig.Context, stewards, exchanger, node), "steward-under-test");

    private void Phase(CopyPhase phase) => rig.Context.Board[5] = new CopyStatus(phase, true, true, true, 0, rig.Ring.Version);
}
