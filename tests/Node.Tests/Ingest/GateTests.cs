using Akka.Actor;
using Akka.TestKit;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Ingest;
using FailureHistory.Node.Member;
using FailureHistory.Node.Registry;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Ingest;

/// <summary>The gate of one of several members; the test plays the logs, its own and the others'. Time is fake, but Akka's scheduler (ticks of 100 ms) is real.</summary>
public sealed class GateTests : ActorTest
{
    private readonly TestProbe log;
    private readonly TestProbe others;
    private readonly TestProbe aggregator;
    private readonly TestProbe reporter;

    public GateTests(ITestOutputHelper output)
        : base(output)
    {
        log = CreateTestProbe("own-log");
        others = CreateTestProbe("other-logs");
        aggregator = CreateTestProbe("aggregator");
        reporter = CreateTestProbe("reporter");
    }

    [Fact]
    public void No_stamp_is_given_before_the_log_holds_a_bound_for_it_R2_3()
    {
        var (rig, gate) = Gate(reserve: false);
        Report(gate, Failure("n1"));
        var asked = log.ExpectMsg<ReserveClock>();
        Assert.True(asked.Until > rig.Context.Now, $"a bound ahead of {rig.Context.Now} was expected; came {asked.Until}");
        log.ExpectNoMsg(TimeSpan.FromMilliseconds(300));

        rig.Context.Clock.Reserve(asked.Until);
        gate.Tell(new ClockReserved(asked.Until));
        var stamped = Decode(log.ExpectMsg<WriteBatch>());
        Assert.InRange(stamped.Observations[0].ReceivedAt.Ticks, rig.Context.Wall.Ticks, asked.Until.Ticks);
    }

    [Fact]
    public void A_report_that_never_gets_a_stamp_is_given_back_R2_7()
    {
        var (rig, gate) = Gate(reserve: false);
        Report(gate, Failure("n1"), Failure("n2"));
        log.ExpectMsg<ReserveClock>();
        rig.Time.Advance(rig.Settings.GateTimeout + TimeSpan.FromSeconds(1));
        Assert.Equal([0, 1], reporter.ExpectMsg<ObservationsRecorded>().Retry);
    }

    [Fact]
    public void A_gate_whose_log_cannot_be_written_gives_what_it_has_no_stamp_for_back_at_once_R2_7()
    {
        var (rig, gate) = Gate(reserve: false);
        rig.Context.IsRecovered = true;
        rig.Context.LogWritable = false;
        Report(gate, Failure("n1"), Failure("n2"));
        Assert.Equal([0, 1], reporter.ExpectMsg<ObservationsRecorded>().Retry);
        var asked = log.ExpectMsg<ReserveClock>(); // all the same, so that there is one once the log can be written

        rig.Context.LogWritable = true;
        rig.Context.Clock.Reserve(asked.Until);
        gate.Tell(new ClockReserved(asked.Until));
        Report(gate, Failure("n1"));
        log.ExpectMsg<WriteBatch>();
    }

    [Fact]
    public void A_member_that_stored_it_under_a_version_before_is_asked_again_without_waiting_for_the_resend_R9_9()
    {
        var (rig, gate) = Gate();
        Report(gate, Failure("n1"));
        var batch = log.ExpectMsg<WriteBatch>();
        others.ReceiveN(2);
        Written(gate, rig, batch, rig.Self);
        Written(gate, rig, batch, rig.Ids[1], rig.Ring.Version - 1);
        rig.Time.Advance(TimeSpan.FromMilliseconds(150)); // a tenth of the usual
        var again = others.ExpectMsg<WriteBatch>();
        Assert.Equal((batch.BatchId, batch.RingVersion), (again.BatchId, again.RingVersion));
        Written(gate, rig, again, rig.Ids[1]);
        Recorded(1, 0);
    }

    [Fact]
    public void It_acknowledges_when_a_majority_has_it_and_not_before_R2_7()
    {
        var (rig, gate) = Gate();
        Report(gate, Failure("n1", "i1"));
        var batch = log.ExpectMsg<WriteBatch>();
        Assert.All(others.ReceiveN(2).Cast<WriteBatch>(), b => Assert.Equal(batch.Payload, b.Payload)); // the same bytes to all
        Written(gate, rig, batch, rig.Self);
        reporter.ExpectNoMsg(TimeSpan.FromMilliseconds(300));
        Written(gate, rig, batch, rig.Self); // the same member twice is one
        reporter.ExpectNoMsg(TimeSpan.FromMilliseconds(300));
        Written(gate, rig, batch, rig.Ids[2]);
        Recorded(1, 0);
    }

