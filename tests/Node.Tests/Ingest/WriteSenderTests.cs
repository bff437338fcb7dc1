using Akka.Actor;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Ingest;
using FailureHistory.Node.Member;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Ingest;

/// <summary>How what is to be written gets to its replicas, and when it counts as stored: through the gate, as it does for reports.</summary>
public sealed class WriteSenderTests(ITestOutputHelper output) : GateTest(output)
{
    [Fact]
    public void A_member_that_stored_it_under_a_version_before_is_asked_again_without_waiting_for_the_resend_R9_9()
    {
        var (rig, gate) = Gate();
        Report(gate, Failure("n1"));
        var batch = Log.ExpectMsg<WriteBatch>();
        Others.ReceiveN(2);
        Written(gate, rig, batch, rig.Self);
        Written(gate, rig, batch, rig.Ids[1], rig.Ring.Version - 1);
        rig.Time.Advance(TimeSpan.FromMilliseconds(150)); // a tenth of the usual
        var again = Others.ExpectMsg<WriteBatch>();
        Assert.Equal((batch.BatchId, batch.RingVersion), (again.BatchId, again.RingVersion));
        Written(gate, rig, again, rig.Ids[1]);
        Recorded(1, 0);
    }

    [Fact]
    public void It_acknowledges_when_a_majority_has_it_and_not_before_R2_7()
    {
        var (rig, gate) = Gate();
        Report(gate, Failure("n1", "i1"));
        var batch = Log.ExpectMsg<WriteBatch>();
        Assert.All(Others.ReceiveN(2).Cast<WriteBatch>(), b => Assert.Equal(batch.Payload, b.Payload)); // the same bytes to all
        Written(gate, rig, batch, rig.Self);
        Reporter.ExpectNoMsg(TimeSpan.FromMilliseconds(300));
        Written(gate, rig, batch, rig.Self); // the same member twice is one
        Reporter.ExpectNoMsg(TimeSpan.FromMilliseconds(300));
        Written(gate, rig, batch, rig.Ids[2]);
        Recorded(1, 0);
    }

    [Fact]
    public void Answers_under_another_version_of_the_ring_and_of_strangers_do_not_count_R9_9()
    {
        var (rig, gate) = Gate();
        Report(gate, Failure("n1"));
        var batch = Log.ExpectMsg<WriteBatch>();
        Assert.Equal(rig.Ring.Version, batch.RingVersion);
        Written(gate, rig, batch, rig.Self);
        Written(gate, rig, batch, rig.Ids[1], rig.Ring.Version - 1);
        Written(gate, rig, batch, rig.Ids[2], rig.Ring.Version + 1);
        Written(gate, rig, batch, MemberRig.Id(99));
        Reporter.ExpectNoMsg(TimeSpan.FromMilliseconds(300));
        Written(gate, rig, batch, rig.Ids[1]);
        Recorded(1, 0);
    }

    [Fact]
    public void What_a_majority_refused_is_given_back_at_once_R2_7()
    {
        var (rig, gate) = Gate();
        Report(gate, Failure("n1"), Failure("n1"));
        var batch = Log.ExpectMsg<WriteBatch>();
        Refused(gate, batch, rig.Ids[1]);
        Refused(gate, batch, rig.Ids[1]); // one member is one
        Reporter.ExpectNoMsg(TimeSpan.FromMilliseconds(300));
        Refused(gate, batch, rig.Ids[2]);
        Assert.Equal([0, 1], Reporter.ExpectMsg<ObservationsRecorded>().Retry);
    }

    [Fact]
    public void A_report_for_replicas_that_cannot_be_reached_is_given_back_at_once_R2_7()
    {
        var (rig, gate) = Gate();
        rig.Context.Peers.SetReachable(rig.Ids[1], false);
        rig.Context.Peers.SetReachable(rig.Ids[2], false);
        Report(gate, Failure("n1"));
        Assert.Equal([0], Reporter.ExpectMsg<ObservationsRecorded>(TimeSpan.FromSeconds(2)).Retry);
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
        Others.AwaitAssert(() =>
        {
            while (Others.HasMessages || Log.HasMessages)
            {
                foreach (var batch in new[] { Others, Log }.Where(p => p.HasMessages).Select(p => p.ReceiveOne(TimeSpan.Zero)).OfType<WriteBatch>())
                {
                    foreach (var member in rig.Ids.Where(rig.Context.Peers.IsReachable))
                    {
                        Written(gate, rig, batch, member);
                    }
                }
            }

            Assert.True(Reporter.HasMessages, "no answer yet");
        }, TimeSpan.FromSeconds(5));
        var recorded = Reporter.ExpectMsg<ObservationsRecorded>();
        Assert.Equal(hopeless, recorded.Retry);
        Assert.Equal(200 - hopeless.Count, recorded.Accepted);
    }

