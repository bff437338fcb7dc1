using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Member;
using FailureHistory.Node.Queries;
using FailureHistory.Node.Registry;
using FailureHistory.Node.Telemetry;

namespace FailureHistory.Node.Ingest;

/// <summary>
/// The one door of a member through which reports come in (DESIGN D6): validates, stamps once, groups by replica set, sends the same bytes to
/// the k members and answers when a majority of each set has them in its log, all counted on one version of the ring (R2.7, R9.9). It keeps
/// nothing that a restart would lose but the reports in flight, whose reporters get no answer and send again.
/// </summary>
internal sealed class Gate : ReceiveActor, IWithTimers
{
    public const int MaxBatch = 10_000;
    private const int PayloadBytes = 56_000;
    private const int MaxIndexed = 100_000;
    private static readonly TimeSpan ResendAfter = TimeSpan.FromSeconds(1.5);
    private const int ResendAfterUsual = 4;
    private static readonly TimeSpan CatchUpAfter = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan TickEvery = TimeSpan.FromMilliseconds(100);

    private readonly MemberContext context;
    private readonly IActorRef memberLog;
    private readonly IActorRef aggregator;
    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly Dictionary<long, WriteChunk> chunks = [];
    private readonly HashSet<Write> writes = [];
    private readonly ReservedStamps stamps;
    private readonly HashSet<(NodeId Node, NodeId Address)> indexed = [];
    private long indexedSince;
    private long nextBatch;
    private long inFlight;
    private TimeSpan usual; // from sending a chunk to its majority, lately