    [Fact]
    public void Answers_under_another_version_of_the_ring_and_of_strangers_do_not_count_R9_9()
    {
        var (rig, gate) = Gate();
        Report(gate, Failure("n1"));
        var batch = log.ExpectMsg<WriteBatch>();
        Assert.Equal(rig.Ring.Version, batch.RingVersion);
        Written(gate, rig, batch, rig.Self);
        Written(gate, rig, batch, rig.Ids[1], rig.Ring.Version - 1);
        Written(gate, rig, batch, rig.Ids[2], rig.Ring.Version + 1);
        Written(gate, rig, batch, MemberRig.Id(99));
        reporter.ExpectNoMsg(TimeSpan.FromMilliseconds(300));
        Written(gate, rig, batch, rig.Ids[1]);
        Recorded(1, 0);
    }

    [Fact]
    public void Duplicates_are_counted_once_whoever_says_so_R2_4()
    {
        var (rig, gate) = Gate(members: 1);
        Report(gate, Failure("n1", "a"), Failure("n1", "b"), Failure("n1", "c"));
        var batch = log.ExpectMsg<WriteBatch>();
        gate.Tell(new BatchWritten { BatchId = batch.BatchId, Member = WireIds.Bytes(rig.Self), RingVersion = rig.Ring.Version, Duplicates = { 1, 1 } });
        Recorded(2, 1);
    }

    [Fact]
    public void A_stamp_of_each_observation_is_higher_than_the_one_before_in_the_order_of_the_batch_and_of_batches_R2_3()
    {
        var (rig, gate) = Gate(members: 1);
        var last = Stamp.Zero;
        for (var i = 0; i < 3; i++)
        {
            Report(gate, [.. Enumerable.Range(0, 50).Select(n => Failure($"n{n % 7}", $"{i}-{n}"))]);
            var stamps = Decode(log.ExpectMsg<WriteBatch>()).Observations.OrderBy(o => int.Parse(o.Id.Split('-')[1], null)).Select(o => o.ReceivedAt).ToList();
            Assert.All(stamps, s =>
            {
                Assert.True(s > last, $"{s} after {last}");
                last = s;
            });
            rig.Time.AdjustTime(rig.Time.GetUtcNow() - TimeSpan.FromMinutes(1)); // the wall clock steps back
        }
    }

    [Fact]
    public void What_a_majority_refused_is_given_back_at_once_R2_7()
    {
        var (rig, gate) = Gate();
        Report(gate, Failure("n1"), Failure("n1"));
        var batch = log.ExpectMsg<WriteBatch>();
        Refused(gate, batch, rig.Ids[1]);
        Refused(gate, batch, rig.Ids[1]); // one member is one
        reporter.ExpectNoMsg(TimeSpan.FromMilliseconds(300));
        Refused(gate, batch, rig.Ids[2]);
        Assert.Equal([0, 1], reporter.ExpectMsg<ObservationsRecorded>().Retry);
    }

    [Fact]
    public void A_report_for_replicas_that_cannot_be_reached_is_given_back_at_once_R2_7()
    {
        var (rig, gate) = Gate();
        rig.Context.Peers.SetReachable(rig.Ids[1], false);
        rig.Context.Peers.SetReachable(rig.Ids[2], false);
        Report(gate, Failure("n1"));
        Assert.Equal([0], reporter.ExpectMsg<ObservationsRecorded>(TimeSpan.FromSeconds(2)).Retry);
    }

