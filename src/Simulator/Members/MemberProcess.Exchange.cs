using System.Globalization;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;

namespace FailureHistory.Simulator.Members;

/// <summary>Anti-entropy (Exchanger, Pull, and SegmentActor's side of both): comparing by digest, pulling what differs in small pages.</summary>
internal sealed partial class MemberProcess
{
    private const int PullsAtATime = 8;
    private const int DigestsPerPage = 4;
    private const int ObservationsPerPage = 12;
    private static readonly TimeSpan Urgent = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan StepTimeout = TimeSpan.FromSeconds(5);

    private readonly List<(int Segment, MemberId Peer, long RingVersion, Stamp Horizon)> pullQueue = [];
    private readonly FetchPatience patience = new();
    private TimeSpan nextExchange;
    private TimeSpan nextUrgent;
    private long tokens;

    private void ExchangeRingChanged()
    {
        pullQueue.Clear();
        patience.Clear();
        OrphansRingChanged();
        nextUrgent = TimeSpan.Zero;
        TickExchange();
    }

    private void TickExchange()
    {
        if (Ring is not { } ring)
        {
            return;
        }

        foreach (var copy in copies.Values.Where(c => c.Pull is { } p && world.Queue.Now - p.StepAt > StepTimeout).ToList())
        {
            EndPull(copy, false, false);
        }

        StartPulls();
        var own = ring.Placement.SegmentsOf(Id);
        if (world.Queue.Now >= nextExchange)
        {
            nextExchange = world.Queue.Now + options.ExchangeInterval;
            var horizon = Now;
            foreach (var segment in own)
            {
                Compact(copies[segment], horizon);
            }

            Compare(ring, own, horizon, isRound: true);
        }

        var urgent = own.Where(s => DigestComparison.IsUrgent(StatusOf(s))).ToList();
        foreach (var segment in urgent.Where(s => StatusOf(s).Phase == CopyPhase.Fetching))
        {
            if (patience.IsOver(segment, world.Queue.Now))
            {
                copies[segment].Readiness.NobodyToAsk(ring.Version);
            }

            world.Checks.Fetching(host, segment);
        }

        if (urgent.Count > 0 && world.Queue.Now >= nextUrgent)
        {
            nextUrgent = world.Queue.Now + Urgent;
            Compare(ring, urgent, Now, isRound: false);
        }

        OfferOrphans(ring);
    }

    private void Compare(RingView ring, IReadOnlyList<int> segments, Stamp horizon, bool isRound)
    {
        var byPeer = new SortedDictionary<MemberId, List<(int, ulong)>>();
        foreach (var segment in segments)
        {
            foreach (var peer in DigestComparison.Peers(ring, Id, segment, StatusOf(segment)))
            {
                (byPeer.TryGetValue(peer, out var list) ? list : byPeer[peer] = []).Add((segment, copies[segment].Machine.Digest));
            }
        }

        foreach (var (peer, digests) in byPeer)
        {
            Ask(peer, new CompareDigests(ring.Version, horizon, isRound, digests));
        }
    }

    private void OnCompare(CompareDigests compare, MemberId from, Action<Message> reply)
    {
        var version = Ring?.Version ?? 0;
        List<int> counting = [], equal = [], differing = [];
        foreach (var (segment, theirs) in compare.Digests)
        {
            var ours = StatusOf(segment);
            var compared = DigestComparison.With(ours, theirs);
            if (compared == Compared.Unavailable)
            {
                continue;
            }

            if (compare.Round && compare.RingVersion == version && Ring!.Placement.Holds(Id, segment))
            {
                Compact(copies[segment], compare.Horizon);
                if (compared == Compared.Differing)
                {
                    EnqueuePull(segment, from, version, compare.Horizon);
                }
            }

            if (DigestComparison.Vouches(ours, version))
            {
                counting.Add(segment);
            }

            (compared == Compared.Equal ? equal : differing).Add(segment);
        }

        reply(new DigestsCompared(version, compare.Horizon, Id, counting, equal, differing));
        StartPulls();
    }

