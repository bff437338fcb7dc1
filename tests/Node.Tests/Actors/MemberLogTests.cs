using Akka.Actor;
using Akka.Pattern;
using Akka.TestKit;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Actors;
using FailureHistory.Node.Member;
using Google.Protobuf;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Actors;

/// <summary>The log of one member on a journal that does what the test says; the test plays the SegmentActors.</summary>
public sealed class MemberLogTests : ActorTest
{
    private readonly TestProbe segments;
    private readonly TestProbe owner;
    private readonly TestProbe gate;
    private readonly FailingJournal.Behaviour journal;
    private MemberRig rig;
    private LogTail tail = new(new long[Segments.Count]);

    public MemberLogTests(ITestOutputHelper output)
        : base(output, FailingJournal.Settings)
    {
        segments = CreateTestProbe("segments");
        owner = CreateTestProbe("owner");
        gate = CreateTestProbe("gate");
        journal = FailingJournal.Of(Sys);
        rig = NewRig();
    }

    [Fact]
    public void It_acknowledges_only_when_the_row_is_durable_and_every_segment_has_applied_it_R2_7()
    {
        var log = Start();
        journal.Held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Write(log, 1, Observation("n1"), Observation("n2"));
        segments.ExpectNoMsg(TimeSpan.FromMilliseconds(300));
        gate.ExpectNoMsg(TimeSpan.Zero);

        Release();
        var parts = segments.ReceiveN(2).Cast<ApplyRows>().ToList();
        parts[0].Ack!.Applied([], [], []);
        gate.ExpectNoMsg(TimeSpan.FromMilliseconds(200));
        parts[1].Ack!.Applied([parts[1].Indices[0]], [], []);
        var written = gate.ExpectMsg<BatchWritten>();
        Assert.Equal((1L, rig.Ring.Version), (written.BatchId, written.RingVersion));
        Assert.Equal(rig.Self, WireIds.Member(written.Member));
        Assert.Equal((uint)parts[1].Indices[0], Assert.Single(written.Duplicates));
    }

    [Fact]
    public void What_comes_while_a_write_is_in_flight_is_written_as_one_row_of_the_very_bytes_that_came_DESIGN_D2()
    {
        var log = Start();
        journal.Held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Write(log, 1, Observation("n1"));
        AwaitCondition(() => journal.Writes == 1, TimeSpan.FromSeconds(3));
        var payloads = Enumerable.Range(2, 20).Select(i => Write(log, i, Observation($"n{i}"))).ToList();
        ExpectNoMsg(TimeSpan.FromMilliseconds(200));
        Assert.Equal(1, journal.Writes); // one write in flight

        Release();
        ApplyAll(21);
        Assert.Equal(Enumerable.Range(1, 21).Select(i => (long)i), gate.ReceiveN(21).Cast<BatchWritten>().Select(w => w.BatchId).Order());
        Assert.Equal(2, journal.Writes);
        Assert.Equal(payloads, ((LogRecord)journal.Rows[1]).Batches);
    }

    [Fact]
    public void A_row_is_no_larger_than_row_bytes_and_every_batch_is_written_once()
    {
        rig = NewRig("--log.row-bytes", "65536");
        var log = Start();
        journal.Held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        for (var i = 1; i <= 12; i++)
        {
            Write(log, i, Enumerable.Range(0, 30).Select(n => Observation($"n{i}", $"{i}-{n}") with { Reason = new string((char)('a' + i), 900) + n }).ToArray());
        }

        ExpectNoMsg(TimeSpan.FromMilliseconds(200));
        Release();
        ApplyAll(12);
        gate.ReceiveN(12);
        var records = journal.Rows.Cast<LogRecord>().ToList();
        Assert.Equal(12, records.Sum(r => r.Batches.Count));
        Assert.All(records, r => Assert.InRange(r.Batches.Sum(b => b.Length), 1, 65536));
        Assert.True(records.Count is > 3 and < 12, $"expected some batches to share a row; {records.Count} rows for 12 batches");
    }

