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

    /// <summary>Opens a subscription (R8.1): an <see cref="ISubscriptionStream"/>, <see cref="InvalidRequest"/> or <see cref="TryAgain"/>.</summary>
    Task<object> Subscribe(Subscribe request, CancellationToken ct);
}

/// <summary>
/// An open subscription. <see cref="Items"/> ends after a <see cref="SubscriptionGap"/> that says so, and without one when the member stops:
/// whoever reads goes on elsewhere from the last cursor. Disposing it ends the subscription.
/// </summary>
public interface ISubscriptionStream : IAsyncDisposable
{
    /// <summary>The items, in order; to be read once. A reader that lags far behind is cut off (R8.5).</summary>
    IAsyncEnumerable<ISubscriptionItem> Items(CancellationToken ct);
}
