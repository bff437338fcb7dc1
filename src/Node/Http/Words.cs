using FailureHistory.Messages;

namespace FailureHistory.Node.Http;

/// <summary>The words that stand for values, in queries and in bodies.</summary>
internal static class Words
{
    public static IReadOnlyList<(string Word, NodeStatus Value)> Statuses { get; } =
    [
        ("up", NodeStatus.Up), ("suspected", NodeStatus.Suspected), ("failed", NodeStatus.Failed), ("left", NodeStatus.Left), ("unknown", NodeStatus.Unknown),
    ];

    public static IReadOnlyList<(string Word, NodeSort Value)> Sorts { get; } =
        [("name", NodeSort.Name), ("probability", NodeSort.Probability), ("since", NodeSort.Since), ("status", NodeSort.Status)];

    public static IReadOnlyList<(string Word, Consistency Value)> Consistencies { get; } = [("one", Consistency.One), ("majority", Consistency.Majority)];

    /// <summary>Whether a detector's own times count (R2.3).</summary>
    public static IReadOnlyList<(string Word, bool Reported)> Timestamps { get; } = [("received", false), ("reported", true)];

    /// <summary>The side that P has crossed to (R8.1).</summary>
    public static IReadOnlyList<(string Word, CrossingDirection Value)> Directions { get; } = [("up", CrossingDirection.Up), ("down", CrossingDirection.Down)];

    public static string Of<T>(IReadOnlyList<(string Word, T Value)> table, T value)
    {
        foreach (var (word, candidate) in table)
        {
            if (EqualityComparer<T>.Default.Equals(candidate, value))
            {
                return word;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(value), value, "has no word");
    }
}