    [Fact]
    public void Replica_sets_without_a_majority_never_spoil_the_others_R2_7()
    {
        var (rig, gate) = Gate(members: 6);
        rig.Context.Peers.SetReachable(rig.Ids[1], false);
        rig.Context.Peers.SetReachable(rig.Ids[2], false);
        var reports = Enumerable.Range(0, 200).Select(i => Failure($"n{i}", $"i{i}")).ToArray();
        var hopeless = Enumerable.Range(0, 200)
            .Where(i => rig.Ring.ReplicasOf(NodeId.FromName($"n{i}")).Count(rig.Context.Peers.IsReachable) < 2).ToList();
        Assert.InRange(hopeless.Count, 1, 199);
        Report(gate, reports);

        // Every batch that any reachable member gets is written by it and by all others that are reachable.
        others.AwaitAssert(() =>
        {
            while (others.HasMessages || log.HasMessages)
            {
                foreach (var batch in new[] { others, log }.Where(p => p.HasMessages).Select(p => p.ReceiveOne(TimeSpan.Zero)).OfType<WriteBatch>())
                {
                    foreach (var member in rig.Ids.Where(rig.Context.Peers.IsReachable))
                    {
                        Written(gate, rig, batch, member);
                    }
                }
            }

            Assert.True(reporter.HasMessages, "no answer yet");
        }, TimeSpan.FromSeconds(5));
        var recorded = reporter.ExpectMsg<ObservationsRecorded>();
        Assert.Equal(hopeless, recorded.Retry);
        Assert.Equal(200 - hopeless.Count, recorded.Accepted);
    }

    [Fact]
    public void A_change_of_the_ring_sends_again_under_the_new_version_R9_9()
    {
        var (rig, gate) = Gate();
        Report(gate, Failure("n1"));
        var before = log.ExpectMsg<WriteBatch>();
        Written(gate, rig, before, rig.Self);
        gate.Tell(new RingChangedTo(rig.Grow()));
        var replicas = rig.Ring.ReplicasOf(NodeId.FromName("n1"));
        WriteBatch? after = null;
        (replicas.Contains(rig.Self) ? log : others).FishForMessage(m => m is WriteBatch b && (after = b).RingVersion == rig.Ring.Version);
        Written(gate, rig, before, rig.Ids[1], rig.Ring.Version - 1); // too late
        Written(gate, rig, after!, replicas[0]);
        reporter.ExpectNoMsg(TimeSpan.FromMilliseconds(300));
        Written(gate, rig, after!, replicas[1]);
        Recorded(1, 0);
    }

    [Fact]
    public void Before_there_is_a_ring_a_report_waits_for_it_and_is_given_back_when_its_time_is_up()
    {
        var (rig, gate) = Gate(members: 1);
        var ring = rig.Ring;
        rig.Context.Ring = null;
        Report(gate, Failure("n1"));
        reporter.ExpectNoMsg(TimeSpan.FromMilliseconds(400));
        rig.Context.Ring = ring;
        gate.Tell(new RingChangedTo(ring));
        Written(gate, rig, log.ExpectMsg<WriteBatch>(), rig.Self);
        Recorded(1, 0);

        rig.Context.Ring = null;
        Report(gate, Failure("n2"));
        reporter.ExpectNoMsg(TimeSpan.FromMilliseconds(300));
        rig.Time.Advance(rig.Settings.GateTimeout + TimeSpan.FromMilliseconds(1));
        Assert.Equal([0], reporter.ExpectMsg<ObservationsRecorded>().Retry);
    }

    [Fact]
    public void Who_did_not_answer_is_sent_the_batch_again_and_what_got_no_majority_in_time_is_given_back_R2_7()
    {
        var (rig, gate) = Gate();
        Report(gate, Failure("n1", "i1"));
        var batch = log.ExpectMsg<WriteBatch>();
        others.ReceiveN(2);
        Written(gate, rig, batch, rig.Self);
        rig.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.All(others.ReceiveN(2).Cast<WriteBatch>(), b => Assert.Equal((batch.BatchId, batch.Payload), (b.BatchId, b.Payload)));
        log.ExpectNoMsg(TimeSpan.FromMilliseconds(100)); // it has answered
        rig.Time.Advance(rig.Settings.GateTimeout);
        Assert.Equal([0], reporter.ExpectMsg<ObservationsRecorded>().Retry);
        Written(gate, rig, batch, rig.Ids[1]); // after the answer: no second one
        reporter.ExpectNoMsg(TimeSpan.FromMilliseconds(300));
    }

