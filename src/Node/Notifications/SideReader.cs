using Akka.Actor;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Notifications;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Member;
using FailureHistory.Node.Queries;

namespace FailureHistory.Node.Notifications;

/// <summary>
/// Reads for a subscriber what its nodes' sides are, or what they crossed since it was away (R8.2, R8.3): nodes that are named one by one from a
/// majority of their copies, others segment by segment from a copy that serves. Patient: a segment that nobody can tell of now is asked for
/// until somebody can, since "synced" must be true.
/// </summary>
internal sealed class SideReader(MemberContext context, NodePatterns nodes, Threshold threshold, SemaphoreSlim turns)
{
    private const int AtOnce = 16;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(5);

    private readonly ReplicaAsk replicas = new(context);
    private readonly CrossingRules rules = context.Settings.Notifications.Rules;

    /// <summary>All of them, by id.</summary>
    /// <param name="since">From when on; null for the present side.</param>
    /// <param name="ct">Ends it.</param>
    public async Task<IReadOnlyList<NodeSideReading>> ReadAll(Stamp? since, CancellationToken ct)
    {
        // A few at a time: where something was lost all subscribers of a member read again at once.
        await turns.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            var found = nodes.Listed is { } listed ? await ReadListed(listed, since, ct).ConfigureAwait(false) : await ReadFleet(since, ct).ConfigureAwait(false);
            var cut = found.Where(n => n.Cut).Select(n => n.Reading.Node).ToHashSet();
            if (cut.Count > 0)
            {
                found.RemoveAll(n => cut.Contains(n.Reading.Node));
                found.AddRange(await ReadListed(cut, since, ct).ConfigureAwait(false));
            }

            return [.. found.OrderBy(n => n.Reading.Node)];
        }
        finally
        {
            turns.Release();
        }
    }

    /// <summary>
    /// What a majority of a node's copies store of it, as soon as a majority can be had.
    /// </summary>
    public static async Task<StoredPresents> ReadMajority(MemberContext context, NodeId node, CancellationToken ct)
    {
        var gatherer = new MachineGatherer(context);
        while (true)
        {
            if (context.Ring is { } ring
                && await gatherer.ReadMajority(node, ring, new Deadline(context.Time, context.Settings.QueryTimeout)).ConfigureAwait(false) is { } stored)
            {
                var reports = new Lazy<HashSet<ulong>>(() => [.. stored.Observations.Select(Present.HashOf)]);
                return new StoredPresents(since => Presents.Read(node, stored.Observations, Replies.Options(context), since), report => reports.Value.Contains(report));
            }

            // No majority can be had now, and nothing tells when one can: what is to be told waits, it is not given up (R8.3).
            await Task.Delay(Pause, context.Time, ct).ConfigureAwait(false);
        }
    }

    private async Task<List<NodeSideReading>> ReadListed(IReadOnlyCollection<NodeId> listed, Stamp? since, CancellationToken ct)
    {
        var found = new List<NodeSideReading>();
        await Parallel.ForEachAsync(listed, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, async (node, token) =>
        {
            var reading = (await ReadMajority(context, node, token).ConfigureAwait(false)).Since(since ?? Stamp.MaxValue);
            var side = reading is null ? null
                : since is { } moment ? SegmentSides.Since(reading, moment, threshold, rules)
                : SegmentSides.Now(reading, threshold, rules) ?? (nodes.Listed is null ? null : new NodeSideReading(reading, Side.Down));
            if (side is not null)
            {
                lock (found)
                {
                    found.Add(side);
                }
            }
        }).ConfigureAwait(false);
        return found;
    }

    private async Task<List<NodeSideReading>> ReadFleet(Stamp? since, CancellationToken ct)
    {
        var found = new List<NodeSideReading>();
        var open = Enumerable.Range(0, Segments.Count).ToDictionary(s => s, _ => 0);
        while (open.Count > 0)
        {
            if (context.Ring is { } ring)
            {
                var byMember = open.Select(o => (Segment: o.Key, Order: replicas.Order(ring, o.Key), Try: o.Value))
                    .GroupBy(o => o.Order[o.Try % o.Order.Count], o => o.Segment);
                var pages = await Task.WhenAll(byMember.Select(m => Ask(m.Key, [.. m.Order()], since, ring, ct))).ConfigureAwait(false);
                foreach (var page in pages)
                {
                    found.AddRange(page.Nodes);
                    foreach (var segment in page.Answered)
                    {
                        open.Remove(segment);
                    }
                }
            }

            foreach (var segment in open.Keys.ToList())
            {
                open[segment]++; // the next replica
            }

            if (open.Count > 0)
            {
                // Before the next replica of what nobody told of: the copies may be on their way to serving.
                await Task.Delay(Pause, context.Time, ct).ConfigureAwait(false);
            }
        }

        return found;
    }

    // What one member knows of these segments; only of those that it told of to the end.
    private async Task<(List<NodeSideReading> Nodes, List<int> Answered)> Ask(
        MemberId member, IReadOnlyList<int> segments, Stamp? since, RingView ring, CancellationToken ct)
    {
        var nodesFound = new List<NodeSideReading>();
        var answered = new HashSet<int>();
        var ask = new ListSides { RingVersion = ring.Version, Nodes = nodes.ToWire(), Above = threshold.Above, Below = threshold.Below, For = threshold.For.Ticks };
        ask.Segments.AddRange(segments.Select(s => (uint)s));
        if (since is { } moment)
        {
            ask.Since = moment.Ticks;
        }

        try
        {
            while (true)
            {
                var page = member == context.Id
                    ? await ListOwn(context, ask).ConfigureAwait(false)
                    : context.Peers.Ref(member, "fh") is { } peer ? await peer.Ask<SidesListed>(ask, AskLimit, ct).ConfigureAwait(false) : null;
                if (page is null)
                {
                    break;
                }

                nodesFound.AddRange(page.Nodes.Select(n => new NodeSideReading(n.Notice.ToReading(), n.Up ? Side.Up : Side.Down, n.Cut)));
                answered.UnionWith(page.Answered.Select(s => (int)s));
                if (page.Next.IsEmpty)
                {
                    break;
                }

                ask.After = page.Next;
            }
        }
        catch (AskTimeoutException)
        {
            // It told of some; the rest is asked elsewhere.
        }

        return ([.. nodesFound.Where(n => answered.Contains(Segments.Of(n.Reading.Node)))], [.. answered]);
    }

    /// <summary>A page of this member's own copies: as many segments, from that of the cursor on, as fit one message.</summary>
    public static async Task<SidesListed> ListOwn(MemberContext context, ListSides query)
    {
        var page = new SidesListed { Member = WireIds.Bytes(context.Id) };
        var after = query.After.IsEmpty ? (NodeId?)null : WireIds.Node(query.After);
        var patterns = NodePatterns.FromWire(query.Nodes);
        var threshold = new Threshold(query.Above, query.Below, new TimeSpan(query.For));
        var left = NoticeLog.BatchBytes;
        foreach (var segment in query.Segments.Select(s => (int)s).Order())
        {
            if (after is { } done && segment < Segments.Of(done))
            {
                continue;
            }

            var own = context.SegmentActors;
            if (segment >= own.Count || !context.Holds(segment))
            {
                continue;
            }

            var ask = new ListLocalSides(patterns, threshold, query.HasSince ? new Stamp(query.Since) : null, after is { } node && Segments.Of(node) == segment ? node : null, left);
            var listed = await own[segment].Ask<LocalSides>(ask, AskLimit).ConfigureAwait(false);
            foreach (var side in listed.Nodes ?? [])
            {
                var wire = new SidesListed.Types.Node { Notice = side.Reading.ToWire(), Up = side.Before == Side.Up, Cut = side.Cut };
                left -= wire.CalculateSize();
                page.Nodes.Add(wire);
            }

            if (listed.Next is { } next)
            {
                page.Next = WireIds.Bytes(next);
                return page;
            }

            if (listed.Nodes is not null)
            {
                page.Answered.Add((uint)segment);
            }

            if (left <= 0)
            {
                // Go on with the next segment: after the last id that this one could have.
                page.Next = WireIds.Bytes(Segments.LastOf(segment));
                return page;
            }
        }

        return page;
    }
}