    [Fact]
    public void A_change_of_the_ring_sends_again_under_the_new_version_R9_9()
    {
        var (rig, gate) = Gate();
        Report(gate, Failure("n1"));
        var before = Log.ExpectMsg<WriteBatch>();
        Written(gate, rig, before, rig.Self);
        gate.Tell(new RingChangedTo(rig.Grow()));
        var replicas = rig.Ring.ReplicasOf(NodeId.FromName("n1"));
        WriteBatch? after = null;
        (replicas.Contains(rig.Self) ? Log : Others).FishForMessage(m => m is WriteBatch b && (after = b).RingVersion == rig.Ring.Version);
        Written(gate, rig, before, rig.Ids[1], rig.Ring.Version - 1); // too late
        Written(gate, rig, after!, replicas[0]);
        Reporter.ExpectNoMsg(TimeSpan.FromMilliseconds(300));
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
        Reporter.ExpectNoMsg(TimeSpan.FromMilliseconds(400));
        rig.Context.Ring = ring;
        gate.Tell(new RingChangedTo(ring));
        Written(gate, rig, Log.ExpectMsg<WriteBatch>(), rig.Self);
        Recorded(1, 0);

        rig.Context.Ring = null;
        Report(gate, Failure("n2"));
        Reporter.ExpectNoMsg(TimeSpan.FromMilliseconds(300));
        rig.Time.Advance(rig.Settings.GateTimeout + TimeSpan.FromMilliseconds(1));
        Assert.Equal([0], Reporter.ExpectMsg<ObservationsRecorded>().Retry);
    }

    [Fact]
    public void Who_did_not_answer_is_sent_the_batch_again_and_what_got_no_majority_in_time_is_given_back_R2_7()
    {
        var (rig, gate) = Gate();
        Report(gate, Failure("n1", "i1"));
        var batch = Log.ExpectMsg<WriteBatch>();
        Others.ReceiveN(2);
        Written(gate, rig, batch, rig.Self);
        rig.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.All(Others.ReceiveN(2).Cast<WriteBatch>(), b => Assert.Equal((batch.BatchId, batch.Payload), (b.BatchId, b.Payload)));
        Log.ExpectNoMsg(TimeSpan.FromMilliseconds(100)); // it has answered
        rig.Time.Advance(rig.Settings.GateTimeout);
        Assert.Equal([0], Reporter.ExpectMsg<ObservationsRecorded>().Retry);
        Written(gate, rig, batch, rig.Ids[1]); // after the answer: no second one
        Reporter.ExpectNoMsg(TimeSpan.FromMilliseconds(300));
    }

    [Fact]
    public void Where_all_answers_take_long_nothing_is_sent_again_before_four_times_as_long_R2_7()
    {
        var (rig, gate) = Gate();
        for (var i = 0; i < 20; i++)
        {
            Report(gate, Failure("n1", $"i{i}"));
            var slow = Log.ExpectMsg<WriteBatch>();
            Others.ReceiveN(2);
            rig.Time.Advance(TimeSpan.FromSeconds(1)); // so long a majority takes, lately
            Written(gate, rig, slow, rig.Self);
            Written(gate, rig, slow, rig.Ids[1]);
            Recorded(1, 0);
        }

        Report(gate, Failure("n1", "last"));
        Log.ExpectMsg<WriteBatch>();
        Others.ReceiveN(2);
        rig.Time.Advance(TimeSpan.FromSeconds(3.4));
        Others.ExpectNoMsg(TimeSpan.FromMilliseconds(300)); // three ticks
        rig.Time.Advance(TimeSpan.FromSeconds(0.7));
        Others.ReceiveN(2);
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
            var batch = Log.ExpectMsg<WriteBatch>();
            Assert.All(Others.ReceiveN(2).Cast<WriteBatch>(), b => Assert.Equal(batch.Payload, b.Payload));
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
        var before = Log.ReceiveWhile<WriteBatch>(_ => true, TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(300)).Concat(Others.ReceiveWhile<WriteBatch>(_ => true, TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(100))).ToList();
        Assert.All(before, b => Assert.Equal(rig.Ring.Version, b.RingVersion));
        Assert.Equal(3, before.Count);

        rig.Grow();
        rig.Context.Peers.Learn(MemberRig.Id(5), rig.Context.Peers.SelfAddress);
        Report(gate, Failure(node, "after"));
        var after = Log.ReceiveWhile<WriteBatch>(_ => true, TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(300)).Concat(Others.ReceiveWhile<WriteBatch>(_ => true, TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(100))).ToList();
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
            batches.Add(Log.ExpectMsg<WriteBatch>());
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
            var batch = Log.ExpectMsg<WriteBatch>();
            refused += Decode(batch).Observations.Count;
            Refused(gate, batch, rig.Ids[1]);
            Refused(gate, batch, rig.Ids[2]);
        }

        Assert.All(Enumerable.Range(0, 10), _ => Assert.Equal([0], Reporter.ExpectMsg<ObservationsRecorded>().Retry));
    }
}
