using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace FailureHistory.Core.Identity;

/// <summary>The id of a member: 128 random bits kept in its data folder, so that it is the same whatever its address (R9.2, DESIGN D13).</summary>
/// <param name="Value">The 128 bits.</param>
public readonly record struct MemberId(UInt128 Value) : IComparable<MemberId>
{
    /// <summary>Reads 32 hex digits.</summary>
    /// <exception cref="FormatException">The text is not 32 hex digits.</exception>
    public static MemberId Parse(string text) =>
        TryParse(text, out var id) ? id : throw new FormatException($"'{text}' is not a member id: expected 32 hex digits");

    /// <summary>Reads 32 hex digits; false for anything else.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out MemberId id)
    {
        id = default;
        if (text is not { Length: 32 } || !UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        id = new MemberId(value);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(MemberId other) => Value.CompareTo(other.Value);

    /// <summary>32 lower-case hex digits.</summary>
    public override string ToString() => Value.ToString("x32", CultureInfo.InvariantCulture);

    /// <inheritdoc cref="CompareTo(MemberId)"/>
    public static bool operator <(MemberId left, MemberId right) => left.Value < right.Value;

    /// <inheritdoc cref="CompareTo(MemberId)"/>
    public static bool operator >(MemberId left, MemberId right) => left.Value > right.Value;

    /// <inheritdoc cref="CompareTo(MemberId)"/>
    public static bool operator <=(MemberId left, MemberId right) => left.Value <= right.Value;

    /// <inheritdoc cref="CompareTo(MemberId)"/>
    public static bool operator >=(MemberId left, MemberId right) => left.Value >= right.Value;
}
