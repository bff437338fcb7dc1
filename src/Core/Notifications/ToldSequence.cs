using FailureHistory.Core.Identity;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Notifications;

/// <summary>
/// What one subscriber was told of one node, and what follows from a newer reading of the node (R8.2, R8.3): pure, so that the side told, the next
/// crossing and its id can't depend on which copy raised it, or on how often.
/// </summary>
/// <param name="threshold">The subscription's numbers.</param>
/// <param name="rules">When a crossing takes effect.</param>
/// <param name="side">The side it was told, or is known to have been on.</param>
/// <param name="upTo">Up to which gate's time that side accounts for what was received.</param>
public sealed class ToldSequence(Threshold threshold, CrossingRules rules, Side side, Stamp upTo)
{
    private const int NamesKept = 8;

    private NodeSide walk = new(threshold, rules, side);
    private readonly List<(Side To, ulong Opening, string Incarnation, ulong Alias)> named = [];
    private ulong lastKey;

    /// <summary>The side the subscriber was told last.</summary>
    public Side Told { get; private set; } = side;

    /// <summary>Up to which gate's time reports are accounted for.</summary>
    public Stamp UpTo { get; private set; } = upTo;

    /// <summary>The node's name as last read, or null.</summary>
    public string? Name { get; private set; }

    /// <summary>The address of the machine that held the id as last read, or null.</summary>
    public HardwareAddress? Hardware { get; private set; }

    /// <summary>What will be told at its effect unless the node goes back before.</summary>
    public CrossingStep? Pending => walk.Pending;

    /// <summary>
    /// Whether there may be something to tell by a reading that is one copy's view: by what it knows beyond what is accounted for, by where it ends, or
    /// because it lacks what was known (or was trimmed). What is told then is read from a majority (R6.5): a copy may lack an acknowledged report.
    /// </summary>
    public bool MayMoveBy(PresentSequence reading)
    {
        ArgumentNullException.ThrowIfNull(reading);
        return Pending is not null
            || !Knows(reading)
            || reading.Steps.Any(step => (step.ReceivedAt > UpTo || step == reading.Last) && threshold.IsLeft(Told, step.Probability));
    }

    /// <summary>Takes a reading of the node in; gives what is to be told by now, sides by turns.</summary>
    public IReadOnlyList<CrossingStep> Take(PresentSequence reading, Stamp now)
    {
        ArgumentNullException.ThrowIfNull(reading);
        (Name, Hardware) = (reading.Name, reading.Hardware);
        var steps = reading.Steps;
        var next = 0;
        while (next < steps.Count && steps[next].ReceivedAt <= UpTo)
        {
            next++;
        }

        var told = new List<CrossingStep>();
        if (reading.FromStart)
        {
            Settle(steps, next, next < steps.Count && steps[next].ReceivedAt < now ? steps[next].ReceivedAt : now, told);
        }
        else if (next > 0)
        {
            Add(told, walk.Take(steps[next - 1]));
        }

        for (var i = next; i < steps.Count; i++)
        {
            Add(told, walk.Take(steps[i]));
        }

        UpTo = steps[^1].ReceivedAt > UpTo ? steps[^1].ReceivedAt : UpTo;
        lastKey = steps[^1].Key;
        if (Due(now) is { } due)
        {
            told.Add(due);
        }

        return told;
    }

    /// <summary>The pending crossing, where it counts by now.</summary>
    public CrossingStep? Due(Stamp now) => walk.Due(now) is { } due ? Tell(due) : null;

    /// <summary>Whether a reading goes back far enough, and knows what was known before.</summary>
    public bool Knows(PresentSequence reading)
    {
        ArgumentNullException.ThrowIfNull(reading);
        return lastKey == 0 ? reading.FromStart || reading.Steps[0].ReceivedAt <= UpTo : reading.Steps.Any(step => step.Key == lastKey);
    }

    // What was known before is read anew, since late reports may have changed it. Only where it ended is compared with what was told: in between
    // nobody was wrong (R8.2).
    private void Settle(IReadOnlyList<Present> steps, int count, Stamp until, List<CrossingStep> told)
    {
        walk = new NodeSide(threshold, rules);
        CrossingStep? last = null;
        for (var i = 0; i < count; i++)
        {
            foreach (var step in walk.Take(steps[i]))
            {
                last = step;
            }
        }

        last = walk.Due(until) ?? last;
        if (walk.Side == Told)
        {
            return;
        }

        if (last is null || walk.Pending?.To == Told)
        {
            // It is about to come back to the side told, or never crossed by this reading.
            walk = new NodeSide(threshold, rules, Told);
            if (count > 0)
            {
                Add(told, walk.Take(steps[count - 1]));
            }

            return;
        }

        told.Add(Tell(last));
    }

    private void Add(List<CrossingStep> told, IEnumerable<CrossingStep> steps)
    {
        foreach (var step in steps)
        {
            told.Add(Tell(step));
        }
    }

    // Late reports can end an open period and bring it back, also after others were told: then it is told under another name, since no id comes twice (R8.3).
    private CrossingStep Tell(CrossingStep step)
    {
        Told = step.To;
        var present = step.Present;
        var known = named.FindIndex(n => n.To == step.To && n.Opening == present.Opening && n.Incarnation == present.Incarnation);
        var alias = known >= 0 ? (named[known].Alias * 6364136223846793005) + 1442695040888963407 : present.Opening;
        if (known >= 0 || named.Count == NamesKept)
        {
            named.RemoveAt(Math.Max(known, 0));
        }

        named.Add((step.To, present.Opening, present.Incarnation, alias));
        return known >= 0 ? step with { Present = present with { Opening = alias } } : step;
    }
}
