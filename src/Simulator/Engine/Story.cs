using System.Runtime.InteropServices;
using FailureHistory.Core.Replication;

namespace FailureHistory.Simulator.Engine;

/// <summary>What happened: a hash over every step, by which two runs are compared, and the last steps in words, for whoever has to find out why a run failed.</summary>
internal sealed class Story(EventQueue queue, int kept, Action<string>? listener)
{
    private readonly Queue<string> last = new();

    /// <summary>Over all that was told so far.</summary>
    public ulong Hash { get; private set; }

    public IReadOnlyCollection<string> Last => last;

    /// <summary>Tells nothing.</summary>
    public static Story Silent => new(new EventQueue(), 0, null) { IsOn = false };

    /// <summary>Off where nobody reads it: a run of ten thousand members tells too much.</summary>
    public bool IsOn { get; init; } = true;

    public void Tell(string what)
    {
        var line = $"{queue.Now.TotalSeconds,9:0.0000} {what}";
        Hash = ContentHash.Of(MemoryMarshal.AsBytes(line.AsSpan()), Hash);
        last.Enqueue(line);
        if (last.Count > kept)
        {
            last.Dequeue();
        }

        listener?.Invoke(line);
    }
}
