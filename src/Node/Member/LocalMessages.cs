using System.Diagnostics;
using Akka.Actor;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Notifications;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Retention;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;

namespace FailureHistory.Node.Member;

/// <summary>Messages that never leave the process, so that they may carry references; they have no wire form on purpose.</summary>
internal interface ILocalMessage : INoSerializationVerificationNeeded;

/// <summary>The ring in force is now this.</summary>
internal sealed record RingChangedTo(RingView Ring) : ILocalMessage;

/// <summary>Rows of the log for one segment. <paramref name="Indices"/> are the places of the observations in their batch.</summary>
internal sealed record ApplyRows(
    long Offset, IReadOnlyList<Observation> Observations, IReadOnlyList<int> Indices, IReadOnlyList<Tombstone> Tombstones, IBatchAck? Ack) : ILocalMessage
{
    /// <summary>The pins of the batch.</summary>
    public IReadOnlyList<Pin> Pins { get; init; } = [];

    /// <summary>The folds of the batch.</summary>
    public IReadOnlyList<Fold> Folds { get; init; } = [];
}

/// <summary>Several for one segment that came with one row of the log, in its order: one message where there would be one for each batch.</summary>
internal sealed record ApplyAllRows(IReadOnlyList<ApplyRows> Rows) : ILocalMessage;

/// <summary>Counts the segments of a batch as they apply it, and acknowledges when all have.</summary>
internal interface IBatchAck
{
    /// <summary>Whether what is stored exactly so counts as a duplicate.</summary>
    bool CountsSame => false;

    void Applied(IReadOnlyList<int> duplicates, IReadOnlyList<int> removed, IReadOnlyList<int> folded);
}

/// <summary>The log must not lose the clock: reserve up to here. Answered by <see cref="ClockReserved"/>.</summary>
internal sealed record ReserveClock(Stamp Until) : ILocalMessage;

/// <summary>Stamps up to here may be given.</summary>
internal sealed record ClockReserved(Stamp Until) : ILocalMessage;

/// <summary>Observations pulled from another replica, to be logged and applied. Answered by <see cref="PulledStored"/>.</summary>
internal sealed record StorePulled(byte[] Payload, object Token) : ILocalMessage;

/// <summary>They are.</summary>
internal sealed record PulledStored(object Token, bool Stored) : ILocalMessage;

/// <summary>A SegmentActor has read its snapshot.</summary>
internal sealed record SegmentRecovered(int Segment, long Offset) : ILocalMessage;

/// <summary>The log has been replayed: every segment has what this member's disk holds.</summary>
internal sealed record LogReplayed(long Offset) : ILocalMessage;

/// <summary>The log can't be written at present, or can again.</summary>
internal sealed record LogWritable(bool Writable) : ILocalMessage;

/// <summary>Write a snapshot. Answered by <see cref="SnapshotTaken"/>.</summary>
internal sealed record TakeSnapshot : ILocalMessage
{
    public static TakeSnapshot Instance { get; } = new();
}

/// <summary>A snapshot of the segment holds the log up to the offset; null bytes: it failed.</summary>
internal sealed record SnapshotTaken(int Segment, long Offset, long? Bytes) : ILocalMessage;

/// <summary>Pull what differs from this member's copy. Answered by <see cref="PullEnded"/>.</summary>
internal sealed record PullFrom(MemberId Peer, long RingVersion, Stamp Horizon) : ILocalMessage;

/// <summary>A pull ended; when it failed it is tried again at the next exchange.</summary>
internal sealed record PullEnded(int Segment, MemberId Peer, Stamp Horizon, bool Merged) : ILocalMessage;

/// <summary>This copy holds all that the peer's copy held, under the ring version; whether the peer's copy counts.</summary>
internal sealed record MergedWith(MemberId Peer, bool PeerCounts, long RingVersion) : ILocalMessage;

/// <summary>No other replica can be asked at present: serve what there is, marked incomplete (R9.4).</summary>
internal sealed record NobodyToAsk(long RingVersion) : ILocalMessage;

/// <summary>Drop the middle of runs of repeats (R2.6) and tombstones that are over.</summary>
internal sealed record CompactNow(Stamp Horizon) : ILocalMessage;

/// <summary>The others hold all of a copy of this digest that the ring gives to them (DESIGN D3): delete it, if it is still so.</summary>
internal sealed record DropOrphan(ulong Digest, long RingVersion) : ILocalMessage;

/// <summary>The segment's steward, at this member, asks that its copies be compared now (R9.5).</summary>
internal sealed record ExchangeDue(int Segment) : ILocalMessage;

/// <summary>Tombstones, and pins, to write to a majority of their nodes' replicas. Answered by <see cref="TombstoneWritten"/>.</summary>
internal sealed record WriteTombstones(IReadOnlyList<Tombstone> Tombstones, IReadOnlyList<Pin>? Pins = null) : ILocalMessage
{
    /// <summary>Folds to write besides.</summary>
    public IReadOnlyList<Fold> Folds { get; init; } = [];
}

/// <summary>Whether a majority holds every one.</summary>
internal sealed record TombstoneWritten(bool Durable) : ILocalMessage;

/// <summary>List the machines that a segment's copy takes to be forgettable (R10.1). Answered by <see cref="ForgettableListed"/>.</summary>
internal sealed record ListForgettable(int Segment, TimeSpan ForgetAfter) : ILocalMessage;

/// <summary>The machines, not too many at a time.</summary>
internal sealed record ForgettableListed(int Segment, IReadOnlyList<NodeReference> Machines) : ILocalMessage;

/// <summary>List the nodes of a segment's copy that have something to fold (R10.3). Answered by <see cref="FoldableListed"/>.</summary>
internal sealed record ListFoldable(int Segment, Stamp Until) : ILocalMessage;

/// <summary>The nodes, not too many at a time.</summary>
internal sealed record FoldableListed(int Segment, Stamp Until, IReadOnlyList<NodeId> Nodes) : ILocalMessage;

/// <summary>Copies that an address's index entry passes on to the address's other ids (R1.5). Answered by <see cref="CopiesPassedOn"/>.</summary>
internal sealed record PassOnCopies(NodeId IndexNode, IReadOnlyList<Observation> Copies, long Passing) : ILocalMessage;

/// <summary>Whether a majority of each id's replicas has them.</summary>
internal sealed record CopiesPassedOn(NodeId IndexNode, long Passing, bool Durable) : ILocalMessage;

/// <summary>A report from an adapter in this process: no size limit of the wire applies.</summary>
internal sealed record LocalReport(FailureHistory.Messages.ReportObservations Report, ActivityContext Parent = default) : ILocalMessage;

/// <summary>
/// Raise what nobody raised of a segment's changes since a moment (R8.6): its steward asks so, since the replica that would have done it may have died.
/// </summary>
internal sealed record RaiseUnseen(int Segment, Stamp Since) : ILocalMessage;

/// <summary>What a commit changed that somebody wants to know of (DESIGN D12). <paramref name="Rank"/>: this member's place among the segment's replicas.</summary>
internal sealed record VerdictsChanged(int Segment, int Rank, IReadOnlyList<PresentSequence> Readings) : ILocalMessage;
