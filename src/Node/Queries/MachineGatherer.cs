using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Member;
using StoredObservations = FailureHistory.Core.History.NodeObservations;

namespace FailureHistory.Node.Queries;

/// <summary>What was gathered of a machine.</summary>
/// <param name="Machine">The machine, or null when nothing is known of it.</param>
/// <param name="Complete">Whether every copy that it rests on was complete.</param>
/// <param name="Replicas">On how many copies of each id's history it rests, at least.</param>
/// <param name="Fault">Why it can't be told now, or null.</param>
/// <param name="Sources">What was merged, by id.</param>
internal sealed record Gathered(MachineHistory? Machine, bool Complete, int Replicas, string? Fault, IReadOnlyDictionary<NodeId, StoredObservations> Sources);

/// <summary>
/// Gathers the raw observations of all ids that a machine went under (R1.5) from their copies, merges them (R9.7) and evaluates them here.
/// </summary>
internal sealed class MachineGatherer(MemberContext context)
{
    // An address that many ids claim is a clash or an attack; what a machine really goes under is a handful.
    private const int MaxIds = 64;

    private readonly ReplicaAsk replicas = new(context);

    /// <summary>Gathers the machine that <paramref name="asked"/> names.</summary>
    public async Task<Gathered> Gather(NodeReference asked, Consistency consistency, RingView ring, bool asOfNow, Deadline deadline)
    {
        var sources = new Dictionary<NodeId, StoredObservations>();
        var wanted = new Queue<NodeId>([asked.Id]);
        var complete = true;
        var rests = int.MaxValue;
        MachineHistory? machine = null;
        while (wanted.TryDequeue(out var id) && sources.Count < MaxIds)
        {
            if (sources.ContainsKey(id))
            {
                continue;
            }

            var (source, isComplete, count, fault) = await Fetch(id, consistency, ring, deadline).ConfigureAwait(false);
            if (source is null)
            {
                return new Gathered(null, false, 0, fault, sources);
            }

            sources[id] = source;
            complete &= isComplete;
            rests = Math.Min(rests, count);
            foreach (var origin in Origins(source))
            {
                wanted.Enqueue(origin);
            }

            machine = MachineHistories.Evaluate([.. sources.Values], asked, Replies.Options(context));
            foreach (var other in machine?.OtherIds ?? [])
            {
                wanted.Enqueue(other);
            }

            // For a majority the address's index must be asked too: what it passes on may not have arrived at the id asked for.
            if (consistency == Consistency.Majority && machine?.Hardware is { } address)
            {
                wanted.Enqueue(NodeId.OfAddress(address));
            }
        }

        // The clock is read only now: it has seen every stamp that was gathered.
        if (machine is not null && asOfNow)
        {
            machine = MachineHistories.EvaluateAsOf([.. sources.Values], asked, Replies.Options(context), context.Now);
        }

        return new Gathered(machine, complete, rests, null, sources);
    }

    /// <summary>Whether the index of an address names other ids than this one, by a majority of its copies.</summary>
    public async Task<bool> HasOtherIds(HardwareAddress address, NodeId id, RingView ring, Deadline deadline)
    {
        var (source, _, _, _) = await Fetch(NodeId.OfAddress(address), Consistency.Majority, ring, deadline).ConfigureAwait(false);
        return source is null || Origins(source).Any(origin => origin != id); // without the index the gathering will say why it can't tell
    }

    /// <summary>What a majority of its copies store of one id, merged; null when no majority answers in time.</summary>
    public async Task<StoredObservations?> ReadMajority(NodeId id, RingView ring, Deadline deadline) =>
        (await Fetch(id, Consistency.Majority, ring, deadline).ConfigureAwait(false)).Source;

    private static IEnumerable<NodeId> Origins(StoredObservations source) =>
        source.Observations.Where(o => o.Origin is not null).Select(o => o.Origin!.Value).Distinct();

