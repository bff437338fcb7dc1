using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using FailureHistory.Core.Time;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Member;
using FailureHistory.Node.Persistence;
using Google.Protobuf;

namespace FailureHistory.Node.Actors;

/// <summary>
/// The one log of a member (DESIGN D2): writes everything that arrived while the last write was in flight as one row, for all segments,
/// and acknowledges once the row is durable and applied. It answers no queries. It survives crashes and power cuts by what its database promises
/// (SQLite with <c>synchronous=FULL</c>, PostgreSQL with <c>synchronous_commit</c>); when a write fails it refuses what was in it, stops, and is started again under backoff, while the
/// SegmentActors live on.
/// </summary>
internal sealed class MemberLog : ReceivePersistentActor, IWithTimers
{
    private readonly MemberContext context;
    private readonly LogTail tail;
    private readonly Action? shrink;
    private readonly LogMark? mark;
    private readonly IActorRef owner;
    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly Queue<Pending> waiting = new();
    private readonly Progress progress;
    private readonly Dictionary<int, List<ApplyRows>> gathered = [];
    private List<Pending> writing = [];
    private Stamp reserved;
    private bool deleting;
    private long writeBegan;

    public MemberLog(MemberContext context, Progress progress, LogTail tail, Action? shrink, LogMark? mark, IActorRef owner)
    {
        this.context = context;
        this.progress = progress;
        this.tail = tail;
        this.shrink = shrink;
        this.mark = mark;
        this.owner = owner;
        PersistenceId = $"log-{context.Id}";
        JournalPluginId = context.Plugins.Journal;
        SnapshotPluginId = context.Plugins.Snapshots;
        Recover<LogRecord>(Replay);
        Recover<RecoveryCompleted>(_ => Recovered());
        Command<WriteBatch>(OnWriteBatch);
        Command<StorePulled>(OnStorePulled);
        Command<ReserveClock>(m => Enqueue(new Pending(null, [], Sender, null, m)));
        Command<SnapshotTaken>(OnSnapshotTaken);
        Command<DeleteMessagesSuccess>(_ => OnDeleted());
        Command<DeleteMessagesFailure>(m =>
        {
            log.Warning(m.Cause, "deleting log rows up to {0} failed; it is tried again after the next snapshot", m.ToSequenceNr);
            deleting = false;
        });
        Command<ShrinkFailed>(m => log.Warning(m.Cause, "giving back free pages of the log failed; it is tried again after the next deletion"));
        Command<Shrunk>(_ => { });
        Command<StillAlive>(_ => Mark());
    }

    public override string PersistenceId { get; }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(MemberContext context, Progress progress, LogTail tail, Action? shrink, LogMark? mark, IActorRef owner) =>
        Akka.Actor.Props.Create(() => new MemberLog(context, progress, tail, shrink, mark, owner));

    // A stamp far ahead would drag every clock of the cluster along (R2.3).
    private void OnWriteBatch(WriteBatch batch)
    {
        var highest = new Stamp(batch.HighestStamp);
        if (highest > context.Wall + TimeSpan.FromMinutes(5))
        {
            Sender.Tell(Refusal(batch.BatchId, $"stamp {highest} is more than 5 min ahead of this member's clock {context.Wall}"));
            return;
        }

        context.Clock.Observe(highest);
        if (batch.Restored)
        {
            context.HoldForRestore();
        }

        if (Parts(batch.Payload, out var fault) is { } parts)
        {
            Enqueue(new Pending(batch.Payload, parts, Sender, batch.BatchId, null) { CountsSame = batch.CountsSame });
        }
        else
        {
            Sender.Tell(Refusal(batch.BatchId, fault));
        }
    }

    private void OnStorePulled(StorePulled pulled)
    {
        var payload = ByteString.CopyFrom(pulled.Payload);
        if (Parts(payload, out _) is { } parts)
        {
            Enqueue(new Pending(payload, parts, Sender, null, pulled.Token));
        }
        else
        {
            Sender.Tell(new PulledStored(pulled.Token, false));
        }
    }