    private void OnCompared(DigestsCompared compared)
    {
        if (Ring is not { } ring || compared.RingVersion != ring.Version)
        {
            return;
        }

        foreach (var segment in compared.Equal)
        {
            HearAnswer(compared, segment);
            Merged(copies[segment], compared.Member, compared.Counting.Contains(segment), ring.Version);
        }

        foreach (var segment in compared.Differing)
        {
            HearAnswer(compared, segment);
            EnqueuePull(segment, compared.Member, ring.Version, compared.Horizon);
        }

        StartPulls();
    }

    private void HearAnswer(DigestsCompared compared, int segment) =>
        patience.Answered(segment, compared.Member, decisions.IsWaitedFor(compared.Counting.Contains(segment)), world.Queue.Now);

    private void Compact(SimCopy copy, Stamp horizon)
    {
        var before = world.Checks.IsOn ? copy.Machine.Freeze() : null;
        if (copy.Machine.CompactTo(horizon) > 0 && before is not null)
        {
            foreach (var view in before.Views.Where(v => copy.Machine.View(v.Node)?.Count != v.Count))
            {
                world.Checks.Compacted(host, view.Decode(), copy.Machine.View(view.Node)?.Decode() ?? [], horizon);
            }
        }
    }

    private void Merged(SimCopy copy, MemberId peer, bool vouches, long ringVersion)
    {
        copy.Merges++;
        world.Checks.Merged(host, copy.Segment, peer, ringVersion);
        copy.Readiness.Merged(peer, vouches, ringVersion);
    }

    // What waits or is under way is not asked for twice.
    private bool EnqueuePull(int segment, MemberId peer, long ringVersion, Stamp horizon)
    {
        if (pullQueue.Any(q => q.Segment == segment && q.Peer == peer) || copies[segment].Pull?.Peer == peer)
        {
            return false;
        }

        pullQueue.Add((segment, peer, ringVersion, horizon));
        return true;
    }

    private void StartPulls()
    {
        for (var i = 0; i < pullQueue.Count && copies.Values.Count(c => c.Pull is not null) < PullsAtATime; i++)
        {
            var (segment, peer, version, horizon) = pullQueue[i];
            var copy = copies[segment];
            if (copy.Pull is null)
            {
                pullQueue.RemoveAt(i--);
                Compact(copy, horizon);
                copy.Pull = new SimPull(peer, version, horizon, new PullSteps(copy.Machine, version));
                Carry(copy, copy.Pull, copy.Pull.Steps.Start());
            }
        }
    }

    private void Carry(SimCopy copy, SimPull pull, PullStep next)
    {
        (pull.Token, pull.StepAt) = (++tokens, world.Queue.Now);
        switch (next)
        {
            case AskDigests digests:
                Ask(pull.Peer, new ListNodeDigests(copy.Segment, pull.Horizon, digests.After, pull.Token));
                break;
            case AskNodes nodes:
                Ask(pull.Peer, new PullNodes(copy.Segment, nodes.Nodes, nodes.Cursor, pull.Token));
                break;
            case StorePage when !decisions.StoresPulled(world.Random.Chance):
                Carry(copy, pull, pull.Steps.OnStored(true));
                break;
            case StorePage:
                var token = pull.Token;
                Enqueue(new Pending(pull.Page, null, (_, _) => Continue(copy.Segment, token, p => p.Steps.OnStored(true))));
                break;
            case PullOver over:
                EndPull(copy, over.Merged, over.Counts);
                break;
        }
    }

    private void Continue(int segment, long token, Func<SimPull, PullStep> step)
    {
        if (CopyOf(segment) is { Pull: { } pull } copy && pull.Token == token)
        {
            Carry(copy, pull, step(pull));
        }
    }

