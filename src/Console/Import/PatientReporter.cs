using System.Net;
using System.Text.Json;
using FailureHistory.Fhs.Http;
using FailureHistory.Fhs.Output;

namespace FailureHistory.Fhs.Import;

/// <summary>
/// Hands in reports and sends again what found no majority, no member or no room (R2.7), until patience runs out. May be used by several
/// batches at once.
/// </summary>
internal sealed class PatientReporter(ServiceClient service, TimeSpan patience, TimeProvider time)
{
    /// <summary>Where reports go.</summary>
    public const string ObservationsPath = "/v1/observations";

    /// <summary>Asks, and asks again while no member answers or one says to try later.</summary>
    /// <exception cref="CommandFailure">Refused for good, or patience ran out.</exception>
    public async Task<Reply> AskAsync(HttpMethod method, string path, object? body, CancellationToken cancel)
    {
        var backoff = new Backoff(patience, time);
        while (true)
        {
            var (reply, fault) = await TryAsync(method, path, body, cancel);
            if (reply is { IsTransient: false })
            {
                return reply.IsSuccess ? reply : throw reply.ToFailure();
            }

            if (!await backoff.WaitAsync(reply?.RetryAfter, cancel))
            {
                throw GaveUp(fault);
            }
        }
    }

    /// <summary>Hands in a batch until every report of it is accepted, a duplicate, or rejected.</summary>
    /// <param name="path">The path to post to.</param>
    /// <param name="reports">The batch.</param>
    /// <param name="settled">Is told of what became of some of it, each report once, indices as in <paramref name="reports"/>.</param>
    /// <param name="cancel">Stops it.</param>
    /// <returns>The last answer.</returns>
    /// <exception cref="CommandFailure">Refused as a whole, or patience ran out.</exception>
    public async Task<Reply> DeliverAsync(string path, IReadOnlyList<ReportShape> reports, Action<Settled> settled, CancellationToken cancel)
    {
        var backoff = new Backoff(patience, time);
        int[] pending = [.. Enumerable.Range(0, reports.Count)];
        while (true)
        {
            var (reply, fault) = await TryAsync(HttpMethod.Post, path, pending.Select(index => reports[index]).ToList(), cancel);
            var recorded = reply is null ? AllAgain(pending.Length) : Read(reply, pending.Length);
            var again = recorded.Retry ?? [];
            if (again.Count < pending.Length)
            {
                backoff.Progressed();
                settled(new Settled(
                    recorded.Accepted ?? 0, recorded.Duplicates ?? 0,
                    [.. (recorded.Rejected ?? []).Select(rejection => rejection with { Index = pending[rejection.Index] })]));
            }

            if (again.Count == 0)
            {
                return reply!;
            }

            pending = [.. again.Select(index => pending[index])];
            if (!await backoff.WaitAsync(reply?.RetryAfter, cancel))
            {
                throw GaveUp(fault ?? "no majority of their replicas answered");
            }
        }
    }

    private async Task<(Reply? Reply, string? Fault)> TryAsync(HttpMethod method, string path, object? body, CancellationToken cancel)
    {
        try
        {
            var reply = await service.SendAsync(method, path, body, cancel);
            return (reply, reply.IsTransient ? reply.ToFailure().Message : null);
        }
        catch (UnreachableException e)
        {
            return (null, e.Message);
        }
    }

    // 400 and 503 carry the same members as 200; a proxy's 503 does not, nor does a 400 about the batch as a whole.
    private static RecordedShape Read(Reply reply, int count)
    {
        var mayCarryMembers = reply.IsSuccess || reply.IsTransient || reply.Status == HttpStatusCode.BadRequest;
        if (!mayCarryMembers)
        {
            throw reply.ToFailure();
        }

        RecordedShape? recorded = null;
        try
        {
            recorded = reply.IsSuccess ? reply.Read<RecordedShape>() : JsonSerializer.Deserialize<RecordedShape>(reply.Body, Shapes.Json);
        }
        catch (JsonException)
        {
            // No JSON: no members.
        }

        if (recorded is not { Accepted: { } accepted, Duplicates: { } duplicates, Rejected: { } rejected, Retry: { } retry })
        {
            return reply.IsTransient ? AllAgain(count) : throw (reply.IsSuccess ? NotUnderstood(reply) : reply.ToFailure());
        }

        var indices = rejected.Select(rejection => rejection.Index).Concat(retry).ToList();
        var isWhole = accepted + duplicates + indices.Count == count && indices.All(index => index >= 0 && index < count) && indices.Distinct().Count() == indices.Count;
        return isWhole ? recorded : throw NotUnderstood(reply);
    }

    private static RecordedShape AllAgain(int count) => new(0, 0, [], [.. Enumerable.Range(0, count)]);

    private static CommandFailure NotUnderstood(Reply reply) =>
        new(ExitCode.Failed, "Answer not understood", $"{reply.Member} did not say of every report of the batch what became of it");

    private CommandFailure GaveUp(string? fault) =>
        new(ExitCode.Failed, "Gave up", $"no progress within {Wording.Span(patience)}: {fault ?? "the service says to try again"}");
}

/// <summary>What became of some reports.</summary>
/// <param name="Accepted">Newly stored.</param>
/// <param name="Duplicates">Stored before.</param>
/// <param name="Rejected">Refused for good.</param>
internal sealed record Settled(int Accepted, int Duplicates, IReadOnlyList<RejectionShape> Rejected)
{
    public int Count => Accepted + Duplicates + Rejected.Count;
}
