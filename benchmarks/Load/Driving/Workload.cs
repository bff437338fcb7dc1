using System.Globalization;

namespace FailureHistory.Load.Driving;

/// <summary>
/// The nodes that are reported on, round and round: each time with the other verdict of the same detector, so that every observation changes one, and
/// none is a repeat that the service may drop (R2.6). Each node belongs to one caller at a time: what is sent of it arrives in its order.
/// Of every 97th node, of more where there are few, the ids are kept, to be read back at the end and compared.
/// </summary>
internal sealed class Workload
{
    public const string Detector = "load";

    private const int SampleEvery = 97;
    private const int SampleLeast = 200;

    private readonly string[] names;
    private readonly bool[] fails;
    private readonly Sample?[] samples;
    private readonly int sampleEvery;
    private readonly ulong salt;
    private long sequence;

    /// <param name="prefix">What the nodes' names begin with.</param>
    /// <param name="nodes">How many.</param>
    /// <param name="seed">Of the ids and of where callers begin.</param>
    public Workload(string prefix, int nodes, int seed)
    {
        names = [.. Enumerable.Range(0, nodes).Select(i => string.Create(CultureInfo.InvariantCulture, $"{prefix}-{i:d7}"))];
        fails = new bool[nodes];
        sampleEvery = Math.Clamp(nodes / SampleLeast, 1, SampleEvery);
        samples = new Sample?[(nodes / sampleEvery) + 1];
        salt = (ulong)(uint)seed << 32;
        Seed = seed;
    }

    public int Seed { get; }

    public int Count => names.Length;

    public string this[int node] => names[node];

    /// <summary>Whether what was last said of a node is that it fails.</summary>
    public bool Fails(int node) => fails[node];

    /// <summary>Each caller with nodes of its own, from anywhere among them or from the first.</summary>
    public Caller[] Split(int callers, bool fromTheFirst = false)
    {
        var random = new Random(Seed);
        return [.. Enumerable.Range(0, callers).Select(i =>
        {
            var (from, to) = ((int)((long)Count * i / callers), (int)((long)Count * (i + 1) / callers));
            return new Caller(this, from, to, fromTheFirst ? from : random.Next(from, to));
        })];
    }

    /// <summary>Sampled nodes of which all was acknowledged, with the ids, and whether they fail now.</summary>
    public IEnumerable<(string Node, IReadOnlyCollection<string> Ids, bool Fails)> Known()
    {
        for (var i = 0; i < samples.Length; i++)
        {
            if (samples[i] is { IsUnsure: false } sample)
            {
                yield return (names[i * sampleEvery], sample.Ids, fails[i * sampleEvery]);
            }
        }
    }

    // SplitMix64's last steps: one to one, so that no id comes twice, and no two look alike.
    private ulong NextIds(int count) => (ulong)(Interlocked.Add(ref sequence, count) - count);

    private ulong IdOf(ulong number)
    {
        var z = (number + salt) * 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    private void Note(Batch batch, bool isAcknowledged)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            if (batch.Nodes[i] % sampleEvery == 0)
            {
                var sample = samples[batch.Nodes[i] / sampleEvery] ??= new Sample();
                sample.Ids.Add(batch.IdText(i));
                sample.IsUnsure |= !isAcknowledged; // it may be stored or not
            }
        }
    }

    /// <summary>One caller, who reports on nodes of its own and waits for each answer.</summary>
    internal sealed class Caller(Workload all, int from, int to, int first)
    {
        private readonly Batch batch = new();
        private int next = first;

        /// <summary>How many nodes it has.</summary>
        public int Count => to - from;

        /// <summary>The next so many. The batch is written over by the next call.</summary>
        public Batch Next(int count)
        {
            batch.Begin(count);
            var number = all.NextIds(count);
            for (var i = 0; i < count; i++)
            {
                all.fails[next] = !all.fails[next];
                batch.Set(i, next, all.names[next], all.IdOf(number + (ulong)i), all.fails[next]);
                next = next + 1 == to ? from : next + 1;
            }

            return batch;
        }

        /// <summary>Notes what became of the last batch.</summary>
        public void Note(bool isAcknowledged) => all.Note(batch, isAcknowledged);
    }

    private sealed class Sample
    {
        public List<string> Ids { get; } = [];

        public bool IsUnsure { get; set; }
    }
}