    private void EndPull(SimCopy copy, bool merged, bool vouches)
    {
        var pull = copy.Pull!;
        copy.Pull = null;
        taken.Pulled(copy.Segment, pull.Peer, pull.Horizon, merged);
        if (merged)
        {
            Merged(copy, pull.Peer, vouches, pull.RingVersion);
        }
        else
        {
            patience.Failed(copy.Segment, pull.Peer);
        }

        StartPulls();
    }

    private void OnDigestPage(NodeDigestPage page) =>
        Continue(page.Segment, page.Token, pull => pull.Steps.OnDigests(page.RingVersion, page.Digests, page.Last, page.Vouches));

    private void OnNodesPage(NodesPage page) => Continue(page.Segment, page.Token, pull =>
    {
        pull.Page = page.Batch;
        return pull.Steps.OnPage(page.Batch.IsEmpty, page.Next);
    });

    private void OnListNodeDigests(ListNodeDigests request, Action<Message> reply)
    {
        if (CopyOf(request.Segment) is { } copy)
        {
            Compact(copy, request.Horizon);
            var page = copy.Machine.DigestsAfter(request.After, DigestsPerPage);
            var status = decisions.StatusOf(copy);
            reply(new NodeDigestPage(request.Segment, status.RingVersion, page, page.Count < DigestsPerPage, status.Vouches, request.Token));
        }
    }

    private void OnPullNodes(PullNodes request, Action<Message> reply)
    {
        if (CopyOf(request.Segment) is { } copy)
        {
            var (batch, next) = Page(copy.Machine, request.Nodes, request.Cursor);
            reply(new NodesPage(request.Segment, batch, next, request.Token));
        }
    }

    // A cursor names the node and the last observation of the page before by its place in the order of R4.5.
    private (Batch Batch, string Next) Page(SegmentMachine machine, IReadOnlyList<NodeId> nodes, string cursor)
    {
        var (start, after) = ReadCursor(cursor);
        List<Observation> taken = [];
        List<Tombstone> tombstones = [];
        for (var i = start; i < nodes.Count; i++)
        {
            if (i > start || after is null)
            {
                tombstones.AddRange(decisions.TombstonesOf(machine, nodes[i]));
            }

            foreach (var observation in machine.View(nodes[i])?.Decode().Order(ObservationOrder.Instance) ?? Enumerable.Empty<Observation>())
            {
                if (i == start && after is not null && ObservationOrder.Instance.Compare(observation, after) <= 0)
                {
                    continue;
                }

                if (taken.Count == ObservationsPerPage)
                {
                    return (new Batch(taken, tombstones), taken[^1].Node == nodes[i] ? Cursor(i, taken[^1]) : i == start && after is not null ? cursor : Cursor(i, null));
                }

                taken.Add(observation);
            }
        }

        return (new Batch(taken, tombstones), string.Empty);
    }

    private static string Cursor(int node, Observation? last) => last is null
        ? node.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{node}|{last.At.Ticks}|{(int)last.Kind}|{last.ReceivedAt.Ticks}|{last.Detector}|{last.Id}|{last.Node}");

    private static (int Start, Observation? After) ReadCursor(string cursor)
    {
        var parts = cursor.Split('|');
        return cursor.Length == 0 ? (0, null) : parts.Length == 1 ? (int.Parse(cursor, CultureInfo.InvariantCulture), null) : (int.Parse(parts[0], CultureInfo.InvariantCulture), new Observation
        {
            At = new Stamp(long.Parse(parts[1], CultureInfo.InvariantCulture)),
            Kind = (ObservationKind)int.Parse(parts[2], CultureInfo.InvariantCulture),
            ReceivedAt = new Stamp(long.Parse(parts[3], CultureInfo.InvariantCulture)),
            Detector = parts[4].Length == 0 ? null : parts[4],
            Id = parts[5],
            Node = NodeId.Parse(parts[6]),
        });
    }
}
