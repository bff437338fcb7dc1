using FailureHistory.Messages;
using FailureHistory.Node.Http.Json;

namespace FailureHistory.Node.Http;

/// <summary>
/// <c>POST /v1/observations</c>. Whatever the status, 200, 400 and 503 tell of every observation in the same four members whether it was
/// accepted, known, rejected, or is to be sent again, so that a reporter needs one way to read them.
/// </summary>
internal sealed class ReportEndpoint(HttpEdge edge)
{
    private static readonly ObservationsRecorded Nothing = new(0, 0, [], []);

    public async Task<Answer> Handle(HttpContext context)
    {
        IReadOnlyList<ReportedObservation> observations;
        bool restore;
        try
        {
            (observations, restore) = await Read(context);
        }
        catch (ProblemException e) when (e.Problem.Status is 400 or 503)
        {
            return WithMembers(e.Problem, Nothing);
        }

        var reply = await edge.InTime(context, ct => edge.Service.Report(new ReportObservations(observations, restore), ct));
        return reply switch
        {
            ObservationsRecorded recorded => Answered(recorded, "no majority of their replicas could be reached for the observations in retry", null),
            ReportRejected { Fault: ReportFault.TooLarge } rejected => Problem.TooLarge(rejected.Detail).ToAnswer(),
            ReportRejected busy => Answered(NothingStored(observations), busy.Detail, null),
            TryAgain again => Answered(NothingStored(observations), again.Reason, again.RetryAfter),
            InvalidRequest invalid => WithMembers(Problem.Invalid(invalid), Nothing),
            _ => throw new InvalidOperationException($"the gate replied with {reply.GetType()}"),
        };
    }

    private async Task<(IReadOnlyList<ReportedObservation> Observations, bool Restore)> Read(HttpContext context)
    {
        var restore = new QueryReader(context, "restore").Flag("restore");
        using var body = await edge.Bodies.Read(context, MediaTypes.OfReports, ReportLimits.MaxBatchBytes, context.RequestAborted);
        if (body.Type == MediaTypes.Json)
        {
            return (ObservationReader.Read(body.Bytes, restore), restore);
        }

        return restore
            ? throw new ProblemException(Problem.BadRequest("restore", "restore is true, and the body holds CloudEvents; expected application/json: an event does not say when it was received"))
            : (CloudEventReader.Read(body.Bytes, isBatch: body.Type == MediaTypes.CloudEvents), false);
    }

    private static Answer Answered(ObservationsRecorded recorded, string whyRetry, TimeSpan? retryAfter)
    {
        if (recorded.Accepted + recorded.Duplicates > 0 || recorded.Rejected.Count + recorded.Retry.Count == 0)
        {
            return Answer.Ok(json => ObservationsJson.Write(json, recorded));
        }

        return recorded.Retry.Count > 0
            ? WithMembers(Problem.TryAgain(whyRetry, retryAfter), recorded)
            : WithMembers(NothingUsable(recorded.Rejected), recorded);
    }

    private static Problem NothingUsable(IReadOnlyList<Rejection> rejected)
    {
        var first = $"the first, at index {rejected[0].Index}: {rejected[0].Error}";
        var detail = rejected.Count == 1 ? $"the only observation is rejected; {first}" : $"all {rejected.Count} observations are rejected; {first}";
        return new Problem(400, "nothing-usable", "Nothing usable", detail);
    }

    // Whether it was stored or not: sending it again is always safe (R2.7). What could not even be read stays so.
    private static ObservationsRecorded NothingStored(IReadOnlyList<ReportedObservation> observations)
    {
        var rejected = new List<Rejection>();
        var retry = new List<int>();
        for (var i = 0; i < observations.Count; i++)
        {
            if (observations[i].Fault is { } fault)
            {
                rejected.Add(new Rejection(i, fault));
            }
            else
            {
                retry.Add(i);
            }
        }

        return new ObservationsRecorded(0, 0, rejected, retry);
    }

    private static Answer WithMembers(Problem problem, ObservationsRecorded recorded) =>
        (problem with { Members = json => ObservationsJson.WriteMembers(json, recorded) }).ToAnswer();
}
