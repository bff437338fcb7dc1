using System.Diagnostics;
using Akka.Actor;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Member;
using FailureHistory.Node.Ring;
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

    /// <summary>
    /// What copies answer, as it comes: the next one is asked when one has answered and whoever reads wants more, and as well when an answer takes
    /// longer than the hedge (R6.4).
    /// </summary>
    public async IAsyncEnumerable<T> Hedged<T>(IEnumerable<MemberId> members, Func<MemberId, Task<T>> ask)
    {
        var order = new Queue<MemberId>(members);
        var waiting = new List<Task<T>>();
        while (order.Count > 0 || waiting.Count > 0)
        {
            if (order.TryDequeue(out var member))
            {
                waiting.Add(ask(member));
            }

            // Not a pause: what the next copy waits for while this one may still answer; without a next one, for ever.
            using var answered = new CancellationTokenSource();
            var hedge = Task.Delay(order.Count > 0 ? context.Settings.HedgeAfter : Timeout.InfiniteTimeSpan, context.Time, answered.Token);
            var done = await Task.WhenAny([.. waiting, hedge]).ConfigureAwait(false);
            await answered.CancelAsync().ConfigureAwait(false);
            if (done != hedge)
            {
                waiting.Remove((Task<T>)done);
                yield return await ((Task<T>)done).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The answer of one copy; null when none came in time or its address is unknown.</summary>
    public async Task<object?> Ask(MemberId member, int segment, object message, TimeSpan timeout)
    {
        if (timeout <= TimeSpan.Zero || context.SegmentAt(member, segment) is not { } copy)
        {
            return null;
        }

        using var span = Tracing.OfReplica(Activity.Current?.Context ?? default, member, segment);
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
    /// only while that version is the latest. A copy whose answer does not count is asked again, later each time: while the ring changes some are
    /// ahead and some behind. Null when no majority comes in time, or when the ring has changed here: then there is another to ask about.
    /// </summary>
    /// <param name="ring">The version asked about.</param>
    /// <param name="node">The node.</param>
    /// <param name="deadline">How long to go on.</param>
    /// <param name="except">Copies that are not to be rested on: they stopped answering.</param>
    public async Task<ReadVotes?> MajorityOfDigests(RingView ring, NodeId node, Deadline deadline, IReadOnlyCollection<MemberId>? except = null)
    {
        var segment = Segments.Of(node);
        var replicas = Order(ring, segment);
        var votes = new ReadVotes(replicas.Count, ring.Version);
        replicas = [.. replicas.Except(except ?? [])];
        if (replicas.Count < Segments.Majority(votes.Replicas))
        {
            return null;
        }

        var query = new DigestQuery { RingVersion = ring.Version, Node = WireIds.Bytes(node) };
        var isLatest = context.LatestRing.Confirm(ring, deadline);
        var waiting = new Dictionary<Task<object?>, MemberId>();
        for (var pause = context.Settings.HedgeAfter; !deadline.IsOver && context.Ring?.Version == ring.Version; pause = LatestRing.Longer(pause))
        {
            foreach (var member in replicas.Where(m => !waiting.ContainsValue(m) && !votes.Digests.Any(d => d.Member == m)))
            {
                waiting[Ask(member, segment, query, deadline.Left)] = member;
            }

            var left = deadline.Left;
            // What those who have answered without being counted are given to catch up before they are asked again.
            var again = Task.Delay(left < TimeSpan.Zero ? TimeSpan.Zero : pause < left ? pause : left, context.Time);
            while (await Task.WhenAny([.. waiting.Keys, again]).ConfigureAwait(false) is Task<object?> done)
            {
                waiting.Remove(done);
                if (await done.ConfigureAwait(false) is DigestAnswer answer
                    && votes.Take(new NodeDigest(WireIds.Member(answer.Member), answer.Digest, answer.Count), answer.Counts, answer.RingVersion))
                {
                    RepairIfTheyDiffer(segment, votes);
                    return await isLatest.ConfigureAwait(false) ? votes : null;
                }
            }
        }

        return null;
    }

    // Read repair (R6.5): one of the holders, this member if it is one, compares the segment's copies now instead of in the next round.
    private void RepairIfTheyDiffer(int segment, ReadVotes votes)
    {
        if (votes.Reading == MajorityReading.Differing)
        {
            var holder = context.Holds(segment) ? context.Id : votes.Digests[0].Member;
            context.Peers.Ref(holder, "fh/exchange")?.Tell(new RepairSegment { Segment = (uint)segment });
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
