using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Queries;

/// <summary>
/// Answers GetState, GetHistory, GetReliability and GetObservations for any node at any member (R6.1–R6.6). For <c>one</c> the first complete copy that
/// answers, hedged (R6.4); for <c>majority</c> the same once a majority's digests agree, else the union of what they hold. A machine that
/// went under several ids (R1.5) is gathered from all of them.
/// </summary>
internal sealed class NodeReader(MemberContext context)
{
    private readonly ReplicaAsk replicas = new(context);
    private readonly MachineGatherer gatherer = new(context);
    private readonly StoredReader stored = new(context);

    /// <summary>The reply to a query: its own reply, NodeNotFound, TryAgain or InvalidRequest.</summary>
    public async Task<object> Read(object query)
    {
        var question = Question.Of(query, out var fault);
        return fault ?? await Read(question, ownIsLate: false).ConfigureAwait(false);
    }

    /// <summary>The same; where this member's own copy was asked and is late, the others go before it.</summary>
    public async Task<object> Read(Question question, bool ownIsLate)
    {
        var (query, asked, consistency) = question;
        var deadline = new Deadline(context.Time, context.Settings.QueryTimeout);
        object reply = new TryAgain("the ring in force is not known yet", TimeSpan.FromSeconds(1));
        while (!deadline.IsOver && context.Ring is { } ring)
        {
            reply = query is GetObservations { Stored: true } all
                ? await stored.Read(all, asked, ring, deadline).ConfigureAwait(false)
                : question.IsForOneCopy
                ? await ReadOne(question, ownIsLate, ring, deadline).ConfigureAwait(false)
                : await ReadWhole(question, ring, deadline).ConfigureAwait(false);
            if (context.Ring is { } now && now.Version == ring.Version)
            {
                break;
            }
        }

        return reply;
    }

    private async Task<object> ReadWhole(Question question, RingView ring, Deadline deadline)
    {
        if (question is { Consistency: Consistency.Majority, Node.Address: null } && await ReadAgreed(question, ring, deadline).ConfigureAwait(false) is { } agreed)
        {
            return agreed;
        }

        return await Gather(question, ring, deadline).ConfigureAwait(false);
    }

    private async Task<object> Gather(Question question, RingView ring, Deadline deadline)
    {
        var (query, asked, consistency) = question;
        var gathered = await gatherer.Gather(asked, consistency, ring, query is GetState or GetReliability, deadline).ConfigureAwait(false);
        if (gathered.Fault is { } fault)
        {
            return new TryAgain(fault, TimeSpan.FromSeconds(1));
        }

        if (gathered.Machine is null && consistency == Consistency.One)
        {
            return await Gather(question with { Consistency = Consistency.Majority }, ring, deadline).ConfigureAwait(false); // R6.6: "not found" needs a majority
        }

        return gathered.Machine is null
            ? new NodeNotFound(question.Text, context.Name)
            : Replies.To(query, gathered.Machine, context, gathered.Complete, gathered.Replicas);
    }

    // The usual case of a majority read: the digests agree, so that any of these copies answers for all of them.
    private async Task<object?> ReadAgreed(Question question, RingView ring, Deadline deadline)
    {
        var (query, asked, _) = question;
        if (await replicas.MajorityOfDigests(ring, asked.Id, deadline).ConfigureAwait(false) is not { } votes)
        {
            return NoMajority(ring, asked.Id);
        }

        if (votes.Reading != MajorityReading.Agreed)
        {
            return votes.Reading == MajorityReading.NotFound ? new NodeNotFound(question.Text, context.Name) : null;
        }

        var ask = Wire.ReplicaQueryOf(query, asked.Id, ring.Version, recovering: true);
        var agreeing = votes.Digests.Select(d => d.Member).OrderBy(m => m == context.Id ? 0 : 1);
        await foreach (var reply in replicas.Hedged(agreeing, member => replicas.Ask(member, Segments.Of(asked.Id), ask, deadline.Left)).ConfigureAwait(false))
        {
            // A copy that is not complete may have lost its log since it told its digest.
            if (Wire.NodeOf(reply) is { } node && Wire.IsComplete(reply!))
            {
                return node.Hardware is { } address && await gatherer.HasOtherIds(HardwareAddress.Parse(address)!, asked.Id, ring, deadline).ConfigureAwait(false)
                    ? null
                    : Wire.WithReplicas(reply!, votes.Digests.Count, complete: true); // copies that count, a majority of them: nothing acknowledged is missing (R6.5)
            }

            if (reply is ReplicaCannot { Reason: ReplicaCannot.Types.Reason.Linked })
            {
                return null;
            }

            if (reply is InvalidRequest)
            {
                return reply;
            }
        }

        return null;
    }

    // The first complete copy that answers; the next one is asked as well when an answer takes longer than the hedge (R6.4).
    private async Task<object> ReadOne(Question question, bool ownIsLate, RingView ring, Deadline deadline)
    {
        var (query, asked, _) = question;
        var segment = Segments.Of(asked.Id);
        var order = replicas.Order(ring, segment);
        if (ownIsLate)
        {
            order = [.. order.OrderBy(m => m == context.Id)];
        }

        var unknown = new UnknownVotes(order.Count, ring.Version);
        var ask = Wire.ReplicaQueryOf(query, asked.Id, ring.Version, recovering: false);
        var reasons = new List<string>();
        object? incomplete = null;
        await foreach (var reply in replicas.Hedged(order, member => replicas.Ask(member, segment, ask, deadline.Left)).ConfigureAwait(false))
        {
            switch (reply)
            {
                case null:
                    reasons.Add("a replica did not answer");
                    break;
                case ReplicaCannot { Reason: ReplicaCannot.Types.Reason.Linked }:
                    return await Gather(question, ring, deadline).ConfigureAwait(false);
                case ReplicaCannot { Reason: ReplicaCannot.Types.Reason.UnknownNode } cannot:
                    // R6.6: "not found" needs a majority of copies that would know.
                    if (unknown.Take(cannot.Counts, cannot.RingVersion))
                    {
                        return new NodeNotFound(question.Text, context.Name);
                    }

                    break;
                case ReplicaCannot cannot:
                    reasons.Add(cannot.Detail);
                    break;
                default:
                    if (Wire.IsComplete(reply))
                    {
                        return reply;
                    }

                    incomplete ??= reply; // R9.4: what there is, marked incomplete, when no complete copy answers
                    break;
            }
        }

        return incomplete ?? new TryAgain(
            $"too few replicas of segment {segment} answered to tell: {(reasons.Count == 0 ? "some know nothing of it and do not count yet" : string.Join("; ", reasons))}",
            TimeSpan.FromSeconds(1));
    }

    private TryAgain NoMajority(RingView ring, NodeId node)
    {
        var segment = Segments.Of(node);
        var set = ring.Placement.Replicas(segment);
        return new TryAgain(
            $"no majority of the {set.Count} replicas of segment {segment} answered under ring version {ring.Version}; unreachable: "
            + $"{string.Join(", ", set.Where(m => !context.Peers.IsReachable(m)).Select(m => m.ToString()[..8]).DefaultIfEmpty("none known"))}",
            TimeSpan.FromSeconds(1));
    }
}
