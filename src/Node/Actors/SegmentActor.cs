using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Member;
using FailureHistory.Node.Notifications;
using FailureHistory.Node.Persistence;
using FailureHistory.Node.Queries;
using FailureHistory.Node.Retention;
using Google.Protobuf;

namespace FailureHistory.Node.Actors;

/// <summary>
/// One segment's copy at this member: owns the <see cref="SegmentMachine"/>, applies what the log has written, answers once it serves, and
/// pulls what other replicas have more. It is kept by snapshots only (<c>segment-n@member</c>, through the snapshot store's own messages: a
/// persistent actor would also read the journal for events that there never are); the log holds the rest. Survives restarts of the log; when
/// it fails itself NodeActor starts the member again from disk.
/// </summary>
internal sealed class SegmentActor : ReceiveActor, IWithTimers, IWithUnboundedStash
{
    // A machine goes under a handful of ids; an address that gives more copies than this is nobody's.
    private const int MostCopies = 500;

    // Each costs a read from a majority; the next round comes soon.
    private const int MostForgettable = 200;

    private readonly int segment;
    private readonly MemberContext context;
    private readonly LogDatabase? database;
    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly SegmentMachine machine;
    private readonly CopyReadiness readiness;
    private readonly Dictionary<NodeId, long> passingOn = [];
    private readonly ObservationPages pages;
    private readonly RingView? ringAtStart;
    private long passings;
    private int snapshotReads;
    private readonly ListingCache listings;
    private readonly ForgetCandidates forgettable;
    private readonly FoldCandidates foldable;
    private readonly SegmentNotices notices;
    private readonly SegmentSides sides;
    private readonly HistoryActors histories;
    private readonly SnapshotSaving snapshots;
    private long offset;
    private long snapshotOffset; // of the snapshot that was restored
    private SegmentSnapshot? ofLostLog;
    private Pull? pull;

