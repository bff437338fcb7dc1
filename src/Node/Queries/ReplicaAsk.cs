using Akka.Actor;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Member;
using FailureHistory.Node.Telemetry;

namespace FailureHistory.Node.Queries;

/// <summary>Asks the copies of one segment.</summary>
internal sealed class ReplicaAsk(MemberContext context)
{
    /// <summary>
    /// The replicas in the order to ask them: this member first when its copy serves, then those that the failure detector reaches, nearest
    /// first, then the rest.
    /// </summary>
    public IReadOnlyList<MemberId> Order(RingView ring, int segment)
    {
        var replicas = ring.Placement.Replicas(segment);
        return [.. replicas
            .Select((member, rank) => (member, rank))
            .OrderBy(r => r.member == context.Id ? (context.Board[segment].Phase == CopyPhase.Serving ? 0 : 2) : context.Peers.IsReachable(r.member) ? 1 : 3)
            .ThenBy(r => r.rank)
            .Select(r => r.member)];
    }

    /// <summary>The answer of one copy; null when none came in time or its address is unknown.</summary>
    public async Task<object?> Ask(MemberId member, int segment, object message, TimeSpan timeout)
    {
        if (timeout <= TimeSpan.Zero || context.SegmentAt(member, segment) is not { } copy)
        {
            return null;
        }

        using var span = Tracing.Within("failure_history.replica");
        span?.SetTag("member", member.ToString()).SetTag("segment", segment);
        try
        {
            return await copy.Ask<object>(message, timeout).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }

    /// <summary>
    /// A majority of the copies (R6.5, R9.9): each answer counts only when it is of the ring version asked about and the copy counts, and all of them
    /// only while that version is the latest. Null when they don't come in time.
    /// </summary>
    public async Task<ReadVotes?> MajorityOfDigests(RingView ring, NodeId node, Deadline deadline)
    {
        var segment = Segments.Of(node);
        var replicas = Order(ring, segment);
        var votes = new ReadVotes(replicas.Count, ring.Version);
        var query = new DigestQuery { RingVersion = ring.Version, Node = WireIds.Bytes(node) };
        var isLatest = IsLatest(ring, deadline);
        var waiting = replicas.Select(m => Ask(m, segment, query, deadline.Left)).ToList();
        while (waiting.Count > 0)
        {
            var done = await Task.WhenAny(waiting).ConfigureAwait(false);
            waiting.Remove(done);
            if (await done.ConfigureAwait(false) is DigestAnswer answer
                && votes.Take(new NodeDigest(WireIds.Member(answer.Member), answer.Digest, answer.Count), answer.Counts, answer.RingVersion))
            {
                return await isLatest.ConfigureAwait(false) ? votes : null;
            }
        }

        return null;
    }

    // Asked when the read is: what is acknowledged under a later version is then acknowledged after the read was asked.
    private async Task<bool> IsLatest(RingView ring, Deadline deadline)
    {
        var confirmation = new RingConfirmation(ring.Record);
        var waiting = ring.Record.Members.Select(m => HasNoLater(m.Id, ring, deadline.Left)).ToList();
        while (waiting.Count > 0)
        {
            var done = await Task.WhenAny(waiting).ConfigureAwait(false);
            waiting.Remove(done);
            var (member, isLatest) = await done.ConfigureAwait(false);
            if (confirmation.Take(member, isLatest))
            {
                return true;
            }
        }

        return false;
    }

    private async Task<(MemberId Member, bool IsLatest)> HasNoLater(MemberId member, RingView ring, TimeSpan timeout)
    {
        if (timeout <= TimeSpan.Zero || context.Peers.Ref(member, "fh-ring") is not { } voter)
        {
            return (member, false);
        }

        try
        {
            var answer = await voter.Ask<object>(new RingQuery { Member = WireIds.Bytes(context.Id) }, timeout).ConfigureAwait(false);
            return (member, answer is RingInForce { VotedForNext: false } known && known.Record.ToRecord() is { } record && record.Version == ring.Version && record.ClusterId == ring.Record.ClusterId);
        }
        catch (AskTimeoutException)
        {
            return (member, false);
        }
    }
}

/// <summary>How much time is left.</summary>
internal sealed class Deadline(TimeProvider time, TimeSpan span)
{
    private readonly long start = time.GetTimestamp();

    public TimeSpan Left => span - time.GetElapsedTime(start);

    public bool IsOver => Left <= TimeSpan.Zero;
}
