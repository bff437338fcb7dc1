using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Notifications;

/// <summary>
/// Reads what a node's present was after each report about it. A function of the set of observations, like the periods themselves (R4.6), so that
/// whoever was away is told from it what the others were told at the time (R8.3).
/// </summary>
/// <remarks>
/// Where reports came in the order of what they tell, the usual case, the presents are the periods of one reading. Where they did not (an import, a
/// late report, another machine under the id) the history is read again as it was known after each report.
/// </remarks>
public static class Presents
{
    /// <summary>Reports out of order are replayed one by one up to so many; before that the reading of all of them stands for what was known at the time.</summary>
    private const int MostReplayed = 256;

    /// <summary>Reads the sequence.</summary>
    /// <param name="node">The id.</param>
    /// <param name="stored">What its history stores, in any order.</param>
    /// <param name="options">Correlation interval and incident limit.</param>
    /// <param name="since">From which gate's time on each report's effect must be told apart; before it one reading of what was known then will do.</param>
    /// <returns>The whole sequence; null where nothing of the node's own is stored.</returns>
    public static PresentSequence? Read(NodeId node, IReadOnlyList<Observation> stored, HistoryOptions options, Stamp since)
    {
        ArgumentNullException.ThrowIfNull(stored);
        ArgumentNullException.ThrowIfNull(options);
        var sorted = ObservationOrder.Sort([.. stored]);
        if (Evaluate(node, sorted, options) is not { } whole)
        {
            return null;
        }

        var steps = new List<Present>();
        if (IsInOrderOfReceipt(sorted, since) && whole.Incarnations.Count(i => i.Id == node) == 1 && IsAllOf(whole, sorted))
        {
            AddPeriods(steps, whole, sorted);
        }
        else
        {
            Replay(steps, node, sorted, options, since);
        }

        return new PresentSequence(node, whole.Name, whole.Hardware, steps, FromStart: true)
        {
            Reports = [.. sorted.Where(o => o.ReceivedAt > since).OrderBy(o => o.ReceivedAt).TakeLast(PresentSequence.MostReports).Select(Present.HashOf)],
        };
    }

    private static MachineHistory? Evaluate(NodeId node, Observation[] sorted, HistoryOptions options) =>
        MachineHistories.Evaluate([new NodeObservations(node, sorted)], NodeReference.Of(node), options);

    // What was received after "since" tells of what is later than all that was known before, each later than the one before it: of two that tell of
    // one instant, or came at one time, the periods don't show what was known in between.
    private static bool IsInOrderOfReceipt(Observation[] sorted, Stamp since)
    {
        var highest = sorted[0].ReceivedAt;
        for (var i = 1; i < sorted.Length; i++)
        {
            var received = sorted[i].ReceivedAt;
            if ((highest > since || received > since) && (received <= highest || sorted[i].At == sorted[i - 1].At))
            {
                return false;
            }

            highest = received > highest ? received : highest;
        }

        return true;
    }

    // Otherwise a part of it is of another machine, whose time in the present this reading does not show.
    private static bool IsAllOf(MachineHistory whole, Observation[] sorted) => whole.Observations.Count == sorted.Length;

    private static void Replay(List<Present> steps, NodeId node, Observation[] sorted, HistoryOptions options, Stamp since)
    {
        var byReceipt = sorted.ToArray();
        Array.Sort(byReceipt, static (x, y) => x.ReceivedAt != y.ReceivedAt ? x.ReceivedAt.CompareTo(y.ReceivedAt) : ObservationOrder.Instance.Compare(x, y));
        var known = Math.Max(Array.FindIndex(byReceipt, o => o.ReceivedAt > since) is var first and >= 0 ? first : byReceipt.Length, byReceipt.Length - MostReplayed);
        if (known > 0)
        {
            var before = ObservationOrder.Sort(byReceipt[..known]);
            if (Evaluate(node, before, options) is { } then)
            {
                AddPeriods(steps, then, before);
            }
        }

        for (var i = known; i < byReceipt.Length; i++)
        {
            if (i + 1 < byReceipt.Length && byReceipt[i + 1].ReceivedAt == byReceipt[i].ReceivedAt)
            {
                continue;
            }

            var now = ObservationOrder.Sort(byReceipt[..(i + 1)]);
            if (Evaluate(node, now, options) is { } history)
            {
                var open = history.Periods[^1];
                var present = Of(open, Opening(open, now), byReceipt[i].ReceivedAt, history.Hardware?.Canonical ?? string.Empty);
                if (steps.Count == 0 || steps[^1].Key != present.Key)
                {
                    steps.Add(present);
                }
            }
        }
    }

    private static void AddPeriods(List<Present> steps, MachineHistory history, Observation[] sorted)
    {
        // A machine whose address was named later had none at the time: the id of a crossing must not change by it.
        var incarnation = history.Hardware?.Canonical ?? string.Empty;
        var named = sorted.Where(o => o.Hardware is not null && o.Hardware.Equals(history.Hardware)).Select(o => o.ReceivedAt).DefaultIfEmpty(Stamp.Zero).Min();
        var at = Stamp.Zero;
        foreach (var period in history.Periods)
        {
            var opening = Opening(period, sorted);
            at = opening.ReceivedAt > at ? opening.ReceivedAt : at;
            steps.Add(Of(period, opening, at, named <= at ? incarnation : string.Empty));
        }
    }

    private static Present Of(Period period, Observation opening, Stamp receivedAt, string incarnation) =>
        new(receivedAt, period.From, period.Probability, Present.HashOf(opening), opening.Id, opening.ReceivedAt, incarnation);

    // The first in the order of R4.5 of those at the instant at which the period begins.
    private static Observation Opening(Period period, Observation[] sorted)
    {
        int low = 0, high = sorted.Length - 1;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (sorted[middle].At < period.From)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return sorted[low];
    }
}
