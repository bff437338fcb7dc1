using Akka.Actor;
using Akka.TestKit;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Actors;
using FailureHistory.Node.Member;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Actors;

/// <summary>The exchanger of one of three members, which all hold every segment; the test plays the others and the SegmentActors.</summary>
public sealed class ExchangerTests : ActorTest
{
    private readonly TestProbe peers;
    private readonly TestProbe segments;
    private readonly MemberRig rig;

    public ExchangerTests(ITestOutputHelper output)
        : base(output)
    {
        peers = CreateTestProbe("peers");
        segments = CreateTestProbe("segments");
        rig = new MemberRig(Sys, 3, ["--exchange-interval", "10s"]);
        MemberRig.Others(this, peers, "exchange");
        rig.Context.SegmentActors = [.. Enumerable.Repeat(segments.Ref, 256)];
        Board(_ => true, CopyPhase.Serving, complete: true, counts: true);
    }

    [Fact]
    public void What_stewards_make_due_is_compacted_to_one_horizon_and_compared_with_each_peer_in_one_message_R9_5()
    {
        var exchanger = Start();
        peers.ExpectNoMsg(TimeSpan.FromMilliseconds(600));
        exchanger.Tell(new ExchangeDue(9));
        exchanger.Tell(new ExchangeDue(3));
        var compares = peers.ReceiveN(2).Cast<CompareDigests>().ToList();
        Assert.All(compares, c => Assert.Equal([3u, 9u], c.Segments.Select(s => s.Segment)));
        Assert.All(compares, c => Assert.True(c.Round));
        var compacted = segments.ReceiveN(2).Cast<CompactNow>().ToList();
        Assert.Equal(compares[0].Horizon, Assert.Single(compacted.Select(c => c.Horizon.Ticks).Distinct()));
        peers.ExpectNoMsg(TimeSpan.FromMilliseconds(600));
    }

    [Fact]
    public void What_a_majority_read_found_to_differ_is_compared_at_once_and_at_most_every_second_R6_5()
    {
        var exchanger = Start();
        rig.Time.Advance(TimeSpan.FromSeconds(2));
        exchanger.Tell(new RepairSegment { Segment = 8 });
        Assert.All(peers.ReceiveN(2).Cast<CompareDigests>(), c => Assert.Equal((8u, true), (Assert.Single(c.Segments).Segment, c.Round)));
        exchanger.Tell(new RepairSegment { Segment = 8 });
        exchanger.Tell(new RepairSegment { Segment = 100_000 }); // of nowhere
        peers.ExpectNoMsg(TimeSpan.FromMilliseconds(600));
    }

    [Fact]
    public void Without_stewards_it_compares_all_its_copies_after_two_intervals_R9_3()
    {
        Start();
        rig.Time.Advance(TimeSpan.FromSeconds(19));
        peers.ExpectNoMsg(TimeSpan.FromMilliseconds(600));
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.All(peers.ReceiveN(2).Cast<CompareDigests>(), c => Assert.Equal((256, true), (c.Segments.Count, c.Round)));
        Assert.All(segments.ReceiveN(256), m => Assert.IsType<CompactNow>(m));
    }

    [Fact]
    public void A_round_of_another_holder_compacts_here_too_pulls_what_differs_and_is_noted_R9_5()
    {
        var exchanger = Start();
        rig.Time.Advance(TimeSpan.FromSeconds(19));
        var round = Compare(rig.Ids[1], rig.Ring.Version, isRound: true);
        exchanger.Tell(round, peers);
        Assert.Equal([8u], peers.ExpectMsg<DigestsCompared>().Differing.Select(s => s.Segment));
        Assert.Equal(
            [new CompactNow(new(round.Horizon)), new CompactNow(new(round.Horizon)), new PullFrom(rig.Ids[1], rig.Ring.Version, new(round.Horizon))],
            segments.ReceiveN(3));
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.All(peers.ReceiveN(2).Cast<CompareDigests>(), c => Assert.DoesNotContain(c.Segments, s => s.Segment is 7 or 8));
    }

    [Fact]
    public void Who_asks_for_itself_alone_or_under_another_version_of_the_ring_starts_nothing_here_R9_4_R9_9()
    {
        var exchanger = Start();
        exchanger.Tell(Compare(rig.Ids[1], rig.Ring.Version, isRound: false), peers);
        exchanger.Tell(Compare(rig.Ids[1], rig.Ring.Version + 1, isRound: true), peers);
        peers.ExpectMsg<DigestsCompared>();
        peers.ExpectMsg<DigestsCompared>();
        segments.ExpectNoMsg(TimeSpan.FromMilliseconds(300));
    }