    public SegmentActor(int segment, MemberContext context, LogDatabase? database, RingView? ringAtStart, bool countedBefore)
    {
        this.segment = segment;
        this.context = context;
        this.database = database;
        this.ringAtStart = ringAtStart;
        snapshots = new SnapshotSaving(segment, context, Self, Context.Parent);
        machine = new SegmentMachine(segment, context.Settings.Settle);
        readiness = new CopyReadiness(segment, context.Id, countedBefore);
        pages = new ObservationPages(machine);
        listings = new ListingCache(context);
        forgettable = new ForgetCandidates(context);
        foldable = new FoldCandidates(context);
        histories = new HistoryActors(Context, context);
        notices = new SegmentNotices(segment, machine, context);
        sides = new SegmentSides(machine, context);
        Become(Recovering);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public IStash Stash { get; set; } = null!;

    public static Props Props(int segment, MemberContext context, LogDatabase? database, RingView? ringAtStart, bool countedBefore) =>
        Akka.Actor.Props.Create(() => new SegmentActor(segment, context, database, ringAtStart, countedBefore));

    protected override void PreStart() => snapshots.Load();

    private void Recovering()
    {
        Receive<LoadSnapshotResult>(loaded =>
        {
            if (loaded.Snapshot is { Snapshot: SegmentSnapshot found })
            {
                ofLostLog = found.LogOffset > context.LogRows ? found : null;
                try
                {
                    Restore(found);
                }
                catch (WireFormatException e)
                {
                    FailForSnapshot(e);
                    return;
                }
            }

            Renumber();
        });
        Receive<SaveSnapshotSuccess>(_ =>
        {
            ofLostLog = null;
            Renumber();
        });
        Receive<SaveSnapshotFailure>(failed =>
        {
            log.Warning(failed.Cause, "the snapshot of segment {0} can't be written; it is tried again every second", segment);
            Timers.StartSingleTimer("snapshot", ReadSnapshot.Instance, TimeSpan.FromSeconds(1));
        });
        Receive<LoadSnapshotFailed>(failed =>
        {
            log.Warning(failed.Cause, "the snapshot of segment {0} can't be read", segment);
            var passes = database?.Passes(failed.Cause) ?? false; // a database that went away comes back; then it is waited for
            if (passes || ++snapshotReads < 5)
            {
                Timers.StartSingleTimer("snapshot", ReadSnapshot.Instance, TimeSpan.FromSeconds(1));
            }
            else
            {
                FailForSnapshot(failed.Cause);
            }
        });
        Receive<ReadSnapshot>(_ =>
        {
            if (ofLostLog is null)
            {
                PreStart();
            }
            else
            {
                Renumber(); // it was read, and only its number could not be written
            }
        });
        ReceiveAny(_ => Stash.Stash());
    }

    private void FailForSnapshot(Exception cause) =>
        context.Fail($"the snapshot of segment {segment} in {context.Settings.Data} can't be read: {cause.Message}; restore the folder, or start this member with an empty one and let it fetch its copies anew");

    // The numbers of a log that was lost are given again: rows under them must not pass for rows that the snapshot holds, now or at the next start.
    private void Renumber()
    {
        if (ofLostLog is { } found)
        {
            found.LogOffset = offset = snapshotOffset = context.LogRows;
            snapshots.Save(found);
            return;
        }

        Become(Running);
        Stash.UnstashAll();
        Context.Parent.Tell(new SegmentRecovered(segment, offset));
    }

    private void Running()
    {
        Receive<ApplyRows>(m => OnApplyRows([m]));
        Receive<ApplyAllRows>(m => OnApplyRows(m.Rows));
        Receive<LogReplayed>(_ => OnJournalRecovered());
        Receive<RingChangedTo>(m => Advance(() => readiness.RingChanged(m.Ring)));
        Receive<MergedWith>(m => Advance(() => readiness.Merged(m.Peer, m.PeerCounts, m.RingVersion)));
        Receive<NobodyToAsk>(m => Advance(() => readiness.NobodyToAsk(m.RingVersion)));

        Receive<HistoryActor.Idle>(m => histories.Retire(m.Node, Sender));
        Receive<ReplicaQuery>(OnQuery);
        Receive<OwnCopyRead>(OnOwnCopyRead);
        Receive<DigestQuery>(OnDigestQuery);
        Receive<PullNode>(OnPullNode);
        Receive<ListNodeDigests>(OnListNodeDigests);
        Receive<PullNodes>(OnPullNodes);
        Receive<ListLocal>(OnListLocal);
        Receive<ListForgettable>(m => Look(copy => new ForgettableListed(segment, forgettable.Of(copy, m.ForgetAfter, MostForgettable)), new ForgettableListed(segment, [])));
        Receive<ListFoldable>(m => Look(copy => new FoldableListed(segment, m.Until, foldable.Of(copy, m.Until, MostForgettable)), new FoldableListed(segment, m.Until, [])));
        Receive<ListLocalSides>(m => Sender.Tell(CanTell ? sides.List(m) : new LocalSides(null, null)));
        Receive<RaiseUnseen>(m => notices.RaiseUnseen(m.Since));

        Receive<CompactNow>(m =>
        {
            Compact(m.Horizon);
            PassOn([.. passingOn.Keys]);
        });
        Receive<DropOrphan>(OnDropOrphan);
        Receive<PullFrom>(OnPullFrom);
        Receive<NodeDigestPage>(m => pull?.OnDigests(m));
        Receive<NodesPage>(m => pull?.OnNodes(m));
        Receive<PulledStored>(m => pull?.OnStored(m));
        Receive<PullTimedOut>(m => pull?.OnTimeout(m));
        Receive<CopiesPassedOn>(OnCopiesPassedOn);

        Receive<TakeSnapshot>(_ => Snapshot());
        Receive<SnapshotSaving.Encoded>(snapshots.OnEncoded);
        Receive<SnapshotSaving.EncodingFailed>(m => OnSnapshotEnded(snapshots.OnFailed(m.Cause, offset)));
        Receive<SaveSnapshotSuccess>(_ => OnSnapshotEnded(snapshots.OnSaved()));
        Receive<SaveSnapshotFailure>(m => OnSnapshotEnded(snapshots.OnFailed(m.Cause, offset)));
    }

    private void Restore(SegmentSnapshot snapshot)
    {
        context.Clock.Observe(SnapshotCodec.Decode(snapshot, machine));
        offset = snapshotOffset = snapshot.LogOffset;
    }

    private void OnApplyRows(IReadOnlyList<ApplyRows> all)
    {
        var now = context.Wall;
        var applied = new Applied[all.Count]; // of one row, and acknowledged once the board shows them all
        for (var i = 0; i < all.Count; i++)
        {
            applied[i] = Apply(all[i], now);
        }

        Post();
        foreach (var rows in applied)
        {
            rows.Ack?.Applied(rows.Duplicates ?? [], rows.Removed ?? [], rows.Folded ?? []);
        }

        notices.Committed(readiness.Phase == CopyPhase.Serving);
        PassOn(machine.TakeChangedIndexNodes());
    }

    // What is to be said when all of it is applied; nothing where nobody waits for that.
    private Applied Apply(ApplyRows rows, Stamp now)
    {
        // After a restart the log is replayed from the lowest offset of all segments; what the snapshot holds is skipped. Only that: a row
        // holds many batches, and each of them comes here by itself under the row's offset.
        if (rows.Offset <= snapshotOffset && rows.Ack is null)
        {
            return default;
        }

        offset = Math.Max(offset, rows.Offset);
        var applied = new Applied { Ack = rows.Ack };
        foreach (var tombstone in rows.Tombstones)
        {
            machine.Apply(tombstone);
        }

        foreach (var fold in rows.Folds)
        {
            machine.Apply(fold);
        }

        foreach (var pin in rows.Pins)
        {
            context.Clock.Observe(pin.At); // whoever changes it next has a later stamp
            machine.Apply(pin);
        }

        var latest = Stamp.Zero;
        for (var i = 0; i < rows.Observations.Count; i++)
        {
            latest = rows.Observations[i].ReceivedAt > latest ? rows.Observations[i].ReceivedAt : latest;
            switch (machine.Apply(rows.Observations[i]))
            {
                case ApplyOutcome.New:
                    notices.Note(rows.Observations[i], now);
                    break;
                case ApplyOutcome.Duplicate:
                    (applied.Duplicates ??= []).Add(rows.Indices[i]);
                    notices.Note(rows.Observations[i], now); // it may have been the earlier copy (R2.4)
                    break;
                case ApplyOutcome.Same when rows.Ack is { CountsSame: true }:
                    (applied.Duplicates ??= []).Add(rows.Indices[i]);
                    break;
                case ApplyOutcome.Removed:
                    (applied.Removed ??= []).Add(rows.Indices[i]);
                    break;
                case ApplyOutcome.Folded:
                    (applied.Folded ??= []).Add(rows.Indices[i]);
                    break;
            }
        }

        // Also of what was pulled: what is held here must not lie ahead of the clock that reads it (R2.3).
        context.Clock.Observe(latest);
        return applied;
    }

    // R1.5: at once, and again at every exchange until a majority of the other ids' replicas has them.
    private void PassOn(IEnumerable<NodeId> indexNodes)
    {
        if (readiness.Phase == CopyPhase.Recovering)
        {
            return;
        }

        foreach (var indexNode in indexNodes)
        {
            var copies = machine.PassOn(indexNode);
            if (copies.Count <= MostCopies)
            {
                passingOn[indexNode] = ++passings;
                Context.Parent.Tell(new PassOnCopies(indexNode, copies, passings));
            }
            else
            {
                passingOn.Remove(indexNode);
                log.Warning(
                    "hardware address {0} is claimed by so many ids, or so often by turns, that {1} copies would be passed on: it identifies no machine; reports had better not name it",
                    copies[0].Hardware, copies.Count);
            }
        }
    }

    private void OnCopiesPassedOn(CopiesPassedOn done)
    {
        // Only the latest: a newer join may have been passed on in vain meanwhile.
        if (done.Durable && passingOn.GetValueOrDefault(done.IndexNode) == done.Passing)
        {
            passingOn.Remove(done.IndexNode);
        }
    }

    private void Advance(Action step)
    {
        step();
        Post();
    }

    private void OnJournalRecovered()
    {
        Advance(() =>
        {
            readiness.JournalRecovered(ringAtStart);
            if (context.Ring is { } now)
            {
                readiness.RingChanged(now);
            }
        });
        machine.TakeChangedIndexNodes();
        foreach (var indexNode in machine.SharedIndexNodes)
        {
            passingOn[indexNode] = ++passings; // who of the others has them is not kept: told once more at the next exchange
        }
    }

    private void Post() => context.Board[segment] = readiness.Status(machine.Digest);

    private void OnQuery(ReplicaQuery query)
    {
        var node = WireIds.Node(query.Node);
        if (context.AwaitsRegistry)
        {
            Sender.Tell(Cannot(node, ReplicaCannot.Types.Reason.NotServing, $"{context.Name} has not read the detectors' registry yet"));
            return;
        }

        if (readiness.Phase != CopyPhase.Serving && !(query.Recovering && readiness.Phase == CopyPhase.Fetching))
        {
            Sender.Tell(Cannot(node, ReplicaCannot.Types.Reason.NotServing, $"segment {segment} at {context.Name} is {readiness.Phase}"));
            return;
        }

        if (machine.View(node) is not { Count: > 0 } view)
        {
            Sender.Tell(Cannot(node, ReplicaCannot.Types.Reason.UnknownNode, "no observation"));
            return;
        }

        histories.Of(node).Forward(new HistoryActor.Read(Queries.Wire.QueryOf(query), view, readiness.Status(machine.Digest)));
    }

    private void OnOwnCopyRead(OwnCopyRead read)
    {
        if (CanTell && readiness.Complete && machine.View(read.Question.Node.Id) is { Count: > 0 } view)
        {
            histories.Of(read.Question.Node.Id).Tell(new HistoryActor.Read(read.Question.Query, view, readiness.Status(machine.Digest), read));
        }
        else
        {
            read.AskOn();
        }
    }

    private ReplicaCannot Cannot(NodeId node, ReplicaCannot.Types.Reason reason, string detail) => new()
    {
        RingVersion = readiness.RingVersion,
        Node = WireIds.Bytes(node),
        Reason = reason,
        Member = WireIds.Bytes(context.Id),
        Counts = readiness.Counts,
        Detail = detail,
    };

    private void OnDigestQuery(DigestQuery query)
    {
        var node = WireIds.Node(query.Node);
        Sender.Tell(new DigestAnswer
        {
            RingVersion = readiness.RingVersion,
            Node = query.Node,
            Member = WireIds.Bytes(context.Id),
            Digest = machine.DigestOf(node),
            Count = (uint)(machine.View(node)?.Count ?? 0),
            Counts = readiness.Counts,
            Complete = readiness.Phase == CopyPhase.Serving && readiness.Complete,
        });
    }

    private void OnPullNode(PullNode request)
    {
        if (readiness.Phase == CopyPhase.Recovering)
        {
            Sender.Tell(Cannot(WireIds.Node(request.Node), ReplicaCannot.Types.Reason.NotServing, $"segment {segment} at {context.Name} is recovering"));
            return;
        }

        var page = pages.Of([WireIds.Node(request.Node)], request.Cursor);
        Sender.Tell(new NodePage
        {
            RingVersion = readiness.RingVersion,
            Node = request.Node,
            Member = WireIds.Bytes(context.Id),
            Payload = page.Payload,
            Next = page.Next,
            Counts = readiness.Counts && readiness.Complete,
            CopyCounts = readiness.Counts,
        });
    }

    private void OnListNodeDigests(ListNodeDigests request)
    {
        Compact(new Stamp(request.Horizon));
        Sender.Tell(ObservationPages.Digests(machine, request, context.Id, readiness));
    }

    private void OnPullNodes(PullNodes request)
    {
        var page = pages.Of([.. request.Nodes.Select(WireIds.Node)], request.Cursor);
        Sender.Tell(new NodesPage
        {
            RingVersion = readiness.RingVersion,
            Segment = (uint)segment,
            Member = WireIds.Bytes(context.Id),
            Payload = page.Payload,
            Next = page.Next,
            Counts = readiness.Vouches,
            Token = request.Token,
        });
    }

    private bool CanTell => readiness.Phase == CopyPhase.Serving && !context.AwaitsRegistry;

    // Beside the actor, so that no write waits until a whole copy has been read.
    private void Look<T>(Func<IReadOnlyList<NodeView>, T> find, T nothing)
        where T : class
    {
        if (!CanTell)
        {
            Sender.Tell(nothing);
            return;
        }

        List<NodeView> copy = [.. machine.DigestsAfter(null, int.MaxValue).Select(d => machine.View(d.Node)).OfType<NodeView>()];
        Task.Run(() => find(copy)).PipeTo(Sender, Self, failure: cause =>
        {
            log.Warning(cause, "segment {0} can't be looked through for what to forget or fold; it is tried again", segment);
            return nothing;
        });
    }

    private void OnListLocal(ListLocal request)
    {
        Sender.Tell(CanTell
            ? new LocalListed(segment, listings.List(machine, request.Query, request.After))
            : new LocalListed(segment, null));
    }

    // Not while rows are restored: until all of them are here a run of repeats may lack what breaks it, and the middle of it would be lost.
    private void Compact(Stamp horizon)
    {
        if (horizon < context.HeldUntil)
        {
            return;
        }

        machine.CompactTo(horizon);
        Post();
    }

    // First it stops vouching, also by what the disk says after a crash; then it goes, and with an empty snapshot in its place stays away.
    private void OnDropOrphan(DropOrphan drop)
    {
        if (drop.RingVersion != readiness.RingVersion || drop.Digest != machine.Digest || context.Holds(segment))
        {
            return;
        }

        if (readiness.Vouches)
        {
            Advance(readiness.Resign);
        }
        else if (!snapshots.IsUnderWay && context.KeptVouching is { } kept && kept.RingVersion == drop.RingVersion && !kept.Segments.Contains(segment))
        {
            log.Info("the copy of segment {0}, {1} observations, is deleted: every member that the ring gives it to has all of it", segment, machine.ObservationCount);
            Advance(machine.Clear);
            passingOn.Clear();
            Snapshot();
        }
    }

    private void OnPullFrom(PullFrom request)
    {
        if (pull is not null || context.SegmentAt(request.Peer, segment) is not { } peer)
        {
            Sender.Tell(new PullEnded(segment, request.Peer, request.Horizon, false));
            return;
        }

        Compact(request.Horizon);
        var exchanger = Sender;
        pull = new Pull(segment, machine, request, peer, Self, Context.Parent, Timers, (merged, counts) =>
        {
            pull = null;
            if (merged)
            {
                Advance(() => readiness.Merged(request.Peer, counts, request.RingVersion));
            }

            exchanger.Tell(new PullEnded(segment, request.Peer, request.Horizon, merged));
        });
        pull.Start();
    }

    private void Snapshot() => snapshots.Take(machine.Freeze, offset);

    private void OnSnapshotEnded(bool again)
    {
        if (again)
        {
            Snapshot();
        }
    }

    // Places in the batch; null for none, which is the rule.
    private struct Applied
    {
        public IBatchAck? Ack;
        public List<int>? Duplicates;
        public List<int>? Removed;
        public List<int>? Folded;
    }

    private sealed record ReadSnapshot : ILocalMessage
    {
        public static ReadSnapshot Instance { get; } = new();
    }
}
