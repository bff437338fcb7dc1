using FailureHistory.Core.Time;

namespace FailureHistory.Core.Reliability;

/// <summary>The running sums of <see cref="ReliabilityWindow.Of"/>: takes the steps in order.</summary>
internal sealed class ReliabilitySum(Stamp from, Stamp to)
{
    private readonly long[] ticks = new long[4];
    private readonly Queue<Stamp> lately = new();
    private FailureStretch? last;
    private bool standing;
    private int failures;
    private int repairs;
    private long repairTicks;
    private bool flapping;

    /// <summary>Begins with what is known in sums alone.</summary>
    public void Begin(ReliabilityTotals earlier)
    {
        last = earlier.To <= to ? earlier.LastFailure : null;
        if (earlier.From < from || earlier.To > to)
        {
            return; // which part of it lies in the window is not known
        }

        ticks[(int)TimeKind.Up] = earlier.Up.Ticks;
        ticks[(int)TimeKind.Failed] = earlier.Failed.Ticks;
        ticks[(int)TimeKind.Planned] = earlier.Planned.Ticks;
        ticks[(int)TimeKind.Unknown] = earlier.Unknown.Ticks;
        failures = repairs = earlier.Failures;
        repairTicks = earlier.Failed.Ticks;
        flapping = earlier.Flapping;
    }

    /// <summary>Takes the next step, which begins before the end of the window.</summary>
    public void Add(ProbabilityStep step, TimeKind kind)
    {
        var begin = step.From > from ? step.From : from;
        var end = step.To is { } over && over < to ? over : to;
        if (end > begin)
        {
            ticks[(int)kind] += (end - begin).Ticks;
        }

        if (kind != TimeKind.Failed)
        {
            EndFailure(step.From);
        }
        else if (!standing)
        {
            BeginFailure(step.From);
        }
    }

    /// <summary>The result.</summary>
    public ReliabilityFigures ToFigures() => new()
    {
        From = from,
        To = to,
        Up = new TimeSpan(ticks[(int)TimeKind.Up]),
        Failed = new TimeSpan(ticks[(int)TimeKind.Failed]),
        Planned = new TimeSpan(ticks[(int)TimeKind.Planned]),
        Unknown = new TimeSpan(ticks[(int)TimeKind.Unknown]),
        Failures = failures,
        Repairs = repairs,
        RepairTime = new TimeSpan(repairTicks),
        LastFailure = last,
        Flapping = flapping,
    };

    private void BeginFailure(Stamp at)
    {
        standing = true;
        last = new FailureStretch(at, null);
        if (at < from)
        {
            return;
        }

        failures++;
        while (lately.TryPeek(out var first) && at - first >= ReliabilityWindow.FlappingSpan)
        {
            lately.Dequeue();
        }

        lately.Enqueue(at);
        flapping |= lately.Count >= ReliabilityWindow.FlappingFailures;
    }

    private void EndFailure(Stamp at)
    {
        if (!standing)
        {
            return;
        }

        standing = false;
        var begun = last!.Value.From;
        last = new FailureStretch(begun, at);
        if (begun >= from)
        {
            repairs++;
            repairTicks += (at - begun).Ticks;
        }
    }
}