    [Fact]
    public void Where_all_answers_take_long_nothing_is_sent_again_before_four_times_as_long_R2_7()
    {
        var (rig, gate) = Gate();
        for (var i = 0; i < 20; i++)
        {
            Report(gate, Failure("n1", $"i{i}"));
            var slow = log.ExpectMsg<WriteBatch>();
            others.ReceiveN(2);
            rig.Time.Advance(TimeSpan.FromSeconds(1)); // so long a majority takes, lately
            Written(gate, rig, slow, rig.Self);
            Written(gate, rig, slow, rig.Ids[1]);
            Recorded(1, 0);
        }

        Report(gate, Failure("n1", "last"));
        log.ExpectMsg<WriteBatch>();
        others.ReceiveN(2);
        rig.Time.Advance(TimeSpan.FromSeconds(3.4));
        others.ExpectNoMsg(TimeSpan.FromMilliseconds(300)); // three ticks
        rig.Time.Advance(TimeSpan.FromSeconds(0.7));
        others.ReceiveN(2);
    }

    [Fact]
    public void Many_reports_at_once_share_messages_and_each_is_answered_for_itself_R2_7()
    {
        var (rig, gate) = Gate();
        var reporters = Enumerable.Range(0, 40).Select(i => CreateTestProbe($"reporter-{i}")).ToList();
        foreach (var (i, from) in reporters.Index())
        {
            gate.Tell(new LocalReport(new ReportObservations([Failure($"n{i}", $"i{i}"), Failure($"m{i}", $"j{i}")])), from);
        }

        var stored = new List<Observation>();
        var batches = 0;
        while (stored.Count < 80)
        {
            var batch = log.ExpectMsg<WriteBatch>();
            Assert.All(others.ReceiveN(2).Cast<WriteBatch>(), b => Assert.Equal(batch.Payload, b.Payload));
            var decoded = Decode(batch).Observations;
            stored.AddRange(decoded);
            batches++;
            var duplicate = decoded.Index().Where(o => o.Item.Id == "i7").Select(o => (uint)o.Index);
            gate.Tell(new BatchWritten { BatchId = batch.BatchId, Member = WireIds.Bytes(rig.Self), RingVersion = rig.Ring.Version, Duplicates = { duplicate } });
            Written(gate, rig, batch, rig.Ids[2]);
        }

        Assert.Equal(80, stored.Select(o => o.Id).Distinct().Count());
        Assert.InRange(batches, 2, 20); // the first ones at once, all that came meanwhile together
        foreach (var (i, from) in reporters.Index())
        {
            var recorded = from.ExpectMsg<ObservationsRecorded>();
            Assert.Equal(i == 7 ? (1, 1) : (2, 0), (recorded.Accepted, recorded.Duplicates));
            Assert.Empty(recorded.Retry);
        }
    }

    [Fact]
    public void A_report_between_the_change_of_the_ring_and_the_news_of_it_goes_to_the_replicas_of_the_new_version_R9_9()
    {
        var (rig, gate) = Gate(members: 4);
        var node = Enumerable.Range(0, 1000).Select(i => $"n{i}").First(name => RingView.Of(RingChanges.Add(rig.Ring.Record, MemberRig.Member(MemberRig.Id(5)))) is var next
            && next.ReplicaSetOf(NodeId.FromName(name)) is var set && set == rig.Ring.ReplicaSetOf(NodeId.FromName(name))
            && !next.Placement.Replicas(set).ToHashSet().SetEquals(rig.Ring.Placement.Replicas(set)));
        Report(gate, Failure(node, "before"));
        var before = log.ReceiveWhile<WriteBatch>(_ => true, TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(300)).Concat(others.ReceiveWhile<WriteBatch>(_ => true, TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(100))).ToList();
        Assert.All(before, b => Assert.Equal(rig.Ring.Version, b.RingVersion));
        Assert.Equal(3, before.Count);

        rig.Grow();
        rig.Context.Peers.Learn(MemberRig.Id(5), rig.Context.Peers.SelfAddress);
        Report(gate, Failure(node, "after"));
        var after = log.ReceiveWhile<WriteBatch>(_ => true, TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(300)).Concat(others.ReceiveWhile<WriteBatch>(_ => true, TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(100))).ToList();
        Assert.Equal(3, after.Count);
        Assert.All(after, b => Assert.Equal((rig.Ring.Version, "after"), (b.RingVersion, Assert.Single(Decode(b).Observations).Id)));
    }