    [Fact]
    public void When_the_pulls_of_its_round_have_changed_a_copy_it_is_compared_once_more_R9_3()
    {
        var exchanger = Start();
        exchanger.Tell(new ExchangeDue(8));
        peers.ReceiveN(2);
        segments.ExpectMsg<CompactNow>();
        foreach (var peer in rig.Ids.Skip(1))
        {
            var compared = Compared(peer);
            compared.Differing.Add(new SegmentDigest { Segment = 8, Digest = 99 });
            exchanger.Tell(compared);
        }

        segments.ExpectMsg<PullFrom>();
        Board(s => s == 8, CopyPhase.Serving, complete: true, counts: true, digest: 99);
        exchanger.Tell(new PullEnded(8, rig.Ids[1], Stamp.Zero, true));
        segments.ExpectMsg<PullFrom>(); // the other peer's, before it tells anybody of what it has gained
        peers.ExpectNoMsg(TimeSpan.FromMilliseconds(600));
        exchanger.Tell(new PullEnded(8, rig.Ids[2], Stamp.Zero, true));
        Assert.All(peers.ReceiveN(2).Cast<CompareDigests>(), c => Assert.Equal((8u, 99ul), (Assert.Single(c.Segments).Segment, c.Segments[0].Digest)));
        peers.ExpectNoMsg(TimeSpan.FromMilliseconds(600));
    }

    [Fact]
    public void Copies_that_fetch_are_compared_at_once_R9_4()
    {
        Board(s => s is 3 or 9, CopyPhase.Fetching, complete: false, counts: false);
        Board(s => s == 4, CopyPhase.Recovering, complete: false, counts: false);
        Start();
        Assert.All(peers.ReceiveN(2).Cast<CompareDigests>(), c => Assert.Equal([3u, 9u], c.Segments.Select(s => s.Segment)));
    }

    [Fact]
    public void Equal_digests_are_a_merge_and_different_ones_are_pulled_a_few_at_a_time_R9_5()
    {
        var exchanger = Start();
        var compared = Compared(rig.Ids[1]);
        compared.Equal.AddRange([7, 8]);
        compared.Counting.Add(8);
        compared.Differing.AddRange(Enumerable.Range(20, 12).Select(s => new SegmentDigest { Segment = (uint)s, Digest = 99 }));
        exchanger.Tell(compared);

        var merged = segments.ReceiveN(2).Cast<MergedWith>().ToList();
        Assert.Equal([false, true], merged.Select(m => m.PeerCounts));
        Assert.All(merged, m => Assert.Equal((rig.Ids[1], rig.Ring.Version), (m.Peer, m.RingVersion)));
        Assert.Equal(8, segments.ReceiveN(8).Cast<PullFrom>().Count(p => p.Peer == rig.Ids[1] && p.Horizon.Ticks == compared.Horizon));
        segments.ExpectNoMsg(TimeSpan.FromMilliseconds(200));
        exchanger.Tell(compared); // what is under way or waits is not asked for twice
        segments.ReceiveN(2);
        segments.ExpectNoMsg(TimeSpan.FromMilliseconds(200));

        for (var s = 20; s < 24; s++)
        {
            exchanger.Tell(new PullEnded(s, rig.Ids[1], Stamp.Zero, true));
        }

        Assert.All(segments.ReceiveN(4), m => Assert.IsType<PullFrom>(m));
        segments.ExpectNoMsg(TimeSpan.FromMilliseconds(200));
    }

    [Fact]
    public void An_answer_under_another_version_of_the_ring_is_passed_over_R9_9()
    {
        var exchanger = Start();
        var compared = Compared(rig.Ids[1]);
        compared.RingVersion--;
        compared.Equal.Add(7);
        compared.Differing.Add(new SegmentDigest { Segment = 8, Digest = 99 });
        exchanger.Tell(compared);
        segments.ExpectNoMsg(TimeSpan.FromMilliseconds(300));
    }

