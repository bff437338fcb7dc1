using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Notifications;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Tests.Notifications;

/// <summary>What was known after each time at which something was received, read from what had been received by then, and no thought of effort.</summary>
internal static class DumbPresents
{
    public static List<Present> Read(NodeId node, IReadOnlyList<Observation> stored, HistoryOptions options)
    {
        var presents = new List<Present>();
        foreach (var at in stored.Select(o => o.ReceivedAt).Distinct().Order())
        {
            var received = stored.Where(o => o.ReceivedAt <= at).ToList();
            if (MachineHistories.Evaluate([new NodeObservations(node, received)], NodeReference.Of(node), options) is not { } history)
            {
                continue;
            }

            var open = history.Periods[^1];
            var first = received.Where(o => o.At == open.From).Order(ObservationOrder.Instance).First();
            var present = new Present(
                at, open.From, open.Probability, Present.HashOf(first), first.Id, first.ReceivedAt, history.Hardware?.Canonical ?? "");
            if (presents.Count == 0 || presents[^1].Key != present.Key)
            {
                presents.Add(present);
            }
        }

        return presents;
    }

    /// <summary>The one in force at a moment, and all after it.</summary>
    public static List<Present> From(IReadOnlyList<Present> presents, Stamp since)
    {
        var inForce = presents.LastOrDefault(p => p.ReceivedAt <= since);
        return [.. presents.Where(p => p == inForce || p.ReceivedAt > since)];
    }
}
