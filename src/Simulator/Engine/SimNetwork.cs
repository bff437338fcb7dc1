namespace FailureHistory.Simulator.Engine;

/// <summary>How the network treats messages.</summary>
/// <param name="Loss">The share that is lost.</param>
/// <param name="Duplication">The share that arrives twice.</param>
/// <param name="Slow">The share that takes up to <paramref name="Slowest"/>: overtaken by many others.</param>
/// <param name="Slowest">The longest delay.</param>
internal sealed record NetworkManners(double Loss, double Duplication, double Slow, TimeSpan Slowest)
{
    public static NetworkManners Good { get; } = new(0, 0, 0, TimeSpan.Zero);
}

/// <summary>
/// Messages between places, numbered from 0 (members); clients are at -1. Each is delayed by itself, so that any may overtake any; some are lost, doubled or
/// very late. Cuts are one way each; a cut drops what is sent, not what is under way.
/// </summary>
internal sealed class SimNetwork(EventQueue queue, SplitMix random, NetworkManners manners)
{
    private readonly Dictionary<(int From, int To), TimeSpan> cuts = [];

    public NetworkManners Manners { get; set; } = manners;

    public long Sent { get; private set; }

    public void Send(int from, int to, Action deliver)
    {
        Sent++;
        if (from == to)
        {
            queue.After(TimeSpan.FromTicks(10), deliver); // within a process nothing is lost, and order is kept
            return;
        }

        if (cuts.ContainsKey((from, to)) || random.Chance(Manners.Loss))
        {
            return;
        }

        queue.After(Delay(), deliver);
        if (random.Chance(Manners.Duplication))
        {
            queue.After(Delay(), deliver);
        }
    }

    public void Cut(int from, int to) => cuts.TryAdd((from, to), queue.Now);

    public void Heal() => cuts.Clear();

    public void Heal(int from, int to) => cuts.Remove((from, to));

    public bool AnyCut => cuts.Count > 0;

    /// <summary>Since when nothing gets through, or null.</summary>
    public TimeSpan? CutSince(int from, int to) => cuts.TryGetValue((from, to), out var since) ? since : null;

    private TimeSpan Delay() => random.Chance(Manners.Slow)
        ? random.Between(TimeSpan.FromMilliseconds(20), Manners.Slowest)
        : random.Between(TimeSpan.FromMilliseconds(0.3), TimeSpan.FromMilliseconds(8));
}