    [Fact]
    public void After_a_restart_the_rows_are_handed_to_the_same_segments_and_nobody_is_acknowledged_again_R9_3()
    {
        var first = Start();
        for (var i = 1; i <= 5; i++)
        {
            Write(first, i, Observation($"n{i}", $"a{i}"), Observation($"m{i}", $"b{i}"));
        }

        var before = ApplyAll(10).Select(Describe).ToList();
        gate.ReceiveN(5);
        Stop(first);

        rig = NewRig(rig.Self);
        tail = new LogTail(new long[Segments.Count]);
        Start(expectReplay: null);
        var after = Handed(10);
        Assert.Equal(before.Order(), after.Select(Describe).Order());
        Assert.All(after, a => Assert.Null(a.Ack));
        gate.ExpectNoMsg(TimeSpan.FromMilliseconds(200));
    }

    [Fact]
    public void The_bound_of_the_clock_survives_so_that_no_stamp_is_given_twice_R2_3()
    {
        var log = Start();
        var until = rig.Context.Now + TimeSpan.FromSeconds(5);
        log.Tell(new ReserveClock(until), gate);
        Assert.Equal(until, gate.ExpectMsg<ClockReserved>().Until);
        Assert.True(rig.Context.Clock.TryNext(rig.Context.Wall, 1, out var given, out _), "a reserved stamp is given");

        // Rows without a reservation of their own carry the bound too.
        Write(log, 1, Observation("n1"));
        ApplyAll(1);
        Assert.Equal(until.Ticks, ((LogRecord)journal.Rows[^1]).Reservations.Max(r => r.Until));
        Stop(log);

        rig = NewRig(rig.Self);
        rig.Time.AdjustTime(rig.Time.GetUtcNow() - TimeSpan.FromHours(1)); // and the wall clock was set back
        Start(expectReplay: null);
        AwaitAssert(() => Assert.True(rig.Context.Now >= until, $"expected a clock at {until} or later, as reserved; saw {rig.Context.Now}; {given} was given"));
        Assert.False(rig.Context.Clock.TryNext(rig.Context.Wall, 1, out _, out _), "nothing beyond the bound is given before a new one is written");
    }

    [Fact]
    public void A_failed_write_refuses_everything_in_it_and_behind_it_and_the_log_comes_back_by_itself_DESIGN_D2()
    {
        var log = StartSupervised();
        journal.Held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        journal.Fails = true;
        Write(log, 1, Observation("n1"));
        AwaitCondition(() => journal.Writes == 1, TimeSpan.FromSeconds(3));
        Write(log, 2, Observation("n2"));
        log.Tell(new StorePulled(ObservationBatchCodec.Encode([Observation("n3")]).ToByteArray(), "token"), gate);
        ExpectNoMsg(TimeSpan.FromMilliseconds(200));
        Release();

        var refused = gate.ReceiveN(3);
        Assert.Equal([1L, 2L], refused.OfType<BatchRefused>().Select(r => r.BatchId).Order());
        Assert.All(refused.OfType<BatchRefused>(), r => Assert.Equal((rig.Self, "the disk is full"), (WireIds.Member(r.Member), r.Reason)));
        Assert.False(Assert.Single(refused.OfType<PulledStored>()).Stored);
        Assert.False(owner.ExpectMsg<LogWritable>().Writable);
        segments.ExpectNoMsg(TimeSpan.Zero);

        journal.Fails = false;
        owner.FishForMessage(m => m is LogWritable { Writable: true }, TimeSpan.FromSeconds(10));
        Write(log, 3, Observation("n4"));
        ApplyAll(1);
        Assert.Equal(3, gate.ExpectMsg<BatchWritten>().BatchId);
    }

