using FailureHistory.Core.Identity;

namespace FailureHistory.Core.History;

/// <summary>
/// The order of a history (R4.5): by time; at one instant a failure before an alive, an alive before a join, a join before a leave; then by
/// detector (none first) and by id, both ordinal. What follows (origin, time of receipt, node) only makes the order total, so that the same
/// set of observations is always read in the same order (R4.6).
/// </summary>
public sealed class ObservationOrder : IComparer<Observation>
{
    private ObservationOrder()
    {
    }

    /// <summary>The one order there is.</summary>
    public static ObservationOrder Instance { get; } = new();

    /// <inheritdoc/>
    public int Compare(Observation? x, Observation? y)
    {
        if (ReferenceEquals(x, y))
        {
            return 0;
        }

        if (x is null || y is null)
        {
            return x is null ? -1 : 1;
        }

        var order = x.At.CompareTo(y.At);
        if (order != 0)
        {
            return order;
        }

        order = ((byte)x.Kind).CompareTo((byte)y.Kind);
        if (order != 0)
        {
            return order;
        }

        order = string.CompareOrdinal(x.Detector, y.Detector);
        if (order != 0)
        {
            return order;
        }

        order = string.CompareOrdinal(x.Id, y.Id);
        return order != 0 ? order : CompareRest(x, y);
    }

    /// <summary>The same observations in this order: the array itself when it is sorted already, which is checked first because it is the rule.</summary>
    internal static Observation[] Sort(Observation[] observations)
    {
        for (var i = 1; i < observations.Length; i++)
        {
            if (Instance.Compare(observations[i - 1], observations[i]) > 0)
            {
                Array.Sort(observations, Instance);
                break;
            }
        }

        return observations;
    }

    private static int CompareRest(Observation x, Observation y)
    {
        var order = Nullable.Compare(x.Origin, y.Origin);
        if (order != 0)
        {
            return order;
        }

        order = x.ReceivedAt.CompareTo(y.ReceivedAt);
        return order != 0 ? order : x.Node.CompareTo(y.Node);
    }
}
