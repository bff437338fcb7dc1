using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Member;
using FailureHistory.Node.Queries;
using Google.Protobuf;

namespace FailureHistory.Node.Actors;

/// <summary>
/// One segment's copy at this member: owns the <see cref="SegmentMachine"/>, applies what the log has written, answers once it serves, and
/// pulls what other replicas have more. Persistent by snapshots only (<c>segment-n@member</c>); the log holds the rest. Survives restarts of
/// the log; a restart of its own loses nothing, since NodeActor then restarts the member's actors as a whole.
/// </summary>
internal sealed class SegmentActor : ReceivePersistentActor, IWithTimers
{
    private readonly int segment;
    private readonly MemberContext context;
    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly SegmentMachine machine;
    private readonly CopyReadiness readiness;
    private readonly HashSet<NodeId> passingOn = [];
    private readonly ListingCache listings;
    private readonly HistoryActors histories;
    private readonly SortedNode pulled = new();
    private long offset;
    private Pull? pull;

    public SegmentActor(int segment, MemberContext context, bool countedBefore)
    {
        this.segment = segment;
        this.context = context;
        PersistenceId = $"segment-{segment}@{context.Id}";
        machine = new SegmentMachine(segment, context.Settings.Settle);
        readiness = new CopyReadiness(segment, context.Id, countedBefore);
        listings = new ListingCache(context);
        histories = new HistoryActors(Context, context);

        Recover<SnapshotOffer>(offer => Restore((SegmentSnapshot)offer.Snapshot));
        Recover<RecoveryCompleted>(_ => Context.Parent.Tell(new SegmentRecovered(segment, offset)));

        Command<ApplyRows>(OnApplyRows);
        Command<LogReplayed>(_ => Advance(() => readiness.JournalRecovered(context.Ring)));
        Command<RingChangedTo>(m => Advance(() => readiness.RingChanged(m.Ring)));
        Command<MergedWith>(m => Advance(() => readiness.Merged(m.Peer, m.PeerCounts, m.RingVersion)));
        Command<NobodyToAsk>(m => Advance(() => readiness.NobodyToAsk(m.RingVersion)));

        Command<ReplicaQuery>(OnQuery);
        Command<DigestQuery>(OnDigestQuery);
        Command<PullNode>(OnPullNode);
        Command<ListNodeDigests>(OnListNodeDigests);
        Command<PullNodes>(OnPullNodes);
        Command<ListLocal>(OnListLocal);
        Command<HistoryActor.Idle>(m => histories.Retire(m.Node, Sender));

        Command<CompactNow>(m => Compact(m.Horizon));
        Command<PullFrom>(OnPullFrom);
        Command<NodeDigestPage>(m => pull?.OnDigests(m));
        Command<NodesPage>(m => pull?.OnNodes(m));
        Command<PulledStored>(m => pull?.OnStored(m));
        Command<PullTimedOut>(m => pull?.OnTimeout(m));
        Command<CopiesPassedOn>(OnCopiesPassedOn);

        Command<TakeSnapshot>(_ => Snapshot());
        Command<Encoded>(m => SaveSnapshot(m.Snapshot));
        Command<EncodingFailed>(m => SnapshotFailed(m.Cause));
        Command<SaveSnapshotSuccess>(_ => SnapshotSaved());
        Command<SaveSnapshotFailure>(m => SnapshotFailed(m.Cause));
    }

    public override string PersistenceId { get; }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(int segment, MemberContext context, bool countedBefore) =>
        Akka.Actor.Props.Create(() => new SegmentActor(segment, context, countedBefore));

    private void Restore(SegmentSnapshot snapshot)
    {
        foreach (var bytes in snapshot.Batches)
        {
            var batch = ObservationBatchCodec.Decode(bytes);
            foreach (var tombstone in batch.Tombstones)
            {
                machine.Apply(tombstone);
            }

            foreach (var observation in batch.Observations)
            {
                machine.Apply(observation);
                context.Clock.Observe(observation.ReceivedAt);
            }
        }

        offset = snapshot.LogOffset;
    }

    private void OnApplyRows(ApplyRows rows)
    {
        // After a restart the log is replayed from the lowest offset of all segments; what the snapshot holds is skipped.
        if (rows.Offset <= offset && rows.Ack is null)
        {
            return;
        }

        offset = Math.Max(offset, rows.Offset);
        List<int> duplicates = [], removed = [];
        foreach (var tombstone in rows.Tombstones)
        {
            machine.Apply(tombstone);
        }

        for (var i = 0; i < rows.Observations.Count; i++)
        {
            switch (machine.Apply(rows.Observations[i]))
            {
                case ApplyOutcome.Duplicate:
                    duplicates.Add(rows.Indices[i]);
                    break;
                case ApplyOutcome.Removed:
                    removed.Add(rows.Indices[i]);
                    break;
            }
        }

        Post();
        rows.Ack?.Applied(duplicates, removed);
        PassOnChanged();
    }

