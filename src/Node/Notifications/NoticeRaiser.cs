using FailureHistory.Core.Identity;
using FailureHistory.Core.Notifications;

namespace FailureHistory.Node.Notifications;

/// <summary>
/// What this member will raise unless another replica does before (R8.6, DESIGN D4): each change waits rank × <c>raise-step</c>, and goes when a
/// notice that knows of it was seen. No failure detector is involved. Times are those of a monotonic clock.
/// </summary>
/// <param name="step">How much later than the replica before it each replica raises.</param>
internal sealed class NoticeRaiser(TimeSpan step)
{
    /// <summary>For how long what was raised is not raised again.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(2);

    private readonly PriorityQueue<PresentSequence, TimeSpan> waiting = new();
    private readonly Dictionary<(NodeId Node, ulong Key), TimeSpan> seen = [];
    private readonly Queue<((NodeId Node, ulong Key) Change, TimeSpan At)> bySeen = new();

    /// <summary>When the next one is due, or null.</summary>
    public TimeSpan? NextDue => waiting.TryPeek(out _, out var due) ? due : null;

    /// <summary>A change in this member's copy, of which it is the replica of this rank, 0 the nearest.</summary>
    public void Offer(PresentSequence reading, int rank, TimeSpan now)
    {
        if (!IsSeen(reading))
        {
            waiting.Enqueue(reading, now + (rank * step));
        }
    }

    /// <summary>A notice that was raised, here or elsewhere.</summary>
    public void Saw(PresentSequence reading, TimeSpan now)
    {
        while (bySeen.TryPeek(out var oldest) && now - oldest.At > Memory)
        {
            bySeen.Dequeue();
            if (seen.TryGetValue(oldest.Change, out var at) && at == oldest.At)
            {
                seen.Remove(oldest.Change);
            }
        }

        foreach (var present in reading.Steps)
        {
            var change = (reading.Node, present.Key);
            seen[change] = now;
            bySeen.Enqueue((change, now));
        }
    }

    /// <summary>What is to be raised now.</summary>
    public IReadOnlyList<PresentSequence> TakeDue(TimeSpan now)
    {
        var due = new List<PresentSequence>();
        while (waiting.TryPeek(out var reading, out var at) && at <= now)
        {
            waiting.Dequeue();
            if (!IsSeen(reading))
            {
                due.Add(reading);
                Saw(reading, now);
            }
        }

        return due;
    }

    private bool IsSeen(PresentSequence reading) => seen.ContainsKey((reading.Node, reading.Last.Key));
}