    [Fact]
    public void What_waits_behind_messages_that_nobody_answers_is_sent_with_the_next_tick_R2_7()
    {
        var (rig, gate) = Gate();
        foreach (var i in Enumerable.Range(0, 6))
        {
            Report(gate, Failure($"n{i}", $"i{i}"));
        }

        var batches = new List<WriteBatch>();
        while (batches.Sum(b => Decode(b).Observations.Count) < 6)
        {
            batches.Add(log.ExpectMsg<WriteBatch>());
        }

        // The last one is acknowledged although those before it never are.
        Written(gate, rig, batches[^1], rig.Self);
        Written(gate, rig, batches[^1], rig.Ids[1]);
        Recorded(1, 0);
        Assert.InRange(batches.Count, 3, 6);
    }

    [Fact]
    public void A_message_that_a_majority_refused_is_given_back_to_everybody_whose_reports_are_in_it_R2_7()
    {
        var (rig, gate) = Gate();
        foreach (var i in Enumerable.Range(0, 10))
        {
            Report(gate, Failure($"n{i}", $"i{i}"));
        }

        var refused = 0;
        while (refused < 10)
        {
            var batch = log.ExpectMsg<WriteBatch>();
            refused += Decode(batch).Observations.Count;
            Refused(gate, batch, rig.Ids[1]);
            Refused(gate, batch, rig.Ids[2]);
        }

        Assert.All(Enumerable.Range(0, 10), _ => Assert.Equal([0], reporter.ExpectMsg<ObservationsRecorded>().Retry));
    }

    [Fact]
    public void Beyond_the_bytes_in_flight_it_is_busy_and_after_them_not()
    {
        var (rig, gate) = Gate(members: 1, arguments: ["--gate.in-flight-bytes", "65536"]);
        var big = Enumerable.Range(0, 100).Select(i => Failure("n1", $"i{i}") with { Reason = new string((char)('a' + (i % 26)), 1000) + i }).ToArray();
        Report(gate, big);
        var batches = log.ReceiveN(2).Cast<WriteBatch>().ToList();
        Report(gate, Failure("n2"));
        Assert.Equal(ReportFault.Busy, reporter.ExpectMsg<ReportRejected>().Fault);
        batches.ForEach(b => Written(gate, rig, b, rig.Self));
        Recorded(100, 0);
        Report(gate, Failure("n2"));
        Written(gate, rig, log.ExpectMsg<WriteBatch>(), rig.Self);
        Recorded(1, 0);
    }

    [Fact]
    public void A_batch_of_10_000_travels_in_payloads_under_64_kB_and_one_more_is_too_large_R2_8()
    {
        var (rig, gate) = Gate(members: 1);
        var reports = Enumerable.Range(0, 10_000).Select(i => Failure($"node-{i % 997}", $"observation-{i}") with { Reason = $"because of {i}" }).ToArray();
        Report(gate, [.. reports, Failure("n")]);
        Assert.Equal(ReportFault.TooLarge, reporter.ExpectMsg<ReportRejected>().Fault);
        log.ExpectNoMsg(TimeSpan.FromMilliseconds(100));

        Report(gate, reports);
        var seen = new HashSet<string>();
        while (seen.Count < 10_000)
        {
            var batch = log.ExpectMsg<WriteBatch>(TimeSpan.FromSeconds(10)); // a message over 64,000 bytes would not have passed the serializer
            Assert.InRange(batch.CalculateSize(), 1, 64_000);
            Assert.All(Decode(batch).Observations, o => Assert.True(seen.Add(o.Id), $"{o.Id} was sent twice"));
            Written(gate, rig, batch, rig.Self);
        }

        Recorded(10_000, 0);
    }

