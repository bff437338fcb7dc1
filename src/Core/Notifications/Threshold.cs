using System.Globalization;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Notifications;

/// <summary>The numbers of a subscription (R8.1).</summary>
/// <param name="Above">Up means P ≥ this; in (0, 1].</param>
/// <param name="Below">Down means P &lt; this; in (0, <paramref name="Above"/>]. In between a node stays on the side it is on (hysteresis).</param>
/// <param name="For">How long P ≥ <paramref name="Above"/> must have held before the node is up; zero for at once. Down is always at once.</param>
public sealed record Threshold(double Above, double Below, TimeSpan For)
{
    /// <summary>The longest <see cref="For"/>.</summary>
    public static readonly TimeSpan MaxFor = TimeSpan.FromDays(30);

    /// <summary>What is wrong with it, as the field and the words, or null.</summary>
    public (string Field, string Detail)? Fault()
    {
        if (Above is not (> 0 and <= 1))
        {
            return ("above", Invariant($"expected more than 0 and at most 1; came {Above}"));
        }

        if (!(Below > 0 && Below <= Above))
        {
            return ("below", Invariant($"expected more than 0 and at most above ({Above}); came {Below}"));
        }

        return For < TimeSpan.Zero || For > MaxFor ? ("for", $"expected 0 to {DurationText.Format(MaxFor)}; came {For}") : null;
    }

    /// <summary>Whether a P is on the other side; unknown crosses nothing (R5.2).</summary>
    internal bool IsLeft(Side side, double? probability) => probability switch
    {
        null => false,
        { } p => side == Side.Down ? p >= Above : p < Below,
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The side of a threshold that a node is on (R8.1).</summary>
public enum Side
{
    /// <summary>P &lt; below was the last that counted, or it was never up.</summary>
    Down = 0,

    /// <summary>P ≥ above was the last that counted.</summary>
    Up = 1,
}