    [Fact]
    public void A_rejected_write_refuses_its_row_and_the_log_is_writable_again_with_the_next_one_DESIGN_D2()
    {
        var log = Start();
        journal.Rejects = true;
        Write(log, 1, Observation("n1"));
        Assert.Equal("the journal does not like it", gate.ExpectMsg<BatchRefused>().Reason);
        Assert.False(owner.ExpectMsg<LogWritable>().Writable);
        rig.Context.LogWritable = false;
        segments.ExpectNoMsg(TimeSpan.Zero);

        journal.Rejects = false;
        Write(log, 2, Observation("n2"));
        ApplyAll(1);
        Assert.Equal(2, gate.ExpectMsg<BatchWritten>().BatchId);
        Assert.True(owner.ExpectMsg<LogWritable>().Writable);
    }

    [Fact]
    public void A_batch_whose_stamp_is_more_than_5_min_ahead_is_refused_and_moves_no_clock_R2_3()
    {
        var log = Start();
        var wall = rig.Context.Wall;
        log.Tell(Batch(1, wall + TimeSpan.FromMinutes(5) + TimeSpan.FromTicks(1), Observation("n1")), gate);
        Assert.Contains("more than 5 min ahead", gate.ExpectMsg<BatchRefused>().Reason, StringComparison.Ordinal);
        Assert.Equal(wall, rig.Context.Now);

        log.Tell(Batch(2, wall + TimeSpan.FromMinutes(5), Observation("n1")), gate);
        ApplyAll(1);
        gate.ExpectMsg<BatchWritten>();
        Assert.Equal(wall + TimeSpan.FromMinutes(5), rig.Context.Now);
    }

    [Fact]
    public void Snapshots_let_the_log_behind_them_go_and_a_restart_has_everything_left_DESIGN_D2()
    {
        rig = NewRig("--log.snapshot-after", "1024", "--log.delete-step", "3");
        var shrunk = 0;
        var log = Start(shrink: () => Interlocked.Increment(ref shrunk));
        var offsets = new long[Segments.Count];
        var applied = 0;
        for (var i = 1; i <= 40; i++)
        {
            Write(log, i, Observation($"n{i % 3}", $"i{i}") with { Reason = $"{i} {new string('r', 200)}" });
            var rows = (ApplyRows)segments.FishForMessage(m =>
            {
                if (m is TakeSnapshot)
                {
                    // The segment asked is the one with the oldest row: told by who got the message, here by the tail's own account.
                    var oldest = Enumerable.Range(0, Segments.Count).First(s => tail.IsSnapshotting(s));
                    offsets[oldest] = applied;
                    log.Tell(new SnapshotTaken(oldest, applied, 10), segments);
                }

                return m is ApplyRows;
            });
            rows.Ack!.Applied([], [], []);
            applied = i;
            gate.ExpectMsg<BatchWritten>();
        }

        AwaitAssert(() => Assert.True(Volatile.Read(ref shrunk) > 0, "freed pages are given back after a deletion"));
        AwaitAssert(() => Assert.True(tail.DeletedUpTo > 20, $"expected most of 40 rows to be deleted; up to {tail.DeletedUpTo} are"));
        // Step by step, until nothing is left to delete; what was the newest row at the time of the last snapshot stays until the next.
        AwaitAssert(() => Assert.InRange(tail.DeletableUpTo() - tail.DeletedUpTo, 0, 1));
        var needed = tail.DeletedUpTo;
        Stop(log);

        rig = NewRig(rig.Self);
        tail = new LogTail(offsets);
        Start(expectReplay: 40);
        var replayed = segments.ReceiveWhile<ApplyRows>(_ => true, TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(300)).Select(r => r.Offset).ToList();
        Assert.Equal(Enumerable.Range((int)needed + 1, 40 - (int)needed).Select(i => (long)i), replayed);
    }

    [Fact]
    public void That_rows_were_restored_holds_repeats_for_a_while_and_survives_a_restart_R2_6()
    {
        var log = Start();
        Write(log, 1, Observation("n1"));
        ApplyAll(1);
        Assert.Equal(Stamp.Zero, rig.Context.HeldUntil);

        var restored = Batch(2, rig.Context.Now, Observation("n2"));
        restored.Restored = true;
        log.Tell(restored, gate);
        ApplyAll(1);
        var until = rig.Context.HeldUntil;
        Assert.True(until >= rig.Context.Wall + TimeSpan.FromMinutes(10), $"expected repeats to be held for 10 min from {rig.Context.Wall} on; came {until}");
        Stop(log);

        rig = NewRig(rig.Self);
        Start(expectReplay: null);
        AwaitAssert(() => Assert.Equal(until, rig.Context.HeldUntil));
    }

