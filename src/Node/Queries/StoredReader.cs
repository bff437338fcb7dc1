using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Member;
using NodeObservations = FailureHistory.Messages.NodeObservations;

namespace FailureHistory.Node.Queries;

/// <summary>
/// Answers what is stored under one id, about whichever machine (<see cref="GetObservations.Stored"/>), as a majority of its replicas holds it. The
/// usual case, copies that agree, is read page by page from one of them; else what a majority holds is merged for each page.
/// </summary>
internal sealed class StoredReader(MemberContext context)
{
    private readonly ReplicaAsk replicas = new(context);
    private readonly MachineGatherer gatherer = new(context);

    public async Task<object> Read(GetObservations query, NodeReference asked, RingView ring, Deadline deadline)
    {
        if (asked.Address is not null)
        {
            return new InvalidRequest("node", "what is stored is asked for by id or name; a hardware address stands for a machine under all its ids");
        }

        Observation? after;
        try
        {
            after = ObservationPages.ReadCursor(query.Cursor);
        }
        catch (FormatException e)
        {
            return new InvalidRequest("cursor", e.Message);
        }

        if (await replicas.MajorityOfDigests(ring, asked.Id, deadline).ConfigureAwait(false) is not { } votes)
        {
            return new TryAgain($"no majority of the replicas of segment {Segments.Of(asked.Id)} answered under ring version {ring.Version}", TimeSpan.FromSeconds(1));
        }

        if (votes.Reading == MajorityReading.NotFound)
        {
            return new NodeNotFound(query.Node, context.Name);
        }

        var page = new Page(query, asked.Id, after);
        if (votes.Reading == MajorityReading.Agreed)
        {
            foreach (var digest in votes.Digests.OrderBy(d => d.Member == context.Id ? 0 : 1))
            {
                if (await PullInto(page, digest.Member, asked.Id, ring, deadline).ConfigureAwait(false))
                {
                    return page.ToReply(votes.Digests.Count, context.Name);
                }
            }
        }

        if (await gatherer.ReadMajority(asked.Id, ring, deadline).ConfigureAwait(false) is not { } merged)
        {
            return new TryAgain($"a replica of segment {Segments.Of(asked.Id)} stopped answering", TimeSpan.FromSeconds(1));
        }

        page = new Page(query, asked.Id, after);
        foreach (var observation in merged.Observations.Order(ObservationOrder.Instance))
        {
            if (!page.Take(observation))
            {
                break;
            }
        }

        return page.ToReply(votes.Digests.Count, context.Name);
    }

    // False where the copy stopped answering.
    private async Task<bool> PullInto(Page page, MemberId member, NodeId id, RingView ring, Deadline deadline)
    {
        var cursor = ObservationPages.PullCursorAfter(page.After);
        do
        {
            var ask = new PullNode { RingVersion = ring.Version, Node = WireIds.Bytes(id), Cursor = cursor };
            if (await replicas.Ask(member, Segments.Of(id), ask, deadline.Left).ConfigureAwait(false) is not NodePage pulled)
            {
                return false;
            }

            foreach (var observation in ObservationBatchCodec.Decode(pulled.Payload).Observations)
            {
                context.Clock.Observe(observation.ReceivedAt);
                if (!page.Take(observation))
                {
                    return true;
                }
            }

            cursor = pulled.Next;
        }
        while (cursor.Length > 0);
        return true;
    }

    /// <summary>What goes into one reply.</summary>
    private sealed class Page(GetObservations query, NodeId node, Observation? after)
    {
        private readonly List<ObservationInfo> taken = [];
        private int bytes = 1000;
        private Observation? last;
        private string? name;
        private bool isFull;

        public Observation? After { get; private set; } = after;

        /// <summary>Takes the next in the order of R4.5; false where nothing that follows goes into this page.</summary>
        public bool Take(Observation observation)
        {
            // Copies of other ids' joins are stored there too (R1.5).
            if (observation.Origin is not null || (query.From is { } from && observation.At < from)
                || (After is not null && ObservationOrder.Instance.Compare(observation, After) <= 0))
            {
                return true;
            }

            if (query.To is { } to && observation.At >= to)
            {
                return false;
            }

            var size = Replies.SizeOf(observation);
            if (taken.Count == query.Limit || (bytes + size > Replies.PageBytes && taken.Count > 0))
            {
                isFull = true;
                return false;
            }

            taken.Add(Replies.Info(observation));
            bytes += size;
            last = observation;
            name ??= observation.Name;
            After = observation;
            return true;
        }

        public NodeObservations ToReply(int replicas, string answeredBy) => new(
            new NodeRef(node.ToString(), name, null), taken, true, isFull ? ObservationPages.CursorAfter(last!) : null, replicas, answeredBy);
    }
}