    public Gate(MemberContext context, IActorRef memberLog, IActorRef aggregator)
    {
        this.context = context;
        this.memberLog = memberLog;
        this.aggregator = aggregator;
        stamps = new ReservedStamps(context, memberLog);
        indexedSince = context.Time.GetTimestamp();
        Receive<LocalReport>(m => OnReport(m.Report, m.Parent));
        Receive<ReportObservations>(m => OnReport(m, default));
        Receive<WriteTombstones>(OnTombstones);
        Receive<PassOnCopies>(OnPassOn);
        Receive<BatchWritten>(OnWritten);
        Receive<BatchRefused>(OnRefused);
        Receive<ClockReserved>(_ => stamps.OnReserved());
        Receive<RingChangedTo>(_ => OnRingChanged());
        Receive<Tick>(_ => OnTick());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(MemberContext context, IActorRef memberLog, IActorRef aggregator) =>
        Akka.Actor.Props.Create(() => new Gate(context, memberLog, aggregator));

    protected override void PreStart() => Timers.StartPeriodicTimer("tick", Tick.Instance, TickEvery);

    private void OnReport(ReportObservations report, ActivityContext parent)
    {
        var reported = report.Observations;
        if (reported.Count > MaxBatch)
        {
            context.Metrics.Refused(reported.Count);
            Sender.Tell(new ReportRejected(ReportFault.TooLarge, $"a batch of {reported.Count} observations; expected at most {MaxBatch}"));
            return;
        }

        if (inFlight > context.Settings.InFlightBytes)
        {
            context.Metrics.Refused(reported.Count);
            Sender.Tell(new ReportRejected(ReportFault.Busy, $"{inFlight} bytes of reports wait for their majority; at most {context.Settings.InFlightBytes} may"));
            return;
        }

        var rejected = new List<Rejection>();
        var drafts = new List<(int Index, ReportValidator.Draft Draft)>(reported.Count);
        var registry = context.Registry;
        var now = context.Now;
        for (var i = 0; i < reported.Count; i++)
        {
            var (draft, error) = report.Restore
                ? RestoreValidator.Check(reported[i], registry, context.Settings.AutoRegister, context.Wall)
                : ReportValidator.Check(reported[i], registry, context.Settings.AutoRegister, now);
            if (draft is null)
            {
                rejected.Add(new Rejection(i, error!));
            }
            else
            {
                drafts.Add((i, draft));
            }
        }

        var sender = Sender;
        var arrived = context.Time.GetTimestamp();
        var span = Tracing.Begin("failure_history.report", parent);
        void Answer(ObservationsRecorded recorded)
        {
            context.Metrics.Reported(recorded, context.Time.GetElapsedTime(arrived));
            Tracing.End(span, recorded.Retry.Count > 0 ? "try_again" : "answered");
            sender.Tell(AnswerFit.To(sender, recorded));
        }

        if (drafts.Count == 0)
        {
            Answer(new ObservationsRecorded(0, 0, rejected, []));
            return;
        }

        foreach (var detector in drafts.Where(d => d.Draft.NewDetector).Select(d => d.Draft.Observation.Detector!).Distinct())
        {
            aggregator.Tell(new AutoRegister(detector));
        }

        if (report.Restore)
        {
            // No later stamp of ours may be below those that come back (R2.3).
            context.Clock.Observe(drafts.Max(d => d.Draft.Observation.ReceivedAt));
            BeginReport(drafts, rejected, Stamp.Zero, Answer);
            return;
        }

        stamps.Take(
            drafts.Count,
            first => BeginReport(drafts, rejected, first, Answer),
            () => context.Time.GetElapsedTime(arrived) > context.Settings.GateTimeout,
            () => Answer(new ObservationsRecorded(0, 0, rejected, [.. drafts.Select(d => d.Index)])));
    }

    private void BeginReport(List<(int Index, ReportValidator.Draft Draft)> drafts, List<Rejection> rejected, Stamp first, Action<ObservationsRecorded> answer)
    {
        var items = new List<WriteItem>(drafts.Count);
        var heard = new Dictionary<string, Stamp>(StringComparer.Ordinal);
        for (var i = 0; i < drafts.Count; i++)
        {
            var observation = drafts[i].Draft.Stamped(new Stamp(first.Ticks + i));
            items.Add(new WriteItem(observation.Node, observation, null, drafts[i].Index, isCopy: false) { IsRestored = drafts[i].Draft.Restored });
            AddIndexCopy(items, observation, drafts[i].Index);
            if (observation.Detector is { } detector)
            {
                heard[detector] = heard.TryGetValue(detector, out var later) && later > observation.ReceivedAt ? later : observation.ReceivedAt;
            }
        }

        aggregator.Tell(new DetectorsHeard(heard));
        Begin(new Write(items, context.Settings.GateTimeout, context.Time, write => answer(Outcome(write, rejected))));
    }

    // R1.5: every join that names an address is written to the address's index too; of other kinds the first that this gate sees.
    private void AddIndexCopy(List<WriteItem> items, Observation observation, int index)
    {
        if (observation.Hardware is not { } address)
        {
            return;
        }

        var indexNode = NodeId.OfAddress(address);
        if (observation.Kind != ObservationKind.Join && indexed.Contains((observation.Node, indexNode)))
        {
            return;
        }

        items.Add(new WriteItem(indexNode, observation with { Node = indexNode, Origin = observation.Node }, null, index, isCopy: true));
    }

    private ObservationsRecorded Outcome(Write write, List<Rejection> rejected)
    {
        RejectRestoredWhereRemoved(write, rejected);
        RejectWhereFolded(write, rejected);
        var lost = write.Items.Where(i => !i.IsDurable || i.IsRemoved).Select(i => i.Index).ToHashSet();
        var refused = rejected.Select(r => r.Index).ToHashSet();
        lost.ExceptWith(refused);
        int accepted = 0, duplicates = 0;
        foreach (var item in write.Items.Where(i => !i.IsCopy && !lost.Contains(i.Index) && !refused.Contains(i.Index)))
        {
            if (item.IsDuplicate)
            {
                duplicates++;
            }
            else
            {
                accepted++;
            }
        }

        foreach (var copy in write.Items.Where(i => i is { IsCopy: true, IsDurable: true }))
        {
            if (indexed.Count >= MaxIndexed)
            {
                indexed.Clear();
            }

            indexed.Add((copy.Observation!.Origin!.Value, copy.Node));
        }

        return new ObservationsRecorded(accepted, duplicates, rejected, [.. lost.Order()]);
    }

    // Sent again it would be removed again: its stamp is its own. A report that a removal overtook gets a later one, and so is to be sent again.
    private static void RejectRestoredWhereRemoved(Write write, List<Rejection> rejected)
    {
        foreach (var item in write.Items.Where(i => i is { IsRestored: true, IsRemoved: true, IsDurable: true }).DistinctBy(i => i.Index))
        {
            rejected.Add(new Rejection(
                item.Index,
                $"the history was removed after {item.Observation!.ReceivedAt}, when this was received, and what is removed stays removed; restore it into another cluster, or report it anew"));
        }
    }

    // Sent again it would be refused again: it tells of a time that is kept as sums alone (R10.3).
    private static void RejectWhereFolded(Write write, List<Rejection> rejected)
    {
        foreach (var item in write.Items.Where(i => i is { IsFolded: true, IsDurable: true, IsCopy: false, IsRemoved: false }))
        {
            rejected.Add(new Rejection(item.Index, $"folded: the node's history up to a time after {item.Observation!.At} is kept in sums alone; an archive of it is restored into another cluster"));
        }
    }

    private void OnTombstones(WriteTombstones request)
    {
        var sender = Sender;
        List<WriteItem> items =
        [
            .. request.Tombstones.Select(t => new WriteItem(t.Node, null, t, 0, isCopy: false)),
            .. (request.Pins ?? []).Select(p => new WriteItem(p.Node, null, null, 0, isCopy: false) { Pin = p }),
            .. request.Folds.Select(f => new WriteItem(f.Node, null, null, 0, isCopy: false) { Fold = f }),
        ];
        Begin(new Write(items, context.Settings.GateTimeout, context.Time, write => sender.Tell(new TombstoneWritten(write.IsDurable))));
    }

    // An address's index entry is forgotten with its machine, after forget-after without a report: then none of these is left from before (R10.1).
    private void ForgetIndexed()
    {
        if (context.Settings.ForgetAfter is { } after && context.Time.GetElapsedTime(indexedSince) > after / 2)
        {
            indexed.Clear();
            indexedSince = context.Time.GetTimestamp();
        }
    }

    private void OnPassOn(PassOnCopies request)
    {
        var sender = Sender;
        var items = request.Copies.Select(o => new WriteItem(o.Node, o, null, 0, isCopy: true)).ToList();
        if (items.Count == 0)
        {
            sender.Tell(new CopiesPassedOn(request.IndexNode, request.Passing, true));
            return;
        }

        Begin(new Write(items, context.Settings.GateTimeout, context.Time, write => sender.Tell(new CopiesPassedOn(request.IndexNode, request.Passing, write.IsDurable))));
    }

    private void Begin(Write write)
    {
        writes.Add(write);
        Send(write, write.Items);
        EndIfDone(write);
    }

    private void Send(Write write, IReadOnlyList<WriteItem> items)
    {
        if (context.Ring is not { } ring)
        {
            return; // sent when a ring comes into force, or given back when the time is up
        }

        var sent = new List<WriteChunk>();
        foreach (var group in items.GroupBy(item => ring.ReplicaSetOf(item.Node)))
        {
            foreach (var (payload, chunkItems) in Payloads.Of([.. group], PayloadBytes))
            {
                var chunk = new WriteChunk(++nextBatch, write, chunkItems, payload, ring.Placement.Replicas(group.Key), ring, context.Time.GetTimestamp());
                chunks[chunk.Id] = chunk;
                write.Chunks++;
                inFlight += payload.Length;
                SendTo(chunk, chunk.Votes.Replicas, countsSame: chunkItems.Any(item => item.IsRestored));
                sent.Add(chunk);
            }
        }

        // Only now that all are under way: a replica set without a majority must not end the write for the others (R2.7).
        sent.ForEach(GiveBackIfHopeless);
    }

    private void SendTo(WriteChunk chunk, IEnumerable<MemberId> members, bool countsSame = false)
    {
        var message = new WriteBatch
        {
            BatchId = chunk.Id,
            From = WireIds.Bytes(context.Id),
            RingVersion = chunk.Ring.Version,
            Payload = chunk.Payload,
            HighestStamp = context.Now.Ticks,
            CountsSame = countsSame,
            Restored = chunk.Items.Any(item => item.IsRestored),
        };
        foreach (var member in members)
        {
            var target = member == context.Id ? memberLog : context.Peers.Ref(member, "fh/log");
            target?.Tell(message);
        }
    }

    private void OnWritten(BatchWritten written)
    {
        context.Clock.Observe(new Stamp(written.Clock));
        if (!chunks.TryGetValue(written.BatchId, out var chunk))
        {
            return;
        }

        // Its answer counts only for the version it was asked under (R9.9).
        if (!chunk.Votes.Counts(written.RingVersion))
        {
            // Who is ahead makes this gate send all anew as soon as the ring changes here; who is behind is asked again.
            chunk.SomeAreBehind |= written.RingVersion < chunk.Ring.Version;
            return;
        }

        foreach (var index in written.Duplicates.Where(i => i < chunk.Items.Count))
        {
            chunk.Items[(int)index].IsDuplicate = true;
        }

        // A removal that this gate's clock lagged behind covers the report: it is not stored. Sent again it gets a stamp after the removal.
        foreach (var index in written.Removed.Where(i => i < chunk.Items.Count))
        {
            chunk.Items[(int)index].IsRemoved = true;
        }

        foreach (var index in written.Folded.Where(i => i < chunk.Items.Count))
        {
            chunk.Items[(int)index].IsFolded = true;
        }

        if (chunk.Votes.Stored(WireIds.Member(written.Member), written.RingVersion))
        {
            foreach (var item in chunk.Items)
            {
                chunk.Write.Durable(item);
            }

            usual += (context.Time.GetElapsedTime(chunk.Began) - usual) / 8;

            Drop(chunk);
            EndIfDone(chunk.Write);
        }
    }

    private void OnRefused(BatchRefused refused)
    {
        if (chunks.TryGetValue(refused.BatchId, out var chunk) && chunk.Votes.Refused(WireIds.Member(refused.Member)))
        {
            log.Warning("member {0} refused a batch: {1}", WireIds.Member(refused.Member), refused.Reason);
            GiveBackIfHopeless(chunk);
        }
    }

    private void GiveBackIfHopeless(WriteChunk chunk)
    {
        if (chunk.Votes.IsHopeless(context.Peers.IsReachable))
        {
            Drop(chunk);
            EndIfDone(chunk.Write);
        }
    }

    private void OnRingChanged()
    {
        foreach (var chunk in chunks.Values.ToList())
        {
            Drop(chunk);
            Send(chunk.Write, chunk.Items);
        }

        foreach (var write in writes.Where(w => w is { IsOver: false, Chunks: 0 }).ToList())
        {
            Send(write, [.. write.Items.Where(i => !i.IsDurable)]);
        }
    }

    private void OnTick()
    {
        stamps.OnTick();
        ForgetIndexed();

        // Where all answers take long nothing is lost: what was sent again would only make them take longer.
        var resendAfter = usual * ResendAfterUsual > ResendAfter ? usual * ResendAfterUsual : ResendAfter;
        foreach (var chunk in chunks.Values.ToList())
        {
            if (chunk.Write.IsLate)
            {
                Drop(chunk);
                EndIfDone(chunk.Write);
            }
            else if (context.Time.GetElapsedTime(chunk.SentAt) > (chunk.SomeAreBehind ? CatchUpAfter : resendAfter))
            {
                chunk.SomeAreBehind = false;
                chunk.SentAt = context.Time.GetTimestamp();
                SendTo(chunk, chunk.Votes.ToSendAgain(context.Peers.IsReachable));
                GiveBackIfHopeless(chunk);
            }
        }

        foreach (var write in writes.Where(w => w.IsLate).ToList())
        {
            EndIfDone(write);
        }
    }

    private void Drop(WriteChunk chunk)
    {
        if (chunks.Remove(chunk.Id))
        {
            inFlight -= chunk.Payload.Length;
            context.Metrics.InFlightBytes = inFlight;
            chunk.Write.Chunks--;
        }
    }

    // A write without a chunk under way is over, unless it still waits for a ring.
    private void EndIfDone(Write write)
    {
        if (write.IsDurable || write.IsLate || (context.Ring is not null && write.Chunks == 0))
        {
            writes.Remove(write);
            write.End();
        }
    }

    private sealed record Tick : ILocalMessage
    {
        public static Tick Instance { get; } = new();
    }
}
