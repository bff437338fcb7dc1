using System.Runtime.InteropServices;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Replication;

/// <summary>
/// Tells which of a node's observations a reader can't do without (R2.6). A run is a row of observations by which one detector, or none, repeats its
/// standing verdict: same kind, address and origin, with nothing between them that changes the verdict.
/// </summary>
/// <remarks>
/// <para>
/// What breaks a run. Of failures and alives: a verdict of the other kind by the same detector, and any join or leave that is no repeat itself. Of
/// joins: any failure, any other join, any leave. Of leaves: any join, any other leave; the failures after a leave count for nothing. An alive where
/// nothing was suspected changes nothing.
/// </para>
/// <para>
/// What is needed of a run: the first (it opened what stands) and the last (last heard). Besides, so that nothing else that is read from the set
/// changes: the first with a name; for each label key the last that has it; the last received (forgetting counts from it); the first after its
/// detector came to be counted with another weight; and the first of each of at most <see cref="ReasonsKept"/> different reasons, bounded, because a
/// counter in a reason must not grow the history.
/// </para>
/// <para>
/// Taking away any of the others changes neither the runs nor what is needed of them. So it does not matter in how many steps, or when, it is done,
/// and replicas with equal sets that compact to the same horizon keep equal sets.
/// </para>
/// </remarks>
internal sealed class RepeatRuns
{
    /// <summary>How many different reasons of one run are kept.</summary>
    public const int ReasonsKept = 16;

    private readonly List<Observation> observations;
    private readonly bool[] needed;
    private readonly int[] next;
    private readonly Dictionary<RunKey, Run> verdicts = [];
    private readonly Dictionary<string, Detector> detectors = new(StringComparer.Ordinal);
    private readonly List<Run> runs = [];
    private Run? presence;
    private bool failureSincePresence;
    private int epoch;

    private RepeatRuns(List<Observation> observations)
    {
        this.observations = observations;
        needed = new bool[observations.Count];
        next = new int[observations.Count];
    }

    /// <summary>For each of the observations, which are in order of time, whether it is needed; and the place of the one that follows it in its run.</summary>
    /// <remarks>Only the last of a run has none that follows, and is needed.</remarks>
    public static (bool[] Needed, int[] Next) Of(List<Observation> observations)
    {
        var scan = new RepeatRuns(observations);
        for (var i = 0; i < observations.Count; i++)
        {
            scan.Take(i);
        }

        foreach (var run in scan.runs)
        {
            run.MarkLasts(scan.needed);
        }

        return (scan.needed, scan.next);
    }

    private void Take(int i)
    {
        var observation = observations[i];
        var detector = observation.Detector is { } name ? DetectorOf(name) : null;
        var run = observation.Kind is ObservationKind.Join or ObservationKind.Leave ? TakePresence(observation) : TakeVerdict(observation, detector);
        run.Add(i, observation, detector?.Weigh(observation) ?? 0, needed, next);
    }

    private Run TakePresence(Observation next)
    {
        var key = new RunKey(next.Detector, next.Hardware, next.Origin, next.Kind, 0, 0);
        if (presence is null || presence.Key != key || (next.Kind == ObservationKind.Join && failureSincePresence))
        {
            presence = NewRun(key);
            epoch++;
        }

        failureSincePresence = false;
        return presence;
    }

    private Run TakeVerdict(Observation next, Detector? detector)
    {
        failureSincePresence |= next.Kind == ObservationKind.Failure;
        var key = new RunKey(next.Detector, next.Hardware, next.Origin, next.Kind, epoch, detector?.TurnsUntil(next.Kind) ?? 0);
        ref var run = ref CollectionsMarshal.GetValueRefOrAddDefault(verdicts, key, out _);
        return run ??= NewRun(key);
    }

    private Run NewRun(RunKey key)
    {
        var run = new Run(key);
        runs.Add(run);
        return run;
    }

    private Detector DetectorOf(string name)
    {
        ref var detector = ref CollectionsMarshal.GetValueRefOrAddDefault(detectors, name, out _);
        return detector ??= new Detector();
    }

    private readonly record struct RunKey(string? Detector, HardwareAddress? Hardware, NodeId? Origin, ObservationKind Kind, int Epoch, int Turn);

    private sealed class Detector
    {
        private ObservationKind? verdict;
        private int turns;
        private double weight = double.NaN;
        private int weights;

        /// <summary>How often the detector has changed its mind, this time included.</summary>
        public int TurnsUntil(ObservationKind next)
        {
            if (verdict != next)
            {
                verdict = next;
                turns++;
            }

            return turns;
        }

        /// <summary>
        /// How often the detector's own share of T (R2.5) has changed, this time included: an auto-registered one counts with the accuracy of its
        /// latest report, a registered one is in the stored sum.
        /// </summary>
        public int Weigh(Observation next)
        {
            var share = next.Explicit ? -1 : next.Accuracy;
            weights += share.Equals(weight) ? 0 : 1;
            weight = share;
            return weights;
        }
    }

    private sealed class Run(RunKey key)
    {
        private readonly List<string> reasons = [];
        private Dictionary<string, int>? labels;
        private Stamp received;
        private int newest = -1;
        private int last = -1;
        private int weight;
        private bool named;

        public RunKey Key { get; } = key;

        // A run may belong to one machine and the detector's next run to another (R1.7): after a change of weight each run keeps its first.
        public void Add(int i, Observation next, int weights, bool[] needed, int[] following)
        {
            if (last >= 0)
            {
                following[last] = i;
            }

            var newReason = IsNewReason(next.Reason);
            needed[i] = last < 0 || newReason || weights != weight || (next.Name is not null && !named);
            named |= next.Name is not null;
            weight = weights;
            last = i;
            if (newest < 0 || next.ReceivedAt > received)
            {
                newest = i;
                received = next.ReceivedAt;
            }

            for (var l = 0; l < next.Labels.Count; l++)
            {
                (labels ??= new Dictionary<string, int>(StringComparer.Ordinal))[next.Labels[l].Key] = i;
            }
        }

        public void MarkLasts(bool[] needed)
        {
            needed[last] = true;
            needed[newest] = true;
            foreach (var carrier in labels?.Values ?? Enumerable.Empty<int>())
            {
                needed[carrier] = true;
            }
        }

        private bool IsNewReason(string? reason)
        {
            if (reason is null || reasons.Count == ReasonsKept || reasons.Contains(reason))
            {
                return false;
            }

            reasons.Add(reason);
            return true;
        }
    }
}
