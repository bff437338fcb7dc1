using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;

namespace FailureHistory.Simulator.Members;

/// <summary>Answering (NodeReader, ReplicaAsk, MachineGatherer, HistoryRemover) and the copies' part in it (SegmentActor).</summary>
internal sealed partial class MemberProcess
{
    private readonly SortedDictionary<long, SimRead> reads = [];
    private long nextRead;

    /// <summary>What is stored of a node; null where it can't be told.</summary>
    public void Read(NodeId node, bool majority, Action<IReadOnlyList<Observation>?, bool> answer)
    {
        if (Ring is null)
        {
            answer(null, false);
            return;
        }

        var read = new SimRead(node, majority, world.Queue.Now, answer);
        Begin(read);
    }

    /// <summary>Removes a node's history (R10.2); answers with the time up to which it is removed, or null.</summary>
    public void Remove(NodeId node, Action<Stamp?> answer) => Read(node, majority: true, (found, _) =>
    {
        if (found is not { Count: > 0 })
        {
            answer(null);
            return;
        }

        var now = Now;
        var upTo = found.Select(o => o.ReceivedAt).Append(now).Max();
        world.Checks.Removing(node, upTo);
        WriteTombstones([new Tombstone(node, null, [], upTo)], durable => answer(durable ? upTo : null));
    });

    private void Begin(SimRead read)
    {
        read.Ring = Ring!;
        var id = ++nextRead;
        reads[id] = read;
        read.Id = id;
        var segment = world.SegmentOf(read.Node);
        var replicas = read.Ring.Placement.Replicas(segment);
        if (read.Majority)
        {
            read.Votes = new ReadVotes(replicas.Count, read.Ring.Version);
            foreach (var member in replicas)
            {
                Ask(member, new DigestQuery(id, read.Node));
            }

            BeginRingCheck(read);
            return;
        }

        read.Unknown = new UnknownVotes(replicas.Count, read.Ring.Version);
        read.Order = new Queue<MemberId>(replicas
            .Select((member, rank) => (member, rank))
            .OrderBy(r => r.member == Id ? (StatusOf(segment).Phase == CopyPhase.Serving ? 0 : 2) : Hears(r.member) ? 1 : 3)
            .ThenBy(r => r.rank)
            .Select(r => r.member));
        Hedge(read);
    }

    private void Hedge(SimRead read)
    {
        if (reads.ContainsKey(read.Id) && read.Order.TryDequeue(out var next))
        {
            Ask(next, new ReplicaQuery(read.Id, read.Node));
            read.Asked++;
            After(options.HedgeAfter, () => Hedge(read));
        }
    }

    private void OnReplicaQuery(ReplicaQuery query, Action<Message> reply)
    {
        if (CopyOf(world.SegmentOf(query.Node)) is not { } copy)
        {
            return;
        }

        var status = decisions.StatusOf(copy);
        if (!decisions.Answers(status))
        {
            reply(new ReplicaAnswer(query.Read, Id, false, false, false, status.RingVersion, null));
            return;
        }

        world.Checks.Answered(host, copy.Segment, status.Complete, status.Counts);
        reply(new ReplicaAnswer(query.Read, Id, true, status.Complete, status.Counts, status.RingVersion, copy.Machine.View(query.Node)?.Decode()));
    }

    private void OnReplicaAnswer(ReplicaAnswer answer)
    {
        if (!reads.TryGetValue(answer.Read, out var read))
        {
            return;
        }

        read.Answers++;
        if (answer is { Serves: true, Observations: null })
        {
            if (read.Unknown!.Take(answer.Counts, answer.RingVersion))
            {
                End(read, [], true);
                return;
            }
        }
        else if (answer.Serves && answer.Complete)
        {
            End(read, answer.Observations, true);
            return;
        }
        else if (answer.Serves)
        {
            read.Incomplete ??= answer.Observations;
        }

        if (read.Order.Count > 0)
        {
            Hedge(read);
        }
        else if (read.Answers == read.Asked)
        {
            End(read, read.Incomplete, false);
        }
    }

