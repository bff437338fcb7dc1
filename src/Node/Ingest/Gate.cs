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
    private const int MaxIndexed = 100_000;
    private static readonly TimeSpan TellAtLeastEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TickEvery = TimeSpan.FromMilliseconds(100);

    private readonly MemberContext context;
    private readonly IActorRef aggregator;
    private readonly WriteSender sending;
    private readonly ReservedStamps stamps;
    private readonly HashSet<(NodeId Node, NodeId Address)> indexed = [];
    private readonly Dictionary<string, long> told = new(StringComparer.Ordinal);
    private Dictionary<string, Stamp> heard = new(StringComparer.Ordinal); // and not told yet
    private long indexedSince;

    public Gate(MemberContext context, IActorRef memberLog, IActorRef aggregator)
    {
        this.context = context;
        this.aggregator = aggregator;
        sending = new WriteSender(context, memberLog, Self, Context.GetLogger());
        stamps = new ReservedStamps(context, memberLog);
        indexedSince = context.Time.GetTimestamp();
        Receive<LocalReport>(m => OnReport(m.Report, m.Parent));
        Receive<ReportObservations>(m => OnReport(m, default));
        Receive<WriteTombstones>(OnTombstones);
        Receive<PassOnCopies>(OnPassOn);
        Receive<BatchWritten>(sending.OnWritten);
        Receive<BatchRefused>(sending.OnRefused);
        Receive<ClockReserved>(_ => stamps.OnReserved());
        Receive<GetUnderWay>(m => Sender.Tell(new UnderWay(m.Queries + sending.UnderWay + stamps.Waiting)));
        Receive<RingChangedTo>(_ => sending.OnRingChanged());
        Receive<Tick>(_ =>
        {
            stamps.OnTick();
            ForgetIndexed();
            TellHeard();
            sending.OnTick();
        });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(MemberContext context, IActorRef memberLog, IActorRef aggregator) =>
        Akka.Actor.Props.Create(() => new Gate(context, memberLog, aggregator));

    protected override void PreStart() => Timers.StartPeriodicTimer("tick", Tick.Instance, TickEvery);

    protected override void PostStop() => TellHeard();

    private void OnReport(ReportObservations report, ActivityContext parent)
    {
        var reported = report.Observations;
        if (reported.Count > MaxBatch)
        {
            context.Metrics.Refused(reported.Count);
            Sender.Tell(new ReportRejected(ReportFault.TooLarge, $"a batch of {reported.Count} observations; expected at most {MaxBatch}"));
            return;
        }

        if (sending.InFlight > context.Settings.InFlightBytes)
        {
            context.Metrics.Refused(reported.Count);
            Sender.Tell(new ReportRejected(ReportFault.Busy, $"{sending.InFlight} bytes of reports wait for their majority; at most {context.Settings.InFlightBytes} may"));
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

        if (heard.Keys.Any(IsNews))
        {
            TellHeard();
        }

        sending.Begin(new Write(items, context.Settings.GateTimeout, context.Time, write => answer(Outcome(write, rejected))));
    }

    // At once where the detector may count as silent until then, or the next report would be stored without it (R2.5); else with the next tick.
    private bool IsNews(string detector) => !told.TryGetValue(detector, out var at) || context.Time.GetElapsedTime(at) > TellAtLeastEvery;

    private void TellHeard()
    {
        if (heard.Count == 0)
        {
            return;
        }

        foreach (var detector in heard.Keys)
        {
            told[detector] = context.Time.GetTimestamp();
        }

        aggregator.Tell(new DetectorsHeard(heard));
        heard = new Dictionary<string, Stamp>(StringComparer.Ordinal);
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
        sending.Begin(new Write(items, context.Settings.GateTimeout, context.Time, write => sender.Tell(new TombstoneWritten(write.IsDurable))));
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

        sending.Begin(new Write(items, context.Settings.GateTimeout, context.Time, write => sender.Tell(new CopiesPassedOn(request.IndexNode, request.Passing, write.IsDurable))));
    }

    private sealed record Tick : ILocalMessage
    {
        public static Tick Instance { get; } = new();
    }
}
