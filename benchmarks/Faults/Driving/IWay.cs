namespace FailureHistory.Faults.Driving;

/// <summary>A way to the service.</summary>
internal interface IWay
{
    /// <summary>Reports, once. Returns what was not acknowledged; throws <see cref="NoProperAnswerException"/> where nothing was.</summary>
    Task<IReadOnlyList<Reported>> Report(IReadOnlyList<Reported> observations, CancellationToken ct);

    /// <summary>The number of the observation behind the verdict of <see cref="Ledger.Detector"/>; null where the node is not known.</summary>
    Task<long?> Verdict(string node, bool majority, CancellationToken ct);
}

/// <summary>Nobody answered, or not with what was asked for; asking again may help.</summary>
internal sealed class NoProperAnswerException(string message) : Exception(message);

/// <summary>An answer that must not be, whatever fails.</summary>
internal sealed class WrongAnswerException(string message) : Exception(message);
