using FailureHistory.Core.Notifications;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Tests.Notifications;

/// <summary>The crossings of a whole timeline, with its end in sight: the first present on the other side, if those after it stay there until it counts.</summary>
internal static class NaiveCrossings
{
    public static List<CrossingStep> Of(IReadOnlyList<Present> timeline, Threshold threshold, CrossingRules rules)
    {
        var crossings = new List<CrossingStep>();
        var side = Side.Down;
        for (var i = 0; i < timeline.Count; i++)
        {
            if (!IsBeyond(timeline[i]))
            {
                continue;
            }

            var effect = Effect(timeline[i], side, threshold, rules);
            var back = timeline.Skip(i).FirstOrDefault(p => !IsBeyond(p));
            if (back is null || back.ReceivedAt >= effect)
            {
                side = side == Side.Up ? Side.Down : Side.Up;
                crossings.Add(new CrossingStep(side, effect, timeline[i]));
            }
            else
            {
                i = timeline.ToList().IndexOf(back);
            }
        }

        return crossings;

        bool IsBeyond(Present p) => side == Side.Down ? p.Probability >= threshold.Above : p.Probability < threshold.Below;
    }

    private static Stamp Effect(Present present, Side from, Threshold threshold, CrossingRules rules)
    {
        var received = present.ReceivedAt.Ticks;
        var isLate = received - present.From.Ticks > rules.LateAfter.Ticks;
        var held = from == Side.Down ? present.From.Ticks + threshold.For.Ticks : 0;
        return new Stamp(new[] { received, present.From.Ticks, isLate ? received + rules.LateHold.Ticks : 0, held }.Max());
    }
}
