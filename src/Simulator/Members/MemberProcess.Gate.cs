using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;

namespace FailureHistory.Simulator.Members;

/// <summary>The gate (Gate, ReservedStamps): stamps reports once, sends them to the replica sets, and says what a majority of each has on disk.</summary>
internal sealed partial class MemberProcess
{
    private static readonly TimeSpan Ahead = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ResendAfter = TimeSpan.FromSeconds(1.5);

    private readonly SortedDictionary<long, SimChunk> chunks = [];
    private readonly List<SimWrite> writes = [];
    private readonly Queue<(IReadOnlyList<Observation> Drafts, TimeSpan Since, Action<IReadOnlyList<int>> Answer)> awaitingStamps = new();
    private long nextBatch;
    private bool pendingReservations;

    /// <summary>A reporter's batch; answers with the places that are recorded.</summary>
    public void Report(IReadOnlyList<Observation> drafts, Action<IReadOnlyList<int>> answer)
    {
        awaitingStamps.Enqueue((drafts, world.Queue.Now, answer));
        OnReserved();
    }

    private void OnReserved()
    {
        pendingReservations = false;
        while (awaitingStamps.TryPeek(out var next))
        {
            if (!clock.TryNext(Wall, next.Drafts.Count, out var first, out _))
            {
                Reserve();
                return;
            }

            awaitingStamps.Dequeue();
            var stamped = next.Drafts.Select((d, i) => d with { At = new Stamp(first.Ticks + i), ReceivedAt = new Stamp(first.Ticks + i) }).ToList();
            world.Checks.Stamped(host, stamped);
            Begin(new SimWrite([.. stamped.Select((o, i) => new SimItem(o.Node, o, null, i))], world.Queue.Now, write => next.Answer(
                [.. write.Items.Where(i => i.IsDurable && !i.IsRemoved).Select(i => i.Index)])));
        }

        if (clock.ReservedUntil - Now < Ahead / 2)
        {
            Reserve();
        }
    }

    private void Reserve()
    {
        if (!pendingReservations)
        {
            pendingReservations = true;
            Enqueue(new Pending(null, Now + Ahead, (_, _) => { }));
        }
    }

    /// <summary>Makes removals durable.</summary>
    private void WriteTombstones(IReadOnlyList<Tombstone> tombstones, Action<bool> answer) =>
        Begin(new SimWrite([.. tombstones.Select((t, i) => new SimItem(t.Node, null, t, i))], world.Queue.Now, write => answer(write.IsDurable)));

    private void Begin(SimWrite write)
    {
        writes.Add(write);
        Send(write, write.Items);
        EndIfDone(write);
    }

    private void Send(SimWrite write, IEnumerable<SimItem> items)
    {
        if (Ring is not { } ring)
        {
            return;
        }

        var sent = new List<SimChunk>();
        foreach (var group in items.GroupBy(i => world.SegmentOf(i.Node)).OrderBy(g => g.Key))
        {
            var chunk = new SimChunk(++nextBatch, write, [.. group], new WriteVotes(ring.Placement.Replicas(group.Key), ring), ring.Version) { SentAt = world.Queue.Now };
            chunks[chunk.Id] = chunk;
            write.Chunks++;
            SendTo(chunk, chunk.Votes.Replicas);
            sent.Add(chunk);
        }

        sent.ForEach(GiveBackIfHopeless);
    }

    private void SendTo(SimChunk chunk, IEnumerable<MemberId> members)
    {
        var batch = new Batch([.. chunk.Items.Select(i => i.Observation).OfType<Observation>()], [.. chunk.Items.Select(i => i.Tombstone).OfType<Tombstone>()]);
        foreach (var member in members)
        {
            Ask(member, new WriteBatch(chunk.Id, chunk.RingVersion, batch, Now));
        }
    }

    private void OnWritten(BatchWritten written)
    {
        clock.Observe(written.Clock);
        if (!chunks.TryGetValue(written.Id, out var chunk))
        {
            return;
        }

        foreach (var index in written.Removed.Where(_ => chunk.Votes.Counts(written.RingVersion)))
        {
            chunk.Items[index].IsRemoved = true;
        }

        if (decisions.Stored(chunk.Votes, written.Member, written.RingVersion, chunk.RingVersion))
        {
            foreach (var item in chunk.Items)
            {
                chunk.Write.Durable(item);
            }

            Drop(chunk);
            EndIfDone(chunk.Write);
        }
    }

    private void GiveBackIfHopeless(SimChunk chunk)
    {
        if (options.KeepsRing && chunk.Votes.IsHopeless(Hears))
        {
            Drop(chunk);
            EndIfDone(chunk.Write);
        }
    }

    private void GateRingChanged()
    {
        foreach (var chunk in chunks.Values.ToList())
        {
            Drop(chunk);
            Send(chunk.Write, chunk.Items);
        }

        foreach (var write in writes.Where(w => w.Chunks == 0).ToList())
        {
            Send(write, write.Items.Where(i => !i.IsDurable));
        }
    }

    private void TickGate()
    {
        while (awaitingStamps.TryPeek(out var next) && world.Queue.Now - next.Since > options.Timeout)
        {
            awaitingStamps.Dequeue().Answer([]);
        }

        foreach (var chunk in chunks.Values.ToList())
        {
            if (IsLate(chunk.Write))
            {
                Drop(chunk);
                EndIfDone(chunk.Write);
            }
            else if (world.Queue.Now - chunk.SentAt > ResendAfter)
            {
                chunk.SentAt = world.Queue.Now;
                SendTo(chunk, chunk.Votes.ToSendAgain(Hears));
                GiveBackIfHopeless(chunk);
            }
        }

        foreach (var write in writes.Where(IsLate).ToList())
        {
            EndIfDone(write);
        }
    }

    private bool IsLate(SimWrite write) => world.Queue.Now - write.Since > options.Timeout;

    private void Drop(SimChunk chunk)
    {
        if (chunks.Remove(chunk.Id))
        {
            chunk.Write.Chunks--;
        }
    }

    private void EndIfDone(SimWrite write)
    {
        if ((write.IsDurable || IsLate(write) || (Ring is not null && write.Chunks == 0)) && writes.Remove(write))
        {
            write.Ended(write);
        }
    }

    private sealed class SimItem(NodeId node, Observation? observation, Tombstone? tombstone, int index)
    {
        public NodeId Node => node;

        public Observation? Observation => observation;

        public Tombstone? Tombstone => tombstone;

        public int Index => index;

        public bool IsDurable { get; set; }

        public bool IsRemoved { get; set; }
    }

    private sealed class SimWrite(IReadOnlyList<SimItem> items, TimeSpan since, Action<SimWrite> ended)
    {
        private int left = items.Count;

        public IReadOnlyList<SimItem> Items => items;

        public TimeSpan Since => since;

        public Action<SimWrite> Ended => ended;

        public int Chunks { get; set; }

        public bool IsDurable => left == 0;

        public void Durable(SimItem item)
        {
            if (!item.IsDurable)
            {
                item.IsDurable = true;
                left--;
            }
        }
    }

    private sealed class SimChunk(long id, SimWrite write, IReadOnlyList<SimItem> items, WriteVotes votes, long ringVersion)
    {
        public long Id => id;

        public SimWrite Write => write;

        public IReadOnlyList<SimItem> Items => items;

        public WriteVotes Votes => votes;

        public long RingVersion => ringVersion;

        public TimeSpan SentAt { get; set; }
    }
}
