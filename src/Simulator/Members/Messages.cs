using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;

namespace FailureHistory.Simulator.Members;

/// <summary>What members say to one another: what docs/WIRE.md has, without its bytes.</summary>
internal abstract record Message
{
    /// <summary>About the bytes that it has on the wire.</summary>
    public virtual int Bytes => 48;
}

/// <summary>What is stored of nodes: the contents of a row, a page or a snapshot.</summary>
internal sealed record Batch(IReadOnlyList<Observation> Observations, IReadOnlyList<Tombstone> Tombstones)
{
    public int Bytes => (Observations.Count * 60) + (Tombstones.Count * 40);

    public bool IsEmpty => Observations.Count == 0 && Tombstones.Count == 0;
}

internal sealed record WriteBatch(long Id, long RingVersion, Batch Batch, Stamp Highest) : Message
{
    public override int Bytes => 64 + Batch.Bytes;
}

internal sealed record BatchWritten(long Id, MemberId Member, long RingVersion, IReadOnlyList<int> Duplicates, IReadOnlyList<int> Removed, Stamp Clock) : Message;

internal sealed record CompareDigests(long RingVersion, Stamp Horizon, bool Round, IReadOnlyList<(int Segment, ulong Digest)> Digests) : Message
{
    public override int Bytes => 40 + (11 * Digests.Count);
}

internal sealed record DigestsCompared(long RingVersion, Stamp Horizon, MemberId Member, IReadOnlyList<int> Counting, IReadOnlyList<int> Equal, IReadOnlyList<int> Differing) : Message
{
    public override int Bytes => 40 + (2 * (Counting.Count + Equal.Count)) + (11 * Differing.Count);
}

internal sealed record ListNodeDigests(int Segment, Stamp Horizon, NodeId? After, long Token) : Message;

internal sealed record NodeDigestPage(int Segment, long RingVersion, IReadOnlyList<(NodeId Node, ulong Digest)> Digests, bool Last, bool Vouches, long Token) : Message
{
    public override int Bytes => 40 + (24 * Digests.Count);
}

internal sealed record PullNodes(int Segment, IReadOnlyList<NodeId> Nodes, string Cursor, long Token) : Message
{
    public override int Bytes => 40 + (16 * Nodes.Count);
}

internal sealed record NodesPage(int Segment, Batch Batch, string Next, long Token) : Message
{
    public override int Bytes => 40 + Batch.Bytes;
}

/// <summary>What a copy is asked for a read with <c>majority</c>.</summary>
internal sealed record DigestQuery(long Read, NodeId Node) : Message;

internal sealed record DigestAnswer(long Read, NodeDigest Digest, bool Counts, long RingVersion) : Message;

/// <summary>All that a copy stores of one node, once its own journal is in.</summary>
internal sealed record PullNode(long Read, NodeId Node) : Message;

internal sealed record NodePage(long Read, MemberId Member, bool Counts, Batch Batch) : Message
{
    public override int Bytes => 40 + Batch.Bytes;
}

/// <summary>What a copy is asked for a read with <c>one</c>.</summary>
internal sealed record ReplicaQuery(long Read, NodeId Node) : Message;

internal sealed record ReplicaAnswer(long Read, MemberId Member, bool Serves, bool Complete, bool Counts, long RingVersion, IReadOnlyList<Observation>? Observations) : Message
{
    public override int Bytes => 40 + (60 * (Observations?.Count ?? 0));
}

internal sealed record RingPrepare(UInt128 Cluster, long Version, Ballot Ballot) : Message;

internal sealed record RingPrepared(MemberId Member, PrepareReply Reply) : Message;

internal sealed record RingAccept(Ballot Ballot, RingRecord Record) : Message
{
    public override int Bytes => 64 + (60 * Record.Members.Count);
}

internal sealed record RingAccepted(MemberId Member, AcceptReply Reply) : Message;

internal sealed record RingInForce(RingRecord Record) : Message
{
    public override int Bytes => 64 + (60 * Record.Members.Count);
}

internal sealed record RingQuery : Message;

/// <summary>A process that is not in the ring shows itself, as an Akka member that is up does.</summary>
internal sealed record ShowSelf(RingMember Member) : Message;

/// <summary>A reporter's batch. The stamps are still to be given.</summary>
internal sealed record Report(long Request, IReadOnlyList<Observation> Drafts) : Message;

internal sealed record ReportOutcome(long Request, IReadOnlyList<int> Recorded) : Message;

internal sealed record Read(long Request, NodeId Node, bool Majority) : Message;

/// <summary>What is stored of the node; null where it can't be told now.</summary>
internal sealed record ReadOutcome(long Request, IReadOnlyList<Observation>? Observations, bool Complete) : Message;

internal sealed record Removal(long Request, NodeId Node) : Message;

internal sealed record RemovalOutcome(long Request, Stamp? UpTo) : Message;

/// <summary>Which version of the ring a member has, asked before a read with <c>majority</c> is answered, and by the keeper (for no read, 0).</summary>
internal sealed record RingCheck(long Read) : Message;

/// <summary>The version in force, and whether the member has voted for a next one.</summary>
internal sealed record RingChecked(long Read, MemberId Member, long Version, bool VotedForNext) : Message;

/// <summary>What a process has said of its copies: which count under which version of the ring; of one member the highest counter holds.</summary>
internal sealed record CountingSaid(MemberId Member, int Incarnation, long Counter, long RingVersion, IReadOnlySet<int> Counting);

/// <summary>What is known of that which members have said, as DistributedData spreads it: by who said it at once, and passed on by any now and then.</summary>
internal sealed record CountingTold(IReadOnlyList<CountingSaid> Said) : Message
{
    public override int Bytes => 40 + (100 * Said.Count);
}

/// <summary>Copies that the ring gives to others, offered to a holder.</summary>
internal sealed record OfferOrphans(long RingVersion, Stamp Offer, IReadOnlyList<(int Segment, ulong Digest)> Digests) : Message
{
    public override int Bytes => 40 + (11 * Digests.Count);
}

/// <summary>The offered copies of which the holder has all.</summary>
internal sealed record OrphansHeld(long RingVersion, Stamp Offer, MemberId Member, IReadOnlyList<int> Held) : Message
{
    public override int Bytes => 40 + (2 * Held.Count);
}