    // Read before it is written: a row that can't be read would keep the log from ever starting again.
    private List<SegmentPart>? Parts(ByteString payload, out string fault)
    {
        try
        {
            fault = string.Empty;
            return SegmentParts.Of(ObservationBatchCodec.Decode(payload));
        }
        catch (WireFormatException e)
        {
            log.Error(e, "a batch can't be read and is refused");
            fault = $"the batch can't be read: {e.Message}";
            return null;
        }
    }

    private void Enqueue(Pending pending)
    {
        waiting.Enqueue(pending);
        if (writing.Count == 0)
        {
            WriteNext();
        }
    }

    private void WriteNext()
    {
        if (waiting.Count == 0)
        {
            return;
        }

        var record = new LogRecord { Format = 1 };
        var bytes = 0;
        while (waiting.Count > 0 && (writing.Count == 0 || bytes + waiting.Peek().Size <= context.Settings.RowBytes))
        {
            var next = waiting.Dequeue();
            writing.Add(next);
            bytes += next.Size;
            if (next.Payload is not null)
            {
                record.Batches.Add(next.Payload);
            }
            else if (next.Token is ReserveClock reserve && reserve.Until > reserved)
            {
                reserved = reserve.Until;
            }
        }

        // Every row carries the clock's bound, so that deleting older rows never loses it.
        record.Reservations.Add(new ClockReservation { Until = reserved.Ticks });
        record.HeldUntil = context.HeldUntil.Ticks;
        writeBegan = context.Time.GetTimestamp();
        PersistAsync(record, Written);
    }

    private void Written(LogRecord record)
    {
        var offset = LastSequenceNr;
        var written = writing;
        writing = [];
        progress.Offset = offset;
        Mark();
        context.Clock.Reserve(reserved);
        if (!context.LogWritable)
        {
            owner.Tell(new LogWritable(true)); // a row was rejected before, and this one was not
        }

        context.Metrics.Written(record.Batches.Count, record.Batches.Sum(batch => (long)batch.Length), context.Time.GetElapsedTime(writeBegan));
        tail.Logged(offset, record.CalculateSize());
        foreach (var pending in written)
        {
            if (pending.Payload is null)
            {
                pending.From.Tell(new ClockReserved(reserved));
                continue;
            }

            var parts = pending.Parts;
            IBatchAck ack = pending.BatchId is { } id
                ? new BatchAck(Math.Max(1, parts.Count), id, pending.From, context, pending.CountsSame)
                : new PulledAck(Math.Max(1, parts.Count), pending.Token!, pending.From);
            Gather(offset, parts, ack);
        }

        // The next row is on its way to the disk while this one is applied.
        WriteNext();
        Hand();
        SnapshotIfDue();
    }

    private void Gather(long offset, IReadOnlyList<SegmentPart> parts, IBatchAck? ack)
    {
        if (parts.Count == 0)
        {
            ack?.Applied([], [], []);
        }

        foreach (var part in parts)
        {
            tail.Dirtied(part.Segment, offset);
            if (!gathered.TryGetValue(part.Segment, out var rows))
            {
                gathered[part.Segment] = rows = [];
            }

            rows.Add(new ApplyRows(offset, part.Observations, part.Indices, part.Tombstones, ack) { Pins = part.Pins, Folds = part.Folds });
        }
    }

    private void Hand()
    {
        foreach (var (segment, rows) in gathered)
        {
            context.SegmentActors[segment].Tell(rows.Count == 1 ? rows[0] : new ApplyAllRows(rows));
        }

        gathered.Clear();
    }

    private void Replay(LogRecord record)
    {
        var offset = LastSequenceNr;
        foreach (var reservation in record.Reservations)
        {
            reserved = new Stamp(Math.Max(reserved.Ticks, reservation.Until));
        }

        context.Hold(new Stamp(record.HeldUntil));
        if (offset <= progress.Offset)
        {
            return; // the log was restarted alone: the segments have this row
        }

        tail.Logged(offset, record.CalculateSize());
        foreach (var batch in record.Batches)
        {
            var parts = SegmentParts.Of(ObservationBatchCodec.Decode(batch));
            foreach (var part in parts)
            {
                foreach (var observation in part.Observations)
                {
                    context.Clock.Observe(observation.ReceivedAt);
                }
            }

            Gather(offset, parts, null);
        }

        Hand();
        progress.Offset = offset;
    }

