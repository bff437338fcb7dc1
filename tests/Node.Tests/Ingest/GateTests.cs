using Akka.Actor;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Time;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Ingest;
using FailureHistory.Node.Member;
using FailureHistory.Node.Registry;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Ingest;

/// <summary>What becomes of a report at the gate: checked, stamped, answered.</summary>
public sealed class GateTests(ITestOutputHelper output) : GateTest(output)
{
    [Fact]
    public void No_stamp_is_given_before_the_log_holds_a_bound_for_it_R2_3()
    {
        var (rig, gate) = Gate(reserve: false);
        Report(gate, Failure("n1"));
        var asked = Log.ExpectMsg<ReserveClock>();
        Assert.True(asked.Until > rig.Context.Now, $"a bound ahead of {rig.Context.Now} was expected; came {asked.Until}");
        Log.ExpectNoMsg(TimeSpan.FromMilliseconds(300));

        rig.Context.Clock.Reserve(asked.Until);
        gate.Tell(new ClockReserved(asked.Until));
        var stamped = Decode(Log.ExpectMsg<WriteBatch>());
        Assert.InRange(stamped.Observations[0].ReceivedAt.Ticks, rig.Context.Wall.Ticks, asked.Until.Ticks);
    }

    [Fact]
    public void A_report_that_never_gets_a_stamp_is_given_back_R2_7()
    {
        var (rig, gate) = Gate(reserve: false);
        Report(gate, Failure("n1"), Failure("n2"));
        Log.ExpectMsg<ReserveClock>();
        rig.Time.Advance(rig.Settings.GateTimeout + TimeSpan.FromSeconds(1));
        Assert.Equal([0, 1], Reporter.ExpectMsg<ObservationsRecorded>().Retry);
    }

    [Fact]
    public void A_gate_whose_log_cannot_be_written_gives_what_it_has_no_stamp_for_back_at_once_R2_7()
    {
        var (rig, gate) = Gate(reserve: false);
        rig.Context.IsRecovered = true;
        rig.Context.LogWritable = false;
        Report(gate, Failure("n1"), Failure("n2"));
        Assert.Equal([0, 1], Reporter.ExpectMsg<ObservationsRecorded>().Retry);
        var asked = Log.ExpectMsg<ReserveClock>(); // all the same, so that there is one once the log can be written

        rig.Context.LogWritable = true;
        rig.Context.Clock.Reserve(asked.Until);
        gate.Tell(new ClockReserved(asked.Until));
        Report(gate, Failure("n1"));
        Log.ExpectMsg<WriteBatch>();
    }

