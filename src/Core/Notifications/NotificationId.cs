using System.Globalization;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Notifications;

/// <summary>
/// The ids of notifications (R8.3): the gate's time of the first observation of the open period, 16 hex digits, a hyphen, and the hash of the rest,
/// 16 hex digits. Derived alone from what the subscriber may know, so that every member makes the same. Frozen for ever (DESIGN D14).
/// </summary>
public static class NotificationId
{
    private const int Digits = 16;

    /// <summary>The id of a crossing.</summary>
    /// <param name="node">The node.</param>
    /// <param name="threshold">The subscription's numbers.</param>
    /// <param name="to">The side crossed to.</param>
    /// <param name="present">The present by which it crossed.</param>
    public static string Of(NodeId node, Threshold threshold, Side to, Present present)
    {
        ArgumentNullException.ThrowIfNull(threshold);
        ArgumentNullException.ThrowIfNull(present);
        var bytes = new CanonicalBytes();
        bytes.Id(node);
        bytes.Text(present.Incarnation);
        bytes.Double(threshold.Above);
        bytes.Double(threshold.Below);
        bytes.Int64(threshold.For.Ticks);
        bytes.Byte((byte)to);
        bytes.Int64(unchecked((long)present.Opening));
        return string.Create(CultureInfo.InvariantCulture, $"{present.OpenedAt.Ticks:x16}-{bytes.Hash():x16}");
    }

    /// <summary>The gate's time that an id begins with; false for what is no id.</summary>
    public static bool TryReadStamp(ReadOnlySpan<char> id, out Stamp stamp)
    {
        stamp = default;
        if (id.Length != (2 * Digits) + 1 || id[Digits] != '-'
            || !long.TryParse(id[..Digits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var ticks) || ticks < 0 || ticks > Stamp.MaxValue.Ticks
            || !ulong.TryParse(id[(Digits + 1)..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _))
        {
            return false;
        }

        stamp = new Stamp(ticks);
        return true;
    }
}