    [Fact]
    public void It_says_of_its_copies_what_is_equal_what_differs_what_vouches_and_what_is_still_read_from_disk_R9_4()
    {
        Board(s => s == 1, CopyPhase.Serving, complete: true, counts: true, digest: 11);
        Board(s => s == 2, CopyPhase.Recovering, complete: false, counts: false);
        Board(s => s == 3, CopyPhase.Serving, complete: true, counts: false, vouches: true, digest: 33); // lost with this version of the ring
        Board(s => s == 4, CopyPhase.Serving, complete: true, counts: false, digest: 44);
        Board(s => s == 5, CopyPhase.Serving, complete: true, counts: true, digest: 55, version: rig.Ring.Version - 1); // has not taken in the version yet
        var exchanger = Start();
        var compare = new CompareDigests { RingVersion = rig.Ring.Version, Horizon = 5, Member = WireIds.Bytes(rig.Ids[1]) };
        compare.Segments.AddRange(new[] { 1, 2, 3, 4, 5 }.Select(s => new SegmentDigest { Segment = (uint)s, Digest = s == 4 ? 0 : (ulong)(s * 11) }));
        var asker = CreateTestProbe();
        exchanger.Tell(compare, asker);
        var reply = asker.ExpectMsg<DigestsCompared>();
        Assert.Equal([1u, 3u, 5u], reply.Equal);
        Assert.Equal(4u, Assert.Single(reply.Differing).Segment);
        Assert.Equal([2u], reply.Unavailable);
        Assert.Equal([1u, 3u], reply.Counting);
        Assert.Equal(5, reply.Horizon);
    }

    [Fact]
    public void When_nobody_answers_for_3_s_the_copies_that_fetch_are_told_and_those_that_were_answered_by_one_that_vouches_are_not_R9_4()
    {
        var nine = FetchThreeAndNine();
        var exchanger = Start();
        peers.ReceiveN(2);
        exchanger.Tell(DifferingNine(vouches: true));
        nine.ExpectMsg<PullFrom>();
        segments.ExpectNoMsg(TimeSpan.FromMilliseconds(600));
        rig.Time.Advance(TimeSpan.FromSeconds(3.1));
        segments.ExpectMsg<NobodyToAsk>();
        nine.ExpectNoMsg(TimeSpan.FromMilliseconds(600));
        rig.Time.Advance(TimeSpan.FromSeconds(7)); // it vouched, and is not heard of any more
        Assert.Equal(new NobodyToAsk(rig.Ring.Version), nine.ExpectMsg<NobodyToAsk>());
    }

    [Fact]
    public void Two_that_fetch_do_not_wait_for_each_other_while_the_third_is_gone_R9_4()
    {
        var nine = FetchThreeAndNine();
        var exchanger = Start();
        peers.ReceiveN(2);
        var compared = DifferingNine(vouches: false);
        compared.Equal.Add(3);
        exchanger.Tell(compared);
        Assert.False(segments.ExpectMsg<MergedWith>().PeerCounts);
        nine.ExpectMsg<PullFrom>(); // what the other has is fetched all the same
        segments.ExpectNoMsg(TimeSpan.FromMilliseconds(600));
        nine.ExpectNoMsg(TimeSpan.FromMilliseconds(100));
        rig.Time.Advance(TimeSpan.FromSeconds(3.1));
        segments.ExpectMsg<NobodyToAsk>();
        nine.ExpectMsg<NobodyToAsk>();
    }

    [Fact]
    public void That_rows_are_being_restored_goes_around_with_the_exchange_before_anything_is_compacted_R2_6()
    {
        var exchanger = Start();
        var round = Compare(rig.Ids[1], rig.Ring.Version, isRound: true);
        var first = rig.Context.Now + TimeSpan.FromMinutes(3);
        round.HeldUntil = first.Ticks;
        exchanger.Tell(round, peers);
        Assert.Equal(first.Ticks, peers.ExpectMsg<DigestsCompared>().HeldUntil);
        Assert.Equal(first, rig.Context.HeldUntil);

        var compared = Compared(rig.Ids[2]);
        compared.HeldUntil = long.MaxValue; // of a clock that is wrong
        exchanger.Tell(compared);
        exchanger.Tell(new ExchangeDue(3));
        var bound = rig.Context.Now + TimeSpan.FromMinutes(10);
        Assert.All(peers.ReceiveN(2).Cast<CompareDigests>(), c => Assert.InRange(c.HeldUntil, first.Ticks + 1, bound.Ticks));
    }