    [Fact]
    public void Duplicates_are_counted_once_whoever_says_so_R2_4()
    {
        var (rig, gate) = Gate(members: 1);
        Report(gate, Failure("n1", "a"), Failure("n1", "b"), Failure("n1", "c"));
        var batch = Log.ExpectMsg<WriteBatch>();
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
            var stamps = Decode(Log.ExpectMsg<WriteBatch>()).Observations.OrderBy(o => int.Parse(o.Id.Split('-')[1], null)).Select(o => o.ReceivedAt).ToList();
            Assert.All(stamps, s =>
            {
                Assert.True(s > last, $"{s} after {last}");
                last = s;
            });
            rig.Time.AdjustTime(rig.Time.GetUtcNow() - TimeSpan.FromMinutes(1)); // the wall clock steps back
        }
    }

    [Fact]
    public void Beyond_the_bytes_in_flight_it_is_busy_and_after_them_not()
    {
        var (rig, gate) = Gate(members: 1, arguments: ["--gate.in-flight-bytes", "65536"]);
        var big = Enumerable.Range(0, 100).Select(i => Failure("n1", $"i{i}") with { Reason = new string((char)('a' + (i % 26)), 1000) + i }).ToArray();
        Report(gate, big);
        var batches = Log.ReceiveN(2).Cast<WriteBatch>().ToList();
        Report(gate, Failure("n2"));
        Assert.Equal(ReportFault.Busy, Reporter.ExpectMsg<ReportRejected>().Fault);
        batches.ForEach(b => Written(gate, rig, b, rig.Self));
        Recorded(100, 0);
        Report(gate, Failure("n2"));
        Written(gate, rig, Log.ExpectMsg<WriteBatch>(), rig.Self);
        Recorded(1, 0);
    }

    [Fact]
    public void A_batch_of_10_000_travels_in_payloads_under_64_kB_and_one_more_is_too_large_R2_8()
    {
        var (rig, gate) = Gate(members: 1);
        var reports = Enumerable.Range(0, 10_000).Select(i => Failure($"node-{i % 997}", $"observation-{i}") with { Reason = $"because of {i}" }).ToArray();
        Report(gate, [.. reports, Failure("n")]);
        Assert.Equal(ReportFault.TooLarge, Reporter.ExpectMsg<ReportRejected>().Fault);
        Log.ExpectNoMsg(TimeSpan.FromMilliseconds(100));

        Report(gate, reports);
        var seen = new HashSet<string>();
        while (seen.Count < 10_000)
        {
            var batch = Log.ExpectMsg<WriteBatch>(TimeSpan.FromSeconds(10)); // a message over 64,000 bytes would not have passed the serializer
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
        var batch = Log.ExpectMsg<WriteBatch>();
        Assert.Equal(["a", "b"], Decode(batch).Observations.Select(o => o.Id));
        Written(gate, rig, batch, rig.Self);
        var recorded = Reporter.ExpectMsg<ObservationsRecorded>();
        Assert.Equal((2, 1), (recorded.Accepted, Assert.Single(recorded.Rejected).Index));

        Report(gate, new ReportedObservation { Node = "n1", Kind = "down" });
        Assert.Equal(0, Assert.Single(Reporter.ExpectMsg<ObservationsRecorded>().Rejected).Index);
        Log.ExpectNoMsg(TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public void A_join_with_an_address_is_written_to_the_address_too_and_acknowledged_for_both_R1_5()
    {
        var (rig, gate) = Gate(members: 6);
        var address = HardwareAddress.Parse("52:54:00:ab:cd:01")!;
        Report(gate, new ReportedObservation { Node = "n1", Kind = "join", Id = "j", Hardware = address.Text });
        var sent = new Dictionary<long, WriteBatch>();
        foreach (var batch in Others.ReceiveWhile<WriteBatch>(_ => true, TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(300)).Concat(
                     Log.ReceiveWhile<WriteBatch>(_ => true, TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(100))))
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
        Reporter.ExpectNoMsg(TimeSpan.FromMilliseconds(300));
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
        Assert.Equal(["other", "ping"], new[] { Aggregator.ExpectMsg<AutoRegister>().Id, Aggregator.ExpectMsg<AutoRegister>().Id }.Order());
        Assert.Equal(["other", "ping"], Aggregator.ExpectMsg<DetectorsHeard>().Heard.Keys.Order());
    }

    [Fact]
    public void A_restored_observation_keeps_its_stamps_and_no_later_stamp_is_below_them_R2_3()
    {
        var (rig, gate) = Gate(members: 1);
        var ahead = rig.Context.Wall + TimeSpan.FromMinutes(3);
        Restore(gate, Stored("n1", "old", new Stamp(1000)), Stored("n1", "ahead", ahead));
        var batch = Log.ExpectMsg<WriteBatch>();
        Assert.True(batch.CountsSame, "expected a restored batch to have what is stored already counted as duplicates");
        Assert.True(batch.Restored, "expected a restored batch to be told as such");
        Assert.Equal([new Stamp(1000), ahead], Decode(batch).Observations.OrderBy(o => o.ReceivedAt).Select(o => o.ReceivedAt));
        Written(gate, rig, batch, rig.Self);
        Recorded(2, 0);

        Report(gate, Failure("n2"));
        var live = Log.ExpectMsg<WriteBatch>();
        Assert.False(live.Restored, "expected only restored batches to be told as such");
        var next = Decode(live).Observations.Single().ReceivedAt;
        Assert.True(next > ahead, $"expected a stamp after {ahead}; came {next}");
    }

    [Fact]
    public void A_restored_observation_that_a_removal_covers_is_rejected_and_not_to_be_sent_again_R9_7()
    {
        var (rig, gate) = Gate(members: 1);
        Restore(gate, Stored("n1", "a", new Stamp(1000)), Stored("n1", "b", new Stamp(2000)));
        var batch = Log.ExpectMsg<WriteBatch>();
        var removed = Decode(batch).Observations.Select((o, i) => (o.Id, i)).Single(o => o.Id == "a").i;
        gate.Tell(new BatchWritten { BatchId = batch.BatchId, Member = WireIds.Bytes(rig.Self), RingVersion = rig.Ring.Version, Removed = { (uint)removed } });

        var recorded = Reporter.ExpectMsg<ObservationsRecorded>();
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
        var asked = Log.ExpectMsg<ReserveClock>();
        Assert.Equal(2, UnderWay(gate));
        rig.Context.Clock.Reserve(asked.Until);
        gate.Tell(new ClockReserved(asked.Until));
        WriteBatch[] batches = [Log.ExpectMsg<WriteBatch>(), Log.ExpectMsg<WriteBatch>()];
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
        gate.Tell(new LocalReport(new ReportObservations(observations, Restore: true)), Reporter);
}