    // R1.5: at once, and again at every exchange until a majority of the other id's replicas has them.
    private void PassOnChanged()
    {
        passingOn.UnionWith(machine.TakeChangedIndexNodes());
        if (readiness.Phase == CopyPhase.Recovering)
        {
            return;
        }

        foreach (var indexNode in passingOn)
        {
            Context.Parent.Tell(new PassOnCopies(indexNode, machine.PassOn(indexNode)));
        }
    }

    private void OnCopiesPassedOn(CopiesPassedOn done)
    {
        if (done.Durable)
        {
            passingOn.Remove(done.IndexNode);
        }
    }

    private void Advance(Action step)
    {
        step();
        Post();
        PassOnChanged();
    }

    private void Post() => context.Board[segment] = readiness.Status(machine.Digest);

    private void OnQuery(ReplicaQuery query)
    {
        var node = WireIds.Node(query.Node);
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

        histories.Of(node).Forward(new HistoryActor.Read(query, view, readiness.Status(machine.Digest)));
    }

    private ReplicaCannot Cannot(NodeId node, ReplicaCannot.Types.Reason reason, string detail) => new()
    {
        RingVersion = context.Ring?.Version ?? 0,
        Node = WireIds.Bytes(node),
        Reason = reason,
        Member = WireIds.Bytes(context.Id),
        Counts = readiness.Counts,
        Detail = detail,
    };

    private void OnDigestQuery(DigestQuery query)
    {
        var view = machine.View(WireIds.Node(query.Node));
        Sender.Tell(new DigestAnswer
        {
            RingVersion = context.Ring?.Version ?? 0,
            Node = query.Node,
            Member = WireIds.Bytes(context.Id),
            Digest = view?.Digest ?? 0,
            Count = (uint)(view?.Count ?? 0),
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

        var page = ObservationPages.Of(machine, [WireIds.Node(request.Node)], request.Cursor, pulled);
        Sender.Tell(new NodePage
        {
            RingVersion = context.Ring?.Version ?? 0,
            Node = request.Node,
            Member = WireIds.Bytes(context.Id),
            Payload = page.Payload,
            Next = page.Next,
            Counts = readiness.Counts,
        });
    }

    private void OnListNodeDigests(ListNodeDigests request)
    {
        Compact(new Stamp(request.Horizon));
        Sender.Tell(ObservationPages.Digests(machine, segment, request, context, readiness.Vouches));
    }

    private void OnPullNodes(PullNodes request)
    {
        var page = ObservationPages.Of(machine, [.. request.Nodes.Select(WireIds.Node)], request.Cursor, pulled);
        Sender.Tell(new NodesPage
        {
            RingVersion = context.Ring?.Version ?? 0,
            Segment = (uint)segment,
            Member = WireIds.Bytes(context.Id),
            Payload = page.Payload,
            Next = page.Next,
            Counts = readiness.Vouches,
        });
    }

    private void OnListLocal(ListLocal request)
    {
        Sender.Tell(readiness.Phase == CopyPhase.Serving
            ? new LocalListed(segment, listings.List(machine, request.Query, request.After))
            : new LocalListed(segment, null));
    }

    private void Compact(Stamp horizon)
    {
        machine.CompactTo(horizon);
        Post();
    }

    private void OnPullFrom(PullFrom request)
    {
        if (pull is not null || context.SegmentAt(request.Peer, segment) is not { } peer)
        {
            Sender.Tell(new PullEnded(segment, request.Peer, false));
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

            exchanger.Tell(new PullEnded(segment, request.Peer, merged));
        });
        pull.Start();
    }

    // Encoding a large image takes tens of milliseconds: it happens beside the actor, on a frozen image.
    private void Snapshot()
    {
        var image = machine.Freeze();
        var at = offset;
        Task.Run(() => SnapshotCodec.Encode(segment, at, image)).PipeTo(Self, success: s => new Encoded(s), failure: e => new EncodingFailed(e));
    }

    private long snapshotting;
    private long snapshotBytes;

    private new void SaveSnapshot(object snapshot)
    {
        var encoded = (SegmentSnapshot)snapshot;
        snapshotting = encoded.LogOffset;
        snapshotBytes = encoded.CalculateSize();
        base.SaveSnapshot(snapshot);
    }

    private void SnapshotSaved() => Context.Parent.Tell(new SnapshotTaken(segment, snapshotting, snapshotBytes));

    private void SnapshotFailed(Exception cause)
    {
        log.Warning(cause, "the snapshot of segment {0} failed; the log is kept until one succeeds", segment);
        Context.Parent.Tell(new SnapshotTaken(segment, offset, null));
    }

    private sealed record Encoded(SegmentSnapshot Snapshot) : ILocalMessage;

    private sealed record EncodingFailed(Exception Cause) : ILocalMessage;
}
