using FailureHistory.Core.History;

namespace FailureHistory.Core.Replication;

/// <summary>
/// The order in which a history is read: by time, then failure, alive, join, leave, then by detector, then by id (R4.5), then own before copied.
/// Total on the observations of one history, since their keys differ.
/// </summary>
internal sealed class TimeOrder : IComparer<Observation>
{
    public static TimeOrder Instance { get; } = new();

    public int Compare(Observation? x, Observation? y)
    {
        if (x is null || y is null)
        {
            return x is null ? (y is null ? 0 : -1) : 1;
        }

        var order = x.At.CompareTo(y.At);
        if (order == 0)
        {
            order = x.Kind.CompareTo(y.Kind);
        }

        if (order == 0)
        {
            order = string.CompareOrdinal(x.Detector, y.Detector);
        }

        if (order == 0)
        {
            order = string.CompareOrdinal(x.Id, y.Id);
        }

        return order != 0 ? order : Nullable.Compare(x.Origin, y.Origin);
    }
}