    [Fact]
    public void One_bad_observation_never_spoils_the_others_R2_7()
    {
        var (rig, gate) = Gate(members: 1);
        Report(gate, Failure("n1", "a"), new ReportedObservation { Node = "n1", Kind = "down" }, Failure("n1", "b"));
        var batch = log.ExpectMsg<WriteBatch>();
        Assert.Equal(["a", "b"], Decode(batch).Observations.Select(o => o.Id));
        Written(gate, rig, batch, rig.Self);
        var recorded = reporter.ExpectMsg<ObservationsRecorded>();
        Assert.Equal((2, 1), (recorded.Accepted, Assert.Single(recorded.Rejected).Index));

        Report(gate, new ReportedObservation { Node = "n1", Kind = "down" });
        Assert.Equal(0, Assert.Single(reporter.ExpectMsg<ObservationsRecorded>().Rejected).Index);
        log.ExpectNoMsg(TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public void A_join_with_an_address_is_written_to_the_address_too_and_acknowledged_for_both_R1_5()
    {
        var (rig, gate) = Gate(members: 6);
        var address = HardwareAddress.Parse("52:54:00:ab:cd:01")!;
        Report(gate, new ReportedObservation { Node = "n1", Kind = "join", Id = "j", Hardware = address.Text });
        var sent = new Dictionary<long, WriteBatch>();
        foreach (var batch in others.ReceiveWhile<WriteBatch>(_ => true, TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(300)).Concat(
                     log.ReceiveWhile<WriteBatch>(_ => true, TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(100))))
        {
            sent[batch.BatchId] = batch;
        }

        var index = NodeId.OfAddress(address);
        var written = sent.Values.SelectMany(b => Decode(b).Observations.Select(o => (Batch: b, Observation: o))).ToList();
        var main = Assert.Single(written, w => w.Observation.Node == NodeId.FromName("n1"));
        var copy = Assert.Single(written, w => w.Observation.Node == index);
        Assert.Equal(NodeId.FromName("n1"), copy.Observation.Origin);
        Assert.Equal(main.Observation.ReceivedAt, copy.Observation.ReceivedAt);
        Assert.NotEqual(main.Batch.BatchId, copy.Batch.BatchId); // their replica sets differ: choose other names if the hash ever changes

        AllWrite(main.Batch, main.Observation.Node);
        reporter.ExpectNoMsg(TimeSpan.FromMilliseconds(300));
        AllWrite(copy.Batch, index);
        Recorded(1, 0);

        void AllWrite(WriteBatch batch, NodeId node)
        {
            foreach (var member in rig.Ring.ReplicasOf(node))
            {
                Written(gate, rig, batch, member);
            }
        }
    }

    [Fact]
    public void An_unknown_detector_is_registered_once_a_batch_and_all_are_noted_as_heard_R3_3()
    {
        var (_, gate) = Gate(members: 1);
        Report(gate, Failure("n1"), Failure("n2"), Failure("n3") with { Detector = "other" });
        Assert.Equal(["other", "ping"], new[] { aggregator.ExpectMsg<AutoRegister>().Id, aggregator.ExpectMsg<AutoRegister>().Id }.Order());
        Assert.Equal(["other", "ping"], aggregator.ExpectMsg<DetectorsHeard>().Heard.Keys.Order());
    }

    [Fact]
    public void A_restored_observation_keeps_its_stamps_and_no_later_stamp_is_below_them_R2_3()
    {
        var (rig, gate) = Gate(members: 1);
        var ahead = rig.Context.Wall + TimeSpan.FromMinutes(3);
        Restore(gate, Stored("n1", "old", new Stamp(1000)), Stored("n1", "ahead", ahead));
        var batch = log.ExpectMsg<WriteBatch>();
        Assert.True(batch.CountsSame, "expected a restored batch to have what is stored already counted as duplicates");
        Assert.True(batch.Restored, "expected a restored batch to be told as such");
        Assert.Equal([new Stamp(1000), ahead], Decode(batch).Observations.OrderBy(o => o.ReceivedAt).Select(o => o.ReceivedAt));
        Written(gate, rig, batch, rig.Self);
        Recorded(2, 0);

        Report(gate, Failure("n2"));
        var live = log.ExpectMsg<WriteBatch>();
        Assert.False(live.Restored, "expected only restored batches to be told as such");
        var next = Decode(live).Observations.Single().ReceivedAt;
        Assert.True(next > ahead, $"expected a stamp after {ahead}; came {next}");
    }

    [Fact]
    public void A_restored_observation_that_a_removal_covers_is_rejected_and_not_to_be_sent_again_R9_7()
    {
        var (rig, gate) = Gate(members: 1);
        Restore(gate, Stored("n1", "a", new Stamp(1000)), Stored("n1", "b", new Stamp(2000)));
        var batch = log.ExpectMsg<WriteBatch>();
        var removed = Decode(batch).Observations.Select((o, i) => (o.Id, i)).Single(o => o.Id == "a").i;
        gate.Tell(new BatchWritten { BatchId = batch.BatchId, Member = WireIds.Bytes(rig.Self), RingVersion = rig.Ring.Version, Removed = { (uint)removed } });

        var recorded = reporter.ExpectMsg<ObservationsRecorded>();
        Assert.Equal((1, 0), (recorded.Accepted, recorded.Duplicates));
        Assert.Empty(recorded.Retry);
        var rejection = Assert.Single(recorded.Rejected);
        Assert.Equal(0, rejection.Index);
        Assert.Contains("what is removed stays removed", rejection.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gate_says_how_many_reports_wait_for_stamps_or_for_a_majority_R9_8()
    {
        var (rig, gate) = Gate(reserve: false);
        Assert.Equal(0, UnderWay(gate));
        Report(gate, Failure("n1"));
        Report(gate, Failure("n2"));
        var asked = log.ExpectMsg<ReserveClock>();
        Assert.Equal(2, UnderWay(gate));
        rig.Context.Clock.Reserve(asked.Until);
        gate.Tell(new ClockReserved(asked.Until));
        WriteBatch[] batches = [log.ExpectMsg<WriteBatch>(), log.ExpectMsg<WriteBatch>()];
        Assert.Equal(2, UnderWay(gate));
        Written(gate, rig, batches[0], rig.Ids[0]);
        Written(gate, rig, batches[0], rig.Ids[1]);
        Assert.Equal(1, UnderWay(gate));
        Written(gate, rig, batches[1], rig.Ids[0]);
        Written(gate, rig, batches[1], rig.Ids[2]);
        Assert.Equal(0, UnderWay(gate));
    }

    private static int UnderWay(IActorRef gate) => gate.Ask<UnderWay>(new GetUnderWay(0), TimeSpan.FromSeconds(5)).GetAwaiter().GetResult().Count;

    private static ReportedObservation Stored(string node, string id, Stamp receivedAt) =>
        Failure(node, id) with { At = receivedAt, ReceivedAt = receivedAt, Accuracy = 80, Total = 80, Explicit = true };

    private void Restore(IActorRef gate, params ReportedObservation[] observations) =>
        gate.Tell(new LocalReport(new ReportObservations(observations, Restore: true)), reporter);

    private static ReportedObservation Failure(string node, string? id = null) => new() { Node = node, Kind = "failure", Detector = "ping", Id = id };

    private static DecodedBatch Decode(WriteBatch batch) => ObservationBatchCodec.Decode(batch.Payload);

    private static void Written(IActorRef gate, MemberRig rig, WriteBatch batch, MemberId member, long? version = null) =>
        gate.Tell(new BatchWritten { BatchId = batch.BatchId, Member = WireIds.Bytes(member), RingVersion = version ?? rig.Ring.Version });

    private static void Refused(IActorRef gate, WriteBatch batch, MemberId member) =>
        gate.Tell(new BatchRefused { BatchId = batch.BatchId, Member = WireIds.Bytes(member), RingVersion = batch.RingVersion, Reason = "no disk" });

    private (MemberRig Rig, IActorRef Gate) Gate(int members = 3, bool reserve = true, params string[] arguments)
    {
        var rig = new MemberRig(Sys, members, arguments);
        MemberRig.Others(this, others, "log");
        if (reserve)
        {
            rig.Context.Clock.Reserve(rig.Context.Now + TimeSpan.FromMinutes(10));
        }

        return (rig, Sys.ActorOf(FailureHistory.Node.Ingest.Gate.Props(rig.Context, log, aggregator), "gate"));
    }

    private void Report(IActorRef gate, params ReportedObservation[] observations) => gate.Tell(new LocalReport(new ReportObservations(observations)), reporter);

    private void Recorded(int accepted, int duplicates)
    {
        var recorded = reporter.ExpectMsg<ObservationsRecorded>();
        Assert.Equal((accepted, duplicates), (recorded.Accepted, recorded.Duplicates));
        Assert.Empty(recorded.Retry);
        Assert.Empty(recorded.Rejected);
    }
}
