using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Retention;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Replication;

/// <summary>
/// A segment's copy: the set of the observations of its nodes, the tombstones, the pins and the folds. Merging two copies is applying all of one to
/// the other, tombstones first, then folds (R9.7).
/// </summary>
/// <remarks>
/// <para>
/// Laws, for copies that hold the same tombstones: merging is commutative, associative and idempotent; equal contents have equal digests; neither the
/// order of arrival nor the route can be seen. Tombstones are a set that only grows (Tombstone's own law), so copies that exchange come to hold the
/// same ones, and then the same observations. Until then one thing may depend on the order: where two copies of one key lie on either side of a
/// tombstone's <c>UpTo</c>, whoever dropped the later copy as a duplicate before the tombstone took the earlier one lacks both, until the next
/// exchange.
/// </para>
/// <para>A key whose observation was dropped as a repeat (R2.6) is not remembered: sent again with new stamps, it is a new observation.</para>
/// <para>One thread at a time may call it; the views and images that it gives are safe anywhere.</para>
/// </remarks>
public sealed partial class SegmentMachine
{
    private readonly Dictionary<NodeId, NodeLog> logs = [];
    private readonly Dictionary<NodeId, Tombstone[]> tombstones = [];
    private readonly PackedWriter writer = new();
    private Vocabulary vocabulary = new();
    private NodeId[]? sortedNodes;
    private long logBytes;
    private long gone;

