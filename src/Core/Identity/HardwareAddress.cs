namespace FailureHistory.Core.Identity;

/// <summary>
/// What tells one physical machine from another under the same id: a MAC, a serial number, a system UUID (R1.2).
/// Any non-empty printable text up to 128 characters, compared case-insensitively, shown as it was first given.
/// </summary>
public sealed class HardwareAddress : IEquatable<HardwareAddress>
{
    /// <summary>The longest address, in characters (R1.2).</summary>
    public const int MaxLength = 128;

    private static readonly HashSet<string> Placeholders = new(StringComparer.OrdinalIgnoreCase)
    {
        "none", "null", "nil", "n/a", "na", "unknown", "unspecified", "not specified", "not available", "not applicable", "not present",
        "to be filled by o.e.m.", "to be filled by oem", "default string", "default", "system serial number", "serial number",
        "chassis serial number", "base board serial number", "o.e.m.", "oem", "empty", "invalid", "undefined", "-", "0", "123456789", "0123456789",
        "03000200-0400-0500-0006-000700080009",
    };

    private HardwareAddress(string text)
    {
        Text = text;
        Canonical = text.ToLowerInvariant();
    }

    /// <summary>The address as it was given.</summary>
    public string Text { get; }

    /// <summary>The form that is compared and hashed: lower-cased (invariant).</summary>
    public string Canonical { get; }

    /// <summary>
    /// Makes an address of a text; null for none, which empty texts and placeholders (R1.8) count as.
    /// </summary>
    /// <exception cref="FormatException">The text is over 128 characters or has unprintable ones.</exception>
    public static HardwareAddress? Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        if (Printable.Fault("hardware", text, MaxLength) is { } fault)
        {
            throw new FormatException(fault);
        }

        var trimmed = text.Trim();
        return IsPlaceholder(trimmed) ? null : new HardwareAddress(trimmed);
    }

    /// <summary>Whether a text stands for "no address": all zeros or all f, "None", "Not Specified", "To Be Filled By O.E.M." and their like (R1.8).</summary>
    public static bool IsPlaceholder(string text) =>
        Placeholders.Contains(text.Trim()) || IsOneDigitOver(text, '0') || IsOneDigitOver(text, 'f');

    /// <inheritdoc/>
    public bool Equals(HardwareAddress? other) => other is not null && Canonical == other.Canonical;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as HardwareAddress);

    /// <inheritdoc/>
    public override int GetHashCode() => Canonical.GetHashCode(StringComparison.Ordinal);

    /// <summary>The address as it was given.</summary>
    public override string ToString() => Text;

    // 00:00:00:00:00:00, ffffffffffff, 00000000-0000-...: only that digit and separators, and at least eight of it.
    private static bool IsOneDigitOver(string text, char digit)
    {
        var count = 0;
        foreach (var c in text)
        {
            if (char.ToLowerInvariant(c) == digit)
            {
                count++;
            }
            else if (c is not (':' or '-' or '.' or ' '))
            {
                return false;
            }
        }

        return count >= 8;
    }
}