    private void OnDigestQuery(DigestQuery query, Action<Message> reply)
    {
        if (CopyOf(world.SegmentOf(query.Node)) is { } copy)
        {
            var status = decisions.StatusOf(copy);
            var digest = new NodeDigest(Id, copy.Machine.DigestOf(query.Node), copy.Machine.View(query.Node)?.Count ?? 0);
            world.Checks.SaidToCount(host, copy.Segment, status.Counts);
            reply(new DigestAnswer(query.Read, digest, status.Counts, status.RingVersion));
        }
    }

    private void OnDigestAnswer(DigestAnswer answer)
    {
        if (!reads.TryGetValue(answer.Read, out var read) || read.Votes is null || read.Votes.IsMajority)
        {
            return;
        }

        if (decisions.Take(read.Votes, answer.Digest, answer.Counts, answer.RingVersion))
        {
            var inOrder = read.Votes.Digests.OrderBy(d => d.Member == Id ? 0 : 1);
            var ask = read.Votes.Reading switch
            {
                MajorityReading.NotFound => [],
                MajorityReading.Agreed => [inOrder.First().Member],
                _ => ReadVotes.ToMerge(inOrder).Select(d => d.Member).ToList(),
            };
            read.Pulling.UnionWith(ask);
            foreach (var member in ask)
            {
                Ask(member, new PullNode(read.Id, read.Node));
            }

            EndIfRead(read);
        }
    }

    private void OnPullNode(PullNode query, Action<Message> reply)
    {
        if (CopyOf(world.SegmentOf(query.Node)) is { } copy)
        {
            reply(new NodePage(query.Read, Id, decisions.StatusOf(copy).Counts, new Batch(copy.Machine.View(query.Node)?.Decode() ?? [], decisions.TombstonesOf(copy.Machine, query.Node))));
        }
    }

    private void OnNodePage(NodePage page)
    {
        // Who counts no more may have lost its log since it told its digest.
        if (!page.Counts || !reads.TryGetValue(page.Read, out var read) || !read.Pulling.Remove(page.Member))
        {
            return;
        }

        read.Merged ??= new SegmentMachine(world.SegmentOf(read.Node), options.Settle);
        foreach (var tombstone in page.Batch.Tombstones)
        {
            read.Merged.Apply(tombstone);
        }

        foreach (var observation in page.Batch.Observations)
        {
            clock.Observe(observation.ReceivedAt);
            read.Merged.Apply(observation);
        }

        EndIfRead(read);
    }

    private void EndIfRead(SimRead read)
    {
        if (read.Votes!.IsMajority && read.Pulling.Count == 0 && (read.Confirmation!.IsConfirmed || !decisions.ConfirmsRing))
        {
            End(read, read.Merged?.View(read.Node)?.Decode() ?? [], true);
        }
    }

    // Under a newer ring it is asked anew: what came under the old one may be of the past.
    private void End(SimRead read, IReadOnlyList<Observation>? found, bool complete)
    {
        reads.Remove(read.Id);
        if (Ring!.Version != read.Ring.Version && world.Queue.Now - read.Since < options.Timeout)
        {
            Begin(new SimRead(read.Node, read.Majority, read.Since, read.Answer));
            return;
        }

        read.Answer(found, complete);
    }

    private void TickReads()
    {
        foreach (var read in reads.Values.Where(r => world.Queue.Now - r.Since > options.Timeout || r.Ring.Version != Ring!.Version).ToList())
        {
            End(read, read.Majority ? null : read.Incomplete, false);
        }
    }

    private sealed class SimRead(NodeId node, bool majority, TimeSpan since, Action<IReadOnlyList<Observation>?, bool> answer)
    {
        public NodeId Node => node;

        public bool Majority => majority;

        public TimeSpan Since => since;

        public Action<IReadOnlyList<Observation>?, bool> Answer => answer;

        public long Id { get; set; }

        public RingView Ring { get; set; } = null!;

        public ReadVotes? Votes { get; set; }

        public UnknownVotes? Unknown { get; set; }

        public Queue<MemberId> Order { get; set; } = new();

        public int Asked { get; set; }

        public int Answers { get; set; }

        public IReadOnlyList<Observation>? Incomplete { get; set; }

        public HashSet<MemberId> Pulling { get; } = [];

        public SegmentMachine? Merged { get; set; }

        public RingConfirmation? Confirmation { get; set; }
    }
}