    /// <summary>An empty copy.</summary>
    /// <param name="segment">The number of the segment.</param>
    /// <param name="settle">How long repeats are kept, by <c>receivedAt</c>, so that reports out of order find their place (R2.6); not negative.</param>
    public SegmentMachine(int segment, TimeSpan settle)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(segment);
        ArgumentOutOfRangeException.ThrowIfLessThan(settle, TimeSpan.Zero);
        Segment = segment;
        Settle = settle;
    }

    /// <summary>The number of the segment.</summary>
    public int Segment { get; }

    /// <summary>How long repeats are kept (R2.6).</summary>
    public TimeSpan Settle { get; }

    /// <summary>The sum, modulo 2^64, of the digests of all observations, tombstones, pins and folds: equal where the contents are equal (R9.5).</summary>
    public ulong Digest { get; private set; }

    /// <summary>How many nodes, index entries included, have observations.</summary>
    public int NodeCount => logs.Count;

    /// <summary>How many observations are stored.</summary>
    public long ObservationCount { get; private set; }

    /// <summary>About the memory that the copy takes, in bytes.</summary>
    public long Bytes => logBytes + vocabulary.Bytes;

    /// <summary>A machine with these contents, in any order, each given once or often.</summary>
    public static SegmentMachine Restore(int segment, TimeSpan settle, IEnumerable<Observation> observations, IEnumerable<Tombstone> tombstones, IEnumerable<Pin>? pins = null, IEnumerable<Fold>? folds = null)
    {
        var machine = new SegmentMachine(segment, settle);
        foreach (var pin in pins ?? [])
        {
            machine.Apply(pin);
        }

        foreach (var tombstone in tombstones)
        {
            machine.Apply(tombstone);
        }

        foreach (var fold in folds ?? [])
        {
            machine.Apply(fold);
        }

        foreach (var observation in observations)
        {
            machine.Apply(observation);
        }

        return machine;
    }

    /// <summary>Takes in what <see cref="SegmentPacking.Pack"/> made of another machine's observations; this one must have none yet, and is given that one's tombstones, pins and folds beside.</summary>
    /// <returns>The latest <c>receivedAt</c> among them.</returns>
    /// <exception cref="FormatException">The bytes are damaged, or of a later layout; the message says which. The machine is of no use then.</exception>
    public Stamp Load(ReadOnlySpan<byte> packed)
    {
        if (logs.Count > 0)
        {
            throw new InvalidOperationException($"segment {Segment} has {ObservationCount} observations; packed ones are taken in before any other");
        }

        vocabulary = new Vocabulary();
        sortedNodes = null;
        return SegmentPacking.Read(packed, vocabulary, Add, out gone);
    }

    private void Add(NodeLog log, IReadOnlyList<Observation> copies)
    {
        logs.Add(log.Node, log);
        logBytes += log.Bytes;
        Digest += log.Digest;
        ObservationCount += log.Count;
        Touch(log);
        foreach (var copy in copies)
        {
            NoteOrigin(log, copy);
        }
    }

    /// <summary>
    /// Takes in an observation, which must be of this segment. The contents have changed when it was new, or when it was the earlier copy of a known
    /// key (then <see cref="Digest"/> differs).
    /// </summary>
    public ApplyOutcome Apply(Observation observation)
    {
        if (tombstones.Count > 0 && IsRemoved(observation))
        {
            return ApplyOutcome.Removed;
        }

        if (folds.Count > 0 && IsFolded(observation))
        {
            return ApplyOutcome.Folded;
        }

        var log = LogOf(observation.Node);
        var start = log.Find(observation, writer);
        var digest = ObservationHash.Digest(observation);
        if (start < 0)
        {
            Append(log, observation, digest, keyIsWritten: writer.Length > 0);
            ObservationCount++;
            return ApplyOutcome.New;
        }

        var stored = log.Read(start);
        var storedDigest = ObservationHash.Digest(stored);
        if (storedDigest == digest && stored.At == observation.At && stored.ReceivedAt == observation.ReceivedAt)
        {
            return ApplyOutcome.Same;
        }

        if (ObservationHash.Precedence(observation, stored) < 0)
        {
            log.Forget(storedDigest);
            Digest -= storedDigest;
            Append(log, observation, digest, start);
            gone++;
            if (log.IsMostlyReplaced)
            {
                Touch(Rewrite(log, Decode(log)));
            }
        }

        return ApplyOutcome.Duplicate;
    }

    /// <summary>Takes in a tombstone, which must be of this segment, and drops what it removes; false when what is known covers it already.</summary>
    public bool Apply(Tombstone tombstone)
    {
        var normal = tombstone.Normalized();
        var known = tombstones.GetValueOrDefault(normal.Node, []);
        if (known.Any(t => t.Covers(normal)))
        {
            return false;
        }

        SetTombstones(normal.Node, [.. known.Where(t => !normal.Covers(t)), normal]);
        DropFoldRemovedBy(normal);
        if (logs.TryGetValue(normal.Node, out var log))
        {
            var left = Decode(log);
            if (left.RemoveAll(normal.Removes) > 0)
            {
                // Where something is gone, runs of repeats may have grown together.
                Touch(Rewrite(log, left));
                RenewVocabulary();
            }
        }

        return true;
    }

    /// <summary>Empties the copy: the segment is others' now, and they have all of it (<see cref="OrphanedCopies"/>).</summary>
    public void Clear()
    {
        logs.Clear();
        tombstones.Clear();
        pins.Clear();
        folds.Clear();
        changedIndexNodes.Clear();
        due.Clear();
        touched.Clear();
        vocabulary = new Vocabulary();
        sortedNodes = null;
        (logBytes, gone, Digest, ObservationCount) = (0, 0, 0, 0);
    }

    /// <summary>A frozen view of a node's observations, or null when there are none.</summary>
    public NodeView? View(NodeId node) => logs.TryGetValue(node, out var log) ? Freeze(log) : null;

    /// <summary>The tombstones of a node.</summary>
    public IReadOnlyList<Tombstone> TombstonesOf(NodeId node) => tombstones.GetValueOrDefault(node, []);

    /// <summary>The digest of a node's observations, tombstones, pin and fold; 0 when there are none.</summary>
    public ulong DigestOf(NodeId node) => (logs.TryGetValue(node, out var log) ? log.Digest : 0) + MarksDigest(node);

    /// <summary>
    /// A page of the nodes that have observations, tombstones, a pin or a fold, by id, with their digests: the ones after <paramref name="after"/>, or the first; at
    /// most <paramref name="max"/>.
    /// </summary>
    public IReadOnlyList<(NodeId Node, ulong Digest)> DigestsAfter(NodeId? after, int max)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(max);
        sortedNodes ??= [.. logs.Keys.Union(tombstones.Keys).Union(pins.Keys).Union(folds.Keys).Order()];
        var from = 0;
        if (after is { } last)
        {
            from = Array.BinarySearch(sortedNodes, last);
            from = from < 0 ? ~from : from + 1;
        }

        var page = new List<(NodeId, ulong)>(Math.Min(max, sortedNodes.Length - from));
        for (var i = from; i < sortedNodes.Length && page.Count < max; i++)
        {
            page.Add((sortedNodes[i], DigestOf(sortedNodes[i])));
        }

        return page;
    }

    /// <summary>A frozen image of the whole copy.</summary>
    public SegmentImage Freeze()
    {
        var views = new List<NodeView>(logs.Count);
        foreach (var log in logs.Values)
        {
            views.Add(Freeze(log));
        }

        return new SegmentImage(Segment, Digest, ObservationCount, views, [.. tombstones.Values.SelectMany(t => t)], [.. pins.Values], [.. folds.Values], vocabulary, gone);
    }

    private static List<Observation> Decode(NodeLog log) => log.Freeze(0, null, null).Decode();

    private NodeView Freeze(NodeLog log) => log.Freeze(MarksDigest(log.Node), PinOf(log.Node), FoldOf(log.Node));

    private ulong MarksDigest(NodeId node) => TombstoneDigest(node) + PinDigest(node) + FoldDigest(node);

    private static List<Observation> InOrder(NodeLog log, List<Observation> arrived)
    {
        if (log.Ordered)
        {
            return arrived;
        }

        var ordered = new List<Observation>(arrived);
        ordered.Sort(TimeOrder.Instance);
        return ordered;
    }

    private bool IsRemoved(Observation observation) =>
        tombstones.TryGetValue(observation.Node, out var known) && Array.Exists(known, t => t.Removes(observation));

    private NodeLog LogOf(NodeId node)
    {
        if (!logs.TryGetValue(node, out var log))
        {
            log = new NodeLog(node, vocabulary);
            logs.Add(node, log);
            logBytes += log.Bytes;
            sortedNodes = null;
        }

        return log;
    }

    private void Append(NodeLog log, Observation observation, ulong digest, int superseded = -1, bool keyIsWritten = false)
    {
        logBytes -= log.Bytes;
        log.Append(observation, digest, writer, superseded, keyIsWritten: keyIsWritten);
        logBytes += log.Bytes;
        Digest += digest;
        Touch(log);
        NoteOrigin(log, observation);
    }

    // Readers keep the log that they were given; the machine goes on with another one, made of what is left.
    private NodeLog? Rewrite(NodeLog log, List<Observation> left)
    {
        gone += log.Count - left.Count;
        ObservationCount += left.Count - log.Count;
        logBytes -= log.Bytes;
        Digest -= log.Digest;
        log.Touched = false;
        log.Due = long.MaxValue;
        if (left.Count == 0)
        {
            logs.Remove(log.Node);
            changedIndexNodes.Remove(log.Node);
            sortedNodes = null;
            return null;
        }

        var next = Copy(log, left, again: true);
        logs[log.Node] = next;
        logBytes += next.Bytes;
        Digest += next.Digest;
        return next;
    }

    private NodeLog Copy(NodeLog log, List<Observation> left, bool again)
    {
        var next = new NodeLog(log.Node, vocabulary);
        foreach (var observation in left)
        {
            next.Append(observation, ObservationHash.Digest(observation), writer, again: again);
            if (log.Origins is not null)
            {
                next.Origins ??= new IndexOrigins(observation.About);
                next.Origins.Note(observation.About);
            }
        }

        return next;
    }

    private void SetTombstones(NodeId node, Tombstone[] next)
    {
        Digest -= TombstoneDigest(node);
        if (next.Length == 0)
        {
            tombstones.Remove(node);
        }
        else
        {
            tombstones[node] = next;
        }

        Digest += TombstoneDigest(node);
        sortedNodes = null;
    }

    private ulong TombstoneDigest(NodeId node)
    {
        var sum = 0UL;
        foreach (var tombstone in tombstones.GetValueOrDefault(node, []))
        {
            sum += ObservationHash.Digest(tombstone);
        }

        return sum;
    }
}