    private static Observation Observation(string node, string id = "i") => new()
    {
        Node = NodeId.FromName(node),
        Name = node,
        Kind = ObservationKind.Failure,
        Detector = "ping",
        Id = id,
        At = MemberRig.Second(1),
        ReceivedAt = MemberRig.Second(1),
        Accuracy = 50,
    };

    private static string Describe(ApplyRows rows) =>
        $"{rows.Offset}: {string.Join(',', rows.Observations.Select(o => $"{o.Node} {o.Id}"))} ({string.Join(',', rows.Indices)})";

    private WriteBatch Batch(long id, Stamp highest, params Observation[] observations) => new()
    {
        BatchId = id,
        From = WireIds.Bytes(rig.Ids[1]),
        RingVersion = rig.Ring.Version,
        Payload = ObservationBatchCodec.Encode(observations),
        HighestStamp = highest.Ticks,
    };

    private ByteString Write(IActorRef log, long id, params Observation[] observations)
    {
        var batch = Batch(id, rig.Context.Now, observations);
        log.Tell(batch, gate);
        return batch.Payload;
    }

    private List<ApplyRows> ApplyAll(int parts)
    {
        var rows = Handed(parts);
        rows.ForEach(r => r.Ack!.Applied([], [], []));
        return rows;
    }

    // What a segment gets of one row comes in one message.
    private List<ApplyRows> Handed(int parts)
    {
        var rows = new List<ApplyRows>();
        while (rows.Count < parts)
        {
            var message = segments.FishForMessage(m => m is ApplyRows or ApplyAllRows, TimeSpan.FromSeconds(5));
            rows.AddRange(message is ApplyAllRows all ? all.Rows : [(ApplyRows)message]);
        }

        Assert.Equal(parts, rows.Count);
        return rows;
    }

    private void Release()
    {
        var held = journal.Held!;
        journal.Held = null;
        held.SetResult();
    }

    private MemberRig NewRig(params string[] arguments)
    {
        var made = new MemberRig(Sys, 3, arguments);
        made.Context.SegmentActors = [.. Enumerable.Repeat(segments.Ref, Segments.Count)];
        return made;
    }

    private MemberRig NewRig(MemberId self)
    {
        var made = NewRig();
        Assert.Equal(self, made.Self); // the same persistence id
        return made;
    }

    private Props PropsOf(Action? shrink = null) => MemberLog.Props(rig.Context, new MemberLog.Progress(), tail, shrink, null, owner);

    private IActorRef Start(long? expectReplay = 0, Action? shrink = null)
    {
        var log = Sys.ActorOf(PropsOf(shrink));
        var replayed = owner.ExpectMsg<LogReplayed>(TimeSpan.FromSeconds(10));
        Assert.True(expectReplay is null || expectReplay == replayed.Offset, $"expected {expectReplay} rows to be replayed; saw {replayed.Offset}");
        Assert.True(owner.ExpectMsg<LogWritable>().Writable);
        rig.Context.LogWritable = true;
        return log;
    }

    private IActorRef StartSupervised()
    {
        var supervisor = Sys.ActorOf(BackoffSupervisor.Props(Backoff.OnStop(PropsOf(), "writer", TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(100), 0, -1)));
        owner.ExpectMsg<LogReplayed>(TimeSpan.FromSeconds(10));
        Assert.True(owner.ExpectMsg<LogWritable>().Writable);
        return supervisor;
    }

    private void Stop(IActorRef log)
    {
        Watch(log);
        Sys.Stop(log);
        ExpectTerminated(log);
        owner.FishForMessage(m => m is LogWritable { Writable: false });
    }
}