    private void Recovered()
    {
        if (LastSequenceNr < progress.Offset)
        {
            // Not while SQLite or one server keeps its word; a stand-by that took over without the last commits does this.
            log.Error("the log's database came back with rows up to {0}, and {1} were written: this member starts again and fetches from the others what is lost", LastSequenceNr, progress.Offset);
            Mark(atOnce: true);
            context.StartsAgain = true;
            context.System.Terminate();
            return;
        }

        context.Clock.Observe(reserved);
        context.Clock.Reserve(reserved);
        tail.LogRestarted();
        Mark();
        Timers.StartPeriodicTimer("alive", StillAlive.Instance, TimeSpan.FromHours(1));
        owner.Tell(new LogReplayed(LastSequenceNr));
        owner.Tell(new LogWritable(true));
    }

    private void SnapshotIfDue()
    {
        if (tail.NextSnapshot(context.Settings.SnapshotAfter) is { } segment)
        {
            context.SegmentActors[segment].Tell(TakeSnapshot.Instance);
        }
    }

    private void OnSnapshotTaken(SnapshotTaken taken)
    {
        tail.SnapshotTaken(taken);
        SnapshotIfDue();
        DeleteIfDue();
    }

    private void DeleteIfDue()
    {
        var upTo = Math.Min(tail.DeletableUpTo(), LastSequenceNr - 1);
        if (deleting || upTo <= tail.DeletedUpTo)
        {
            return;
        }

        deleting = true;
        tail.DeletedUpTo = Math.Min(upTo, tail.DeletedUpTo + context.Settings.DeleteStep);
        DeleteMessages(tail.DeletedUpTo);
    }

    private void OnDeleted()
    {
        deleting = false;
        DeleteIfDue();
        if (!deleting && shrink is not null)
        {
            Task.Run(shrink).PipeTo(Self, success: () => Shrunk.Instance, failure: e => new ShrinkFailed(e));
        }
    }

    // A rejection calls no handler and a failure stops this actor: both must refuse what was in the row (DESIGN D2).
    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        context.Metrics.WriteFailed();
        log.Error(cause, "the journal rejected row {0}", sequenceNr);
        RefuseAll(cause.Message);
        owner.Tell(new LogWritable(false));
        WriteNext();
    }

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        context.Metrics.WriteFailed();
        log.Error(cause, "the journal failed to write row {0}", sequenceNr);
        RefuseAll(cause.Message);
    }

    protected override void PostStop()
    {
        RefuseAll("the log of this member is stopping");
        Mark(atOnce: true);
        owner.Tell(new LogWritable(false));
        base.PostStop();
    }

    // Only a note of what is durable already: that it could not be written harms nobody, and a disk that is full says so elsewhere too.
    private void Mark(bool atOnce = false)
    {
        try
        {
            mark?.Note(progress.Offset, reserved, atOnce);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.Warning(e, "the log's mark can't be written; it is tried again");
        }
    }

    private void RefuseAll(string reason)
    {
        foreach (var pending in writing.Concat(waiting))
        {
            if (pending.BatchId is { } id)
            {
                pending.From.Tell(Refusal(id, reason));
            }
            else if (pending.Payload is not null)
            {
                pending.From.Tell(new PulledStored(pending.Token!, false));
            }
        }

        writing = [];
        waiting.Clear();
    }

    private BatchRefused Refusal(long batchId, string reason) => new()
    {
        BatchId = batchId,
        Member = WireIds.Bytes(context.Id),
        RingVersion = context.Ring?.Version ?? 0,
        Reason = reason,
    };

    /// <summary>How far the rows have been handed to the segments in this life of the process; outlives a restart of the log alone.</summary>
    internal sealed class Progress
    {
        public long Offset { get; set; }
    }

    private sealed record Pending(ByteString? Payload, IReadOnlyList<SegmentPart> Parts, IActorRef From, long? BatchId, object? Token)
    {
        public int Size => Payload?.Length ?? 16;

        public bool CountsSame { get; init; }
    }

    private sealed record StillAlive : ILocalMessage
    {
        public static StillAlive Instance { get; } = new();
    }

    private sealed record Shrunk : ILocalMessage
    {
        public static Shrunk Instance { get; } = new();
    }

    private sealed record ShrinkFailed(Exception Cause) : ILocalMessage;
}