    private async Task<(StoredObservations? Source, bool Complete, int Replicas, string? Fault)> Fetch(
        NodeId id, Consistency consistency, RingView ring, Deadline deadline)
    {
        var segment = Segments.Of(id);
        if (consistency == Consistency.Majority)
        {
            return await FetchMajority(id, segment, ring, deadline).ConfigureAwait(false);
        }

        StoredObservations? incomplete = null;
        await foreach (var (source, complete) in replicas.Hedged(replicas.Order(ring, segment), member => PullAlone(member, id, ring, deadline)).ConfigureAwait(false))
        {
            if (source is not null && complete)
            {
                return (source, true, 1, null);
            }

            incomplete ??= source; // R6.5: the first complete one; R9.4: what there is, when there is none
        }

        if (incomplete is not null)
        {
            return (incomplete, false, 1, null);
        }

        return (null, false, 0, $"no replica of segment {segment} answered");
    }

    // A copy that told its digest and then stops answering is passed over for another that counts, while there are enough.
    private async Task<(StoredObservations? Source, bool Complete, int Replicas, string? Fault)> FetchMajority(NodeId id, int segment, RingView ring, Deadline deadline)
    {
        var stopped = new HashSet<MemberId>();
        while (await replicas.MajorityOfDigests(ring, id, deadline, stopped).ConfigureAwait(false) is { } votes)
        {
            var merged = new SegmentMachine(segment, context.Settings.Settle);
            var before = stopped.Count;
            foreach (var distinct in ReadVotes.ToMerge(votes.Digests.OrderBy(d => d.Member == context.Id ? 0 : 1)))
            {
                if (await Pull(distinct.Member, id, merged, ring, deadline, mustCount: true).ConfigureAwait(false) is null)
                {
                    stopped.Add(distinct.Member);
                    break;
                }
            }

            if (stopped.Count == before)
            {
                return (SourceOf(merged, id), true, votes.Digests.Count, null); // a majority of copies that count: nothing acknowledged is missing (R6.5)
            }
        }

        return (null, false, 0, $"no majority of the replicas of segment {segment} answered under ring version {ring.Version}");
    }

    private static StoredObservations SourceOf(SegmentMachine merged, NodeId id) =>
        merged.View(id)?.ToSource() ?? new StoredObservations(id, [], merged.PinOf(id), merged.FoldOf(id));

    // What one copy stores of an id; null when it did not answer.
    private async Task<(StoredObservations? Source, bool Complete)> PullAlone(MemberId member, NodeId id, RingView ring, Deadline deadline)
    {
        var pulled = new SegmentMachine(Segments.Of(id), context.Settings.Settle);
        return await Pull(member, id, pulled, ring, deadline).ConfigureAwait(false) is { } complete
            ? (SourceOf(pulled, id), complete)
            : (null, false);
    }

    // Whether the copy was complete; null when it did not answer, or counts no more where it must: it may have lost its log since it told its digest.
    private async Task<bool?> Pull(MemberId member, NodeId id, SegmentMachine into, RingView ring, Deadline deadline, bool mustCount = false)
    {
        var cursor = string.Empty;
        var complete = true;
        do
        {
            var ask = new PullNode { RingVersion = ring.Version, Node = WireIds.Bytes(id), Cursor = cursor };
            // Where another copy can take its place, time is kept for it.
            var patience = mustCount && deadline.Left > context.Settings.QueryTimeout / 4 ? context.Settings.QueryTimeout / 4 : deadline.Left;
            if (await replicas.Ask(member, Segments.Of(id), ask, patience).ConfigureAwait(false) is not NodePage page || (mustCount && !page.CopyCounts))
            {
                return null;
            }

            var batch = ObservationBatchCodec.Decode(page.Payload);
            foreach (var tombstone in batch.Tombstones)
            {
                into.Apply(tombstone);
            }

            foreach (var fold in batch.Folds)
            {
                into.Apply(fold);
            }

            foreach (var pin in batch.Pins)
            {
                context.Clock.Observe(pin.At);
                into.Apply(pin);
            }

            foreach (var observation in batch.Observations)
            {
                context.Clock.Observe(observation.ReceivedAt);
                into.Apply(observation);
            }

            complete &= page.Counts;
            cursor = page.Next;
        }
        while (cursor.Length > 0);
        return complete;
    }
}