    [Fact]
    public void A_member_that_stops_compares_until_every_other_holder_was_seen_to_have_all_that_it_has_R9_8()
    {
        var exchanger = Start();
        var asker = CreateTestProbe("asker");
        exchanger.Tell(HandOverNow.Instance, asker);
        Assert.All(peers.ReceiveN(2).Cast<CompareDigests>(), c => Assert.Equal((256, true), (c.Segments.Count, c.Round)));
        exchanger.Tell(AllEqual(rig.Ids[1], since: 0));
        var differing = AllEqual(rig.Ids[2], since: 0);
        differing.Equal.Remove(8);
        differing.Differing.Add(new SegmentDigest { Segment = 8, Digest = 99 });
        exchanger.Tell(differing);

        // What differs is pulled by both sides; it is looked again whether it still does.
        peers.FishForMessage<CompareDigests>(c => c.Segments.Select(s => s.Segment).SequenceEqual([8u]));
        Assert.False(asker.HasMessages, "segment 8 of one holder differs: it is not over");
        var equal = Compared(rig.Ids[2]);
        equal.Equal.Add(8);
        exchanger.Tell(equal);
        Assert.Equal(new HandedOver(0), asker.ExpectMsg<HandedOver>());
    }

    [Fact]
    public void What_was_compared_before_a_member_was_told_to_stop_does_not_count_and_it_does_not_wait_for_longer_than_10_s_R9_8()
    {
        var exchanger = Start();
        var asker = CreateTestProbe("asker");
        exchanger.Tell(HandOverNow.Instance, asker);
        peers.ReceiveN(2);
        exchanger.Tell(AllEqual(rig.Ids[1], since: -1));
        exchanger.Tell(AllEqual(rig.Ids[2], since: 0));
        asker.ExpectNoMsg(TimeSpan.FromMilliseconds(600));
        rig.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(new HandedOver(256), asker.ExpectMsg<HandedOver>());
    }

    [Fact]
    public void A_member_that_stops_waits_for_nobody_who_is_out_of_reach_R9_8()
    {
        rig.Context.Peers.SetReachable(rig.Ids[1], false);
        var exchanger = Start();
        var asker = CreateTestProbe("asker");
        exchanger.Tell(HandOverNow.Instance, asker);
        asker.ExpectNoMsg(TimeSpan.FromMilliseconds(300));
        exchanger.Tell(AllEqual(rig.Ids[2], since: 0));
        Assert.Equal(new HandedOver(0), asker.ExpectMsg<HandedOver>());

        rig.Context.Peers.SetReachable(rig.Ids[2], false);
        exchanger.Tell(HandOverNow.Instance, asker);
        Assert.Equal(new HandedOver(0), asker.ExpectMsg<HandedOver>());
    }

    private DigestsCompared AllEqual(MemberId by, long since)
    {
        var compared = Compared(by);
        compared.Horizon += since;
        compared.Equal.AddRange(Enumerable.Range(0, 256).Select(s => (uint)s));
        return compared;
    }

    private IActorRef Start()
    {
        var exchanger = Sys.ActorOf(Exchanger.Props(rig.Context), "exchanger-under-test");
        exchanger.Ask<ActorIdentity>(new Identify(1), TimeSpan.FromSeconds(5)).GetAwaiter().GetResult(); // it has looked at the clock
        return exchanger;
    }

    // Of segment 7, which is equal, and 8, which is not.
    private CompareDigests Compare(MemberId by, long version, bool isRound)
    {
        var compare = new CompareDigests { RingVersion = version, Horizon = rig.Context.Now.Ticks, Member = WireIds.Bytes(by), Round = isRound };
        compare.Segments.Add(new SegmentDigest { Segment = 7, Digest = 0 });
        compare.Segments.Add(new SegmentDigest { Segment = 8, Digest = 99 });
        return compare;
    }

    // A probe of its own for segment 9, since the others share one.
    private TestProbe FetchThreeAndNine()
    {
        var nine = CreateTestProbe("nine");
        rig.Context.SegmentActors = [.. Enumerable.Range(0, 256).Select(s => s == 9 ? nine.Ref : segments.Ref)];
        Board(s => s is 3 or 9, CopyPhase.Fetching, complete: false, counts: false);
        return nine;
    }

    private DigestsCompared DifferingNine(bool vouches)
    {
        var compared = Compared(rig.Ids[1]);
        compared.Differing.Add(new SegmentDigest { Segment = 9, Digest = 99 });
        if (vouches)
        {
            compared.Counting.Add(9);
        }

        return compared;
    }

    private DigestsCompared Compared(MemberId by) => new() { RingVersion = rig.Ring.Version, Horizon = rig.Context.Now.Ticks, Member = WireIds.Bytes(by) };

    private void Board(Func<int, bool> which, CopyPhase phase, bool complete, bool counts, bool? vouches = null, ulong digest = 0, long? version = null)
    {
        for (var segment = 0; segment < 256; segment++)
        {
            if (which(segment))
            {
                rig.Context.Board[segment] = new CopyStatus(phase, complete, counts, vouches ?? counts, digest, version ?? rig.Ring.Version);
            }
        }
    }
}
