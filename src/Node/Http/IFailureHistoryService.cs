using FailureHistory.Messages;

namespace FailureHistory.Node.Http;

/// <summary>What stands behind the HTTP edge: the entry actor of the local member and its gate.</summary>
/// <remarks>
/// Replies are the records that <c>FailureHistory.Messages</c> names beside each request. While the actor system (re)starts the answer is
/// <see cref="TryAgain"/>. An exception that tells of a time-out, and a task that does not end within
/// <see cref="HttpEdgeOptions.RequestTimeout"/>, are answered like <see cref="TryAgain"/>; any other exception as a 500.
/// </remarks>
public interface IFailureHistoryService
{
    /// <summary>Asks the service and returns its reply record.</summary>
    Task<object> Ask(object request, CancellationToken ct);

    /// <summary>Hands a batch to the gate: <see cref="ObservationsRecorded"/>, <see cref="ReportRejected"/> or <see cref="TryAgain"/>.</summary>
    Task<object> Report(ReportObservations batch, CancellationToken ct);
}
