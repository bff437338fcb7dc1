using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Reliability;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Retention;

/// <summary>
/// Folds what of a node's history is older than <c>full-detail</c> (R10.3), a function of what a majority agrees on: reliability keeps its numbers,
/// and what is read from the horizon on does not change.
/// </summary>
/// <remarks>
/// The horizon is put at a quiet moment: the last at or before the one asked for at which nobody has suspected the node for a correlation interval, so
/// that no suspicion and no incident reaches over it. What is kept is proposed by <see cref="FoldSelection"/> and then read and compared with all
/// of it; where it is not the same the node is left as it is. Only a machine under one id, and an id of one machine, is folded.
/// </remarks>
public static class Folding
{
    /// <summary>The most single steps; beyond, the oldest are summed (<see cref="ReliabilityTotals"/>).</summary>
    public const int MostSteps = 1000;

    /// <summary>The most observations that are kept; a history that rests on more is not folded.</summary>
    public const int MostKept = 500;

    /// <summary>The fold of a node, and what it drops; null where there is nothing to fold, or less than is worth it.</summary>
    /// <param name="source">All that is stored of the node, its fold so far among it.</param>
    /// <param name="until">Now less <c>full-detail</c>.</param>
    /// <param name="options">Correlation interval and incident limit.</param>
    /// <param name="failedThreshold"><c>failed-threshold</c>, by which what is summed was judged.</param>
    /// <param name="quietSince">Where something from before the horizon was received after this, more may be to come (a trace being imported): nothing is folded.</param>
    /// <param name="least">Fewer observations than this are not worth a fold.</param>
    public static (Fold Fold, IReadOnlyList<Observation> Dropped)? Make(
        NodeObservations source, Stamp until, HistoryOptions options, double failedThreshold, Stamp quietSince, int least)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        if (source.Observations.Count == 0 || source.Observations.Any(o => o.Origin is not null)
            || MachineHistories.Evaluate([source], NodeReference.Of(source.Node), options) is not { } machine
            || machine.Observations.Count != source.Observations.Count || HorizonOf(machine, until, options) is not { } horizon)
        {
            return null;
        }

        var before = machine.Observations.TakeWhile(o => o.At < horizon).ToArray();
        if (before.Length < least || before.Any(o => o.ReceivedAt > quietSince))
        {
            return null;
        }

        var kept = FoldSelection.Of(before, options);
        if (before.Length - kept.Length < Math.Max(1, least) || kept.Length > MostKept || !ReadsTheSame(source.Node, before, kept, options))
        {
            return null;
        }

        var (earlier, steps) = Summed(source.Fold, Steps(source.Fold, machine, horizon), failedThreshold);
        var digests = kept.Select(ObservationHash.Digest).Order().ToArray();
        var fold = new Fold
        {
            Node = source.Node,
            Hardware = machine.Hardware is { } address ? HardwareAddress.Parse(address.Canonical) : null,
            Horizon = horizon,
            ReceivedUpTo = before.Max(o => o.ReceivedAt),
            Earlier = earlier,
            Steps = steps,
            Kept = digests,
        };
        var dropped = before.Where(o => fold.Removes(o, ObservationHash.Digest(o))).ToList();
        return (fold, dropped);
    }

    // The end of a stretch without suspicion, or the moment asked for within one, that no incident reaches over.
    private static Stamp? HorizonOf(MachineHistory machine, Stamp until, HistoryOptions options)
    {
        for (var i = machine.Periods.Count - 1; i >= 0; i--)
        {
            var period = machine.Periods[i];
            if (period.From >= until || period.Suspects.Count > 0)
            {
                continue;
            }

            var end = period.To is { } to && to < until ? to : until;
            if (end - period.From >= options.CorrelationInterval && end > period.From && (machine.FoldedUntil is not { } folded || end > folded))
            {
                return end;
            }
        }

        return null;
    }

    private static bool ReadsTheSame(NodeId node, Observation[] before, Observation[] kept, HistoryOptions options)
    {
        var (whole, wholeUnseen) = FailurePeriods.EvaluateWithUnseen(before, options);
        var (less, lessUnseen) = FailurePeriods.EvaluateWithUnseen(kept, options);
        return wholeUnseen == lessUnseen
            && whole.Left == less.Left
            && Equals(whole.LatestIncident, less.LatestIncident)
            && whole.Standings.Count == less.Standings.Count && whole.Standings.All(s => less.Standings.TryGetValue(s.Key, out var other) && s.Value == other)
            && whole.AutoDetectors.Count == less.AutoDetectors.Count && whole.AutoDetectors.All(a => less.AutoDetectors.TryGetValue(a.Key, out var other) && a.Value.Equals(other))
            && IsSame(whole.Periods[^1], less.Periods[^1])
            && IsSameMachine(Read(node, before, options), Read(node, kept, options));
    }

    private static bool IsSame(Period x, Period y) =>
        x.From == y.From && x.Probability.Equals(y.Probability) && x.Planned == y.Planned && x.Suspects.Count == 0 && y.Suspects.Count == 0;

    private static bool IsSameMachine(MachineHistory x, MachineHistory y) =>
        x.Name == y.Name && Equals(x.Hardware?.Text, y.Hardware?.Text) && x.Labels.Equals(y.Labels) && x.LastReceivedAt == y.LastReceivedAt
        && x.Incarnations.SequenceEqual(y.Incarnations);

    private static MachineHistory Read(NodeId node, Observation[] observations, HistoryOptions options) =>
        MachineHistories.Evaluate([new NodeObservations(node, observations)], NodeReference.Of(node), options)!;

    // Those of the fold so far and those that are folded now; neighbours with one probability are one.
    private static List<ProbabilityStep> Steps(Fold? fold, MachineHistory machine, Stamp horizon)
    {
        var steps = new List<ProbabilityStep>(fold?.Steps ?? []);
        foreach (var step in ProbabilityStep.Of(machine.Periods))
        {
            if (step.From >= horizon)
            {
                break;
            }

            var closed = step with { To = step.To is { } to && to < horizon ? to : horizon };
            if (steps.Count > 0 && steps[^1] is var last && last.Probability.Equals(closed.Probability) && last.Planned == closed.Planned)
            {
                steps[^1] = last with { To = closed.To };
            }
            else
            {
                steps.Add(closed);
            }
        }

        return steps;
    }

    // All but the newest half of what may be kept go into the sums, up to a step that is not failed, so that no failure is cut in two.
    private static (ReliabilityTotals? Earlier, IReadOnlyList<ProbabilityStep> Steps) Summed(Fold? fold, List<ProbabilityStep> steps, double failedThreshold)
    {
        var cut = steps.Count - (MostSteps / 2);
        while (steps.Count > MostSteps && cut < steps.Count && steps[cut].KindOf(failedThreshold) == TimeKind.Failed)
        {
            cut++;
        }

        if (steps.Count <= MostSteps || cut == steps.Count)
        {
            return (fold?.Earlier, steps);
        }

        var (from, to) = (fold?.Earlier?.From ?? steps[0].From, steps[cut].From);
        var sums = ReliabilityWindow.Of(steps.Take(cut), from, to, failedThreshold, fold?.Earlier);

        // A failure that ends exactly where the sums do is over: the step after it is not failed.
        var last = sums.LastFailure is { To: null } open ? open with { To = to } : sums.LastFailure;
        return (
            new ReliabilityTotals(from, to, sums.Up, sums.Failed, sums.Planned, sums.Unknown, sums.Failures, sums.Flapping, last),
            steps.GetRange(cut, steps.Count - cut));
    }
}
