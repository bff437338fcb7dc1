using System.Collections;

namespace FailureHistory.Core.History;

/// <summary>String to string, sorted by key (ordinal), at most 32 (SPEC §2); equal by value.</summary>
public sealed class Labels : IReadOnlyList<KeyValuePair<string, string>>, IEquatable<Labels>
{
    /// <summary>The most labels of one observation.</summary>
    public const int MaxCount = 32;

    private readonly KeyValuePair<string, string>[] pairs;

    private Labels(KeyValuePair<string, string>[] pairs) => this.pairs = pairs;

    /// <summary>No labels.</summary>
    public static Labels None { get; } = new([]);

    /// <inheritdoc/>
    public int Count => pairs.Length;

    /// <inheritdoc/>
    public KeyValuePair<string, string> this[int index] => pairs[index];

    /// <summary>The labels of these pairs; of a key given twice the last one counts.</summary>
    public static Labels From(IEnumerable<KeyValuePair<string, string>>? source)
    {
        if (source is null)
        {
            return None;
        }

        var sorted = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in source)
        {
            sorted[key] = value;
        }

        return sorted.Count == 0 ? None : new Labels([.. sorted]);
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => ((IEnumerable<KeyValuePair<string, string>>)pairs).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => pairs.GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(Labels? other) => other is not null && pairs.AsSpan().SequenceEqual(other.pairs);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Labels);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var (key, value) in pairs)
        {
            hash.Add(key);
            hash.Add(value);
        }

        return hash.ToHashCode();
    }
}
