using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;

namespace FailureHistory.Simulator.Members;

/// <summary>Messages in a few words, for the story of a run.</summary>
internal static class Words
{
    public static string Of(Message message) => message switch
    {
        WriteBatch m => $"write #{m.Id} v{m.RingVersion} {string.Join(' ', m.Batch.Observations.Select(o => o.Id))}{string.Join(' ', m.Batch.Tombstones.Select(t => $"remove {Node(t.Node)} up to {t.UpTo.Ticks}"))}",
        BatchWritten m => $"written #{m.Id} v{m.RingVersion}{(m.Removed.Count > 0 ? " removed" : "")}",
        CompareDigests m => $"compare v{m.RingVersion}{(m.Round ? " round" : "")} segments {string.Join(',', m.Digests.Select(d => d.Segment))}",
        DigestsCompared m => $"compared v{m.RingVersion} equal {string.Join(',', m.Equal)} differing {string.Join(',', m.Differing)} counting {string.Join(',', m.Counting)}",
        ListNodeDigests m => $"list digests of segment {m.Segment}",
        NodeDigestPage m => $"{m.Digests.Count} digests of segment {m.Segment} v{m.RingVersion}{(m.Vouches ? " vouches" : "")}{(m.Last ? " last" : "")}",
        PullNodes m => $"pull {m.Nodes.Count} nodes of segment {m.Segment}",
        NodesPage m => $"page of segment {m.Segment}: {m.Batch.Observations.Count} observations, {m.Batch.Tombstones.Count} tombstones",
        DigestQuery m => $"read {m.Read}: digest of {Node(m.Node)}?",
        DigestAnswer m => $"read {m.Read}: {m.Digest.Count} observations{(m.Counts ? ", counts" : "")} v{m.RingVersion}",
        RingPrepare m => $"prepare v{m.Version} round {m.Ballot.Round}",
        RingPrepared { Reply: Promise } => "promise",
        RingAccept m => $"accept v{m.Record.Version} round {m.Ballot.Round}: {m.Record.Members.Count} members",
        RingAccepted { Reply: RecordAccepted } => "accepted",
        RingInForce m => $"ring v{m.Record.Version} in force",
        RingChecked { VotedForNext: true } m => $"ring v{m.Version}, voted for the next",
        CountingTold m => $"counting {string.Join("; ", m.Said.Select(s => $"{s.Incarnation}#{s.Counter} v{s.RingVersion}: {string.Join(',', s.Counting.Order())}"))}",
        OfferOrphans m => $"offers segments {string.Join(',', m.Digests.Select(d => d.Segment))}",
        OrphansHeld m => $"has all of segments {string.Join(',', m.Held)}",
        _ => message.GetType().Name,
    };

    public static string Node(NodeId node) => $"n{(uint)node.Value - 1}";

    public static string Names(World world, IEnumerable<MemberId> members) => string.Join(' ', members.Select(m => world.ById[m].Name));

    public static string Names(World world, RingRecord record) => Names(world, record.Members.Select(m => m.Id));
}
