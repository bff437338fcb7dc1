namespace FailureHistory.Simulator.Engine;

/// <summary>Virtual time: what is to happen, in the order of its time, then of its being planned. Time passes only from one event to the next.</summary>
internal sealed class EventQueue
{
    private readonly PriorityQueue<Action, (long At, long Order)> events = new();
    private long order;

    /// <summary>How long the run has lasted, in virtual time.</summary>
    public TimeSpan Now { get; private set; }

    public int Count => events.Count;

    public void After(TimeSpan delay, Action run) => events.Enqueue(run, ((Now + delay).Ticks, order++));

    /// <summary>Runs the next event; false when there is none.</summary>
    public bool RunNext()
    {
        if (!events.TryDequeue(out var run, out var when))
        {
            return false;
        }

        Now = new TimeSpan(when.At);
        run();
        return true;
    }
}
