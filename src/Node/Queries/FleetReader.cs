using Akka.Actor;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Queries;

/// <summary>
/// GetNodes over the whole fleet (R6.7): every segment is listed by one copy that serves it, all segments of a member in one question; the
/// sorted answers are merged. A segment whose copies don't answer is named in <c>incomplete</c>.
/// </summary>
internal sealed class FleetReader(MemberContext context)
{
    private readonly ReplicaAsk replicas = new(context);

    public async Task<object> Read(GetNodes query)
    {
        if (NodeFilter.Fault(query) is { } fault)
        {
            return fault;
        }

        if (context.Ring is not { } ring)
        {
            return new TryAgain("the ring in force is not known yet", TimeSpan.FromSeconds(1));
        }

        var deadline = new Deadline(context.Time, context.Settings.QueryTimeout);
        var lists = new List<Listed>();
        var open = Enumerable.Range(0, ring.Record.SegmentCount).ToDictionary(s => s, s => new Queue<MemberId>(replicas.Order(ring, s)));
        while (open.Count > 0 && !deadline.IsOver)
        {
            var byMember = new Dictionary<MemberId, List<int>>();
            foreach (var (segment, order) in open)
            {
                if (order.TryDequeue(out var member))
                {
                    (byMember.TryGetValue(member, out var list) ? list : byMember[member] = []).Add(segment);
                }
            }

            if (byMember.Count == 0)
            {
                break;
            }

            foreach (var listed in await Task.WhenAll(byMember.Select(pair => Ask(pair.Key, pair.Value, query, ring, deadline))).ConfigureAwait(false))
            {
                if (listed is null)
                {
                    continue;
                }

                lists.Add(listed);
                foreach (var segment in listed.Answered)
                {
                    open.Remove(segment);
                }
            }
        }

        return Merge(query, lists, [.. open.Keys.Order()]);
    }

    /// <summary>Lists segments of this member's own copies; what fits one message.</summary>
    public static async Task<Listed> ListOwn(MemberContext context, IReadOnlyList<int> segments, GetNodes query, TimeSpan timeout)
    {
        var after = NodeOrder.ReadCursor(query.Cursor);
        var own = context.SegmentActors;
        var asked = segments.Where(s => s < own.Count).Select(s => own[s].Ask<LocalListed>(new ListLocal(query, after), timeout));
        var answers = await Task.WhenAll(asked).ConfigureAwait(false);
        var nodes = answers.Where(a => a.Nodes is not null).SelectMany(a => a.Nodes!).ToList();
        nodes.Sort(new NodeOrder(query.Sort));
        var page = new List<NodeSummary>();
        page.AddRange(nodes.Take(query.Limit).TakeWhile(FitsOneMessage()));

        return new Listed([.. answers.Where(a => a.Nodes is not null).Select(a => a.Segment)], page, page.Count < nodes.Count);
    }

    private static Func<NodeSummary, bool> FitsOneMessage()
    {
        var bytes = 0;
        return node =>
        {
            var first = bytes == 0;
            bytes += 80 + (3 * ((node.Node.Name?.Length ?? 0) + (node.Node.Hardware?.Length ?? 0) + node.Labels.Sum(l => l.Key.Length + l.Value.Length + 4)));
            return first || bytes <= Replies.PageBytes;
        };
    }

    private async Task<Listed?> Ask(MemberId member, List<int> segments, GetNodes query, RingView ring, Deadline deadline)
    {
        try
        {
            if (member == context.Id)
            {
                return await ListOwn(context, segments, query, deadline.Left).ConfigureAwait(false);
            }

            // Half of what is left, so that other copies can still be asked when this member does not answer.
            var half = deadline.Left / 2;
            if (context.Peers.Ref(member, "fh") is not { } peer || half <= TimeSpan.Zero)
            {
                return null;
            }

            var ask = new ListSegments { RingVersion = ring.Version, Query = query.ToWire() };
            ask.Segments.AddRange(segments.Select(s => (uint)s));
            var reply = await peer.Ask<SegmentsListed>(ask, half).ConfigureAwait(false);
            return new Listed([.. reply.Answered.Select(s => (int)s)], [.. reply.Nodes.Select(n => n.ToRecord())], reply.NextCursor.Length > 0);
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }

    // A list that was cut short says nothing of what comes after its last node, so the merged page ends there at the latest.
    private static NodeList Merge(GetNodes query, List<Listed> lists, IReadOnlyList<int> incomplete)
    {
        var order = new NodeOrder(query.Sort);
        var bound = lists.Where(l => l.Cut && l.Nodes.Count > 0).Select(l => l.Nodes[^1]).Order(order).FirstOrDefault();
        var all = lists.SelectMany(l => l.Nodes).ToList();
        all.Sort(order);
        var page = all.TakeWhile(n => bound is null || order.Compare(n, bound) <= 0).Take(query.Limit).TakeWhile(FitsOneMessage()).ToList();
        var more = page.Count > 0 && (page.Count < all.Count || bound is not null);
        return new NodeList(page, incomplete, more ? NodeOrder.CursorAfter(page[^1]) : null);
    }
}

/// <summary>The nodes of some segments, sorted; cut when there are more after the last one.</summary>
internal sealed record Listed(IReadOnlyList<int> Answered, IReadOnlyList<NodeSummary> Nodes, bool Cut);
