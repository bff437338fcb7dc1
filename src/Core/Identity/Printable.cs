using System.Globalization;

namespace FailureHistory.Core.Identity;

/// <summary>The text rule of R1.1: names, ids, detector ids, label keys and values are 1 to 256 printable characters.</summary>
public static class Printable
{
    /// <summary>The longest name, id, label key or label value, in characters (R1.1).</summary>
    public const int MaxLength = 256;

    /// <summary>Says what is wrong with <paramref name="text"/>, or null when it is 1 to <paramref name="max"/> printable characters.</summary>
    /// <param name="field">The name of the field, for the message.</param>
    /// <param name="text">The text as it came.</param>
    /// <param name="max">The longest allowed length in characters.</param>
    public static string? Fault(string field, string? text, int max = MaxLength)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return $"{field} is empty; expected 1 to {max} printable characters";
        }

        if (text.Length > max)
        {
            return $"{field} has {text.Length} characters; expected 1 to {max}";
        }

        for (var i = 0; i < text.Length; i++)
        {
            if (!IsPrintable(text, ref i))
            {
                return $"{field} has an unprintable character (U+{(int)text[i]:X4}) at position {i}; expected 1 to {max} printable characters";
            }
        }

        return null;
    }

    private static bool IsPrintable(string text, ref int i)
    {
        if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
        {
            i++;
            return true;
        }

        return CharUnicodeInfo.GetUnicodeCategory(text[i]) is not (UnicodeCategory.Control or UnicodeCategory.Surrogate
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned);
    }
}
