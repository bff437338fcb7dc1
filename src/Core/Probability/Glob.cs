using System.Text;
using FailureHistory.Core.Identity;

namespace FailureHistory.Core.Probability;

/// <summary>
/// A compiled pattern over names: <c>*</c> for any characters or none, <c>?</c> for exactly one, all others for themselves; upper and lower
/// case are the same (R1.1). It must match the whole name.
/// </summary>
/// <remarks>
/// All positions of the pattern that the name may have reached are kept as bits and moved on together, one character at a time, so the time is
/// proportional to the length of the name whatever the pattern: backtracking takes quadratic or, done carelessly, exponential time on
/// <c>*a*a*a*b</c>, and patterns come from outside.
/// </remarks>
public sealed class Glob : IEquatable<Glob>
{
    /// <summary>The longest pattern, in characters.</summary>
    public const int MaxLength = Printable.MaxLength;

    private readonly string folded;
    private readonly string? literal;

    // Bit i of a state: the first i characters of the pattern (stars not counted) are matched.
    private readonly int words;
    private readonly int accept;
    private readonly ulong[] loops;
    private readonly ulong[] anyCharacter;
    private readonly Dictionary<Rune, ulong[]> matching = [];

    private Glob(string text)
    {
        Text = text;
        folded = Fold(text);
        literal = folded.AsSpan().ContainsAny('*', '?') ? null : folded;
        MatchesAll = folded.AsSpan().Trim('*').IsEmpty;

        var length = 0;
        foreach (var rune in folded.EnumerateRunes())
        {
            length += rune.Value == '*' ? 0 : 1;
        }

        accept = length;
        words = (length / 64) + 1;
        loops = new ulong[words];
        anyCharacter = new ulong[words];
        Compile();
    }

    /// <summary>The pattern as it was given.</summary>
    public string Text { get; }

    /// <summary>Whether it is made of stars alone and so matches every name.</summary>
    public bool MatchesAll { get; }

    /// <summary>Compiles a pattern.</summary>
    /// <exception cref="FormatException">Empty, over 256 characters, or with unprintable ones.</exception>
    public static Glob Parse(string text) =>
        Printable.Fault("glob", text, MaxLength) is { } fault ? throw new FormatException(fault) : new Glob(text);

    /// <summary>Whether the whole name matches.</summary>
    public bool IsMatch(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (MatchesAll)
        {
            return true;
        }

        return literal is not null ? literal.Length == name.Length && string.Equals(literal, Fold(name), StringComparison.Ordinal) : Run(name);
    }

    /// <inheritdoc/>
    public bool Equals(Glob? other) => other is not null && folded == other.folded;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Glob);

    /// <inheritdoc/>
    public override int GetHashCode() => folded.GetHashCode(StringComparison.Ordinal);

    /// <summary>The pattern as it was given.</summary>
    public override string ToString() => Text;

    private static string Fold(string text) => text.ToLowerInvariant();

    private void Compile()
    {
        var position = 0;
        foreach (var rune in folded.EnumerateRunes())
        {
            var bit = 1UL << (position % 64);
            if (rune.Value == '*')
            {
                loops[position / 64] |= bit;
                continue;
            }

            if (rune.Value == '?')
            {
                anyCharacter[position / 64] |= bit;
            }
            else
            {
                if (!matching.TryGetValue(rune, out var mask))
                {
                    matching.Add(rune, mask = new ulong[words]);
                }

                mask[position / 64] |= bit;
            }

            position++;
        }

        foreach (var mask in matching.Values)
        {
            for (var i = 0; i < words; i++)
            {
                mask[i] |= anyCharacter[i];
            }
        }
    }

    private bool Run(string name)
    {
        Span<ulong> state = stackalloc ulong[words];
        state.Clear();
        state[0] = 1;
        foreach (var rune in name.EnumerateRunes())
        {
            var mask = matching.GetValueOrDefault(Rune.ToLowerInvariant(rune), anyCharacter);
            var carry = 0UL;
            for (var i = 0; i < state.Length; i++)
            {
                var matched = state[i] & mask[i];
                state[i] = (state[i] & loops[i]) | (matched << 1) | carry;
                carry = matched >> 63;
            }
        }

        return (state[accept / 64] >> (accept % 64) & 1) != 0;
    }
}
