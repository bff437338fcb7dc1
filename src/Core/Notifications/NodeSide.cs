using FailureHistory.Core.Time;

namespace FailureHistory.Core.Notifications;

/// <summary>When a crossing takes effect.</summary>
/// <param name="LateAfter">A report of what happened longer ago than this is late.</param>
/// <param name="LateHold">A crossing that came about by a late report must hold for so long, from its receipt, before it counts: an old trace is taken in, report by report, and at its end most nodes are where they were (R8.2).</param>
public sealed record CrossingRules(TimeSpan LateAfter, TimeSpan LateHold)
{
    internal Stamp EffectOf(Present present, Side to, Threshold threshold)
    {
        var effect = present.ReceivedAt > present.From ? present.ReceivedAt : present.From;
        if (present.ReceivedAt - present.From > LateAfter)
        {
            effect = present.ReceivedAt + LateHold;
        }

        var held = to == Side.Up ? present.From + threshold.For : Stamp.Zero;
        return held > effect ? held : effect;
    }
}

/// <summary>A crossing.</summary>
/// <param name="To">The side crossed to.</param>
/// <param name="Effect">When it counts: with the report, or later where it must have held for a while.</param>
/// <param name="Present">The present by which it came about.</param>
public sealed record CrossingStep(Side To, Stamp Effect, Present Present);

/// <summary>
/// Which side of a threshold one node is on, and what it is about to cross to (R8.1–R8.3). Fed with the node's presents in order it gives each
/// crossing once, sides by turns.
/// </summary>
/// <param name="threshold">The subscription's numbers.</param>
/// <param name="rules">When a crossing takes effect.</param>
/// <param name="side">The side it begins on.</param>
public sealed class NodeSide(Threshold threshold, CrossingRules rules, Side side = Side.Down)
{
    /// <summary>The side it is on.</summary>
    public Side Side { get; private set; } = side;

    /// <summary>The crossing that will count at its <see cref="CrossingStep.Effect"/> unless the node goes back before, or null.</summary>
    public CrossingStep? Pending { get; private set; }

    /// <summary>Takes the next present: at most two crossings, one that was pending and one that counts at once.</summary>
    public IEnumerable<CrossingStep> Take(Present present)
    {
        ArgumentNullException.ThrowIfNull(present);
        if (Due(present.ReceivedAt) is { } earlier)
        {
            yield return earlier;
        }

        if (!threshold.IsLeft(Side, present.Probability))
        {
            Pending = null;
            yield break;
        }

        var to = Side == Side.Up ? Side.Down : Side.Up;
        Pending ??= new CrossingStep(to, rules.EffectOf(present, to, threshold), present);
        if (Due(present.ReceivedAt) is { } now)
        {
            yield return now;
        }
    }

    /// <summary>The pending crossing, where it counts by now.</summary>
    public CrossingStep? Due(Stamp now)
    {
        if (Pending is not { } due || due.Effect > now)
        {
            return null;
        }

        Side = due.To;
        Pending = null;
        return due;
    }
}
