namespace FailureHistory.Simulator.Engine;

/// <summary>The one source of chance in a simulation: SplitMix64 (Steele, Lea, Flood 2014), the same in every build and on every machine.</summary>
internal sealed class SplitMix(ulong seed)
{
    private ulong state = seed;

    public ulong Next()
    {
        state += 0x9E3779B97F4A7C15;
        var z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number from 0 to one below.</summary>
    public int Below(int bound) => (int)(Next() % (ulong)bound);

    /// <summary>True with this probability.</summary>
    public bool Chance(double probability) => (Next() >> 11) * (1.0 / (1UL << 53)) < probability;

    /// <summary>A span from (inclusive) to (exclusive).</summary>
    public TimeSpan Between(TimeSpan from, TimeSpan to) => from + new TimeSpan((long)(Next() % (ulong)Math.Max(1, (to - from).Ticks)));

    public TimeSpan Milliseconds(int from, int to) => Between(TimeSpan.FromMilliseconds(from), TimeSpan.FromMilliseconds(to));

    public UInt128 Id() => new(Next(), Next());

    public T Of<T>(IReadOnlyList<T> items) => items[Below(items.Count)];

    public void Shuffle<T>(IList<T> items)
    {
        for (var i = items.Count - 1; i > 0; i--)
        {
            var j = Below(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
