namespace FailureHistory.Client;

/// <summary>The service did not do what was asked of it. What exactly is told by the types that derive from this one.</summary>
public abstract class FailureHistoryException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Nobody ever reported on the node (R6.6). It differs from a node that never failed, and from <see cref="UnavailableException"/>.</summary>
public sealed class NodeNotFoundException(string node) : FailureHistoryException($"node '{node}' is unknown: nobody ever reported on it")
{
    /// <summary>The node as it was asked for.</summary>
    public string Node { get; } = node;
}

/// <summary>The node is pinned, and its history is not removed without force (R10.2).</summary>
public sealed class NodePinnedException(string node, string by, string reason) : FailureHistoryException($"node '{node}' was pinned by {by}: {reason}")
{
    /// <summary>The node that is pinned.</summary>
    public string Node { get; } = node;

    /// <summary>Who pinned it.</summary>
    public string By { get; } = by;

    /// <summary>Why.</summary>
    public string Reason { get; } = reason;
}

/// <summary>There is no detector of that id.</summary>
public sealed class DetectorNotFoundException(string detector) : FailureHistoryException($"detector '{detector}' is unknown")
{
    /// <summary>The id that was asked for.</summary>
    public string Detector { get; } = detector;
}

/// <summary>The request can't be answered as it is (R2.8): asking again is in vain.</summary>
public sealed class InvalidRequestException(string field, string detail) : FailureHistoryException($"{field}: {detail}")
{
    /// <summary>The field at fault.</summary>
    public string Field { get; } = field;

    /// <summary>What was expected and what came.</summary>
    public string Detail { get; } = detail;
}

/// <summary>It can't be told or done now (R6.6, R9.9): too few replicas answer, or the members are busy. Ask again.</summary>
public sealed class UnavailableException(string reason, TimeSpan? retryAfter)
    : FailureHistoryException(retryAfter is { } after ? $"{reason} (try again after {after.TotalSeconds:0.#} s)" : reason)
{
    /// <summary>What is missing, in words for an operator.</summary>
    public string Reason { get; } = reason;

    /// <summary>When to ask again, or null where the member did not say.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}

/// <summary>No member answered in time. Whether what was asked for was done is not known.</summary>
public sealed class NoAnswerException(string message) : FailureHistoryException(message);

/// <summary>
/// Some of the observations are not stored: no majority of their replicas took them until the deadline. Hand those in again that
/// <see cref="Outcome"/> names; they have their ids, so that what was stored after all counts once.
/// </summary>
public sealed class ReportIncompleteException(ReportOutcome outcome, string reason)
    : FailureHistoryException($"{outcome.Unstored.Count} of {outcome.Observations.Count} observations are not stored: {reason}")
{
    /// <summary>What became of each.</summary>
    public ReportOutcome Outcome { get; } = outcome;
}
