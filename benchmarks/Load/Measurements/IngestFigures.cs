using FailureHistory.Load.Driving;

namespace FailureHistory.Load.Measurements;

/// <summary>Reports, until they are acknowledged by a majority.</summary>
internal static class IngestFigures
{
    private static readonly int[] Batches = [1, 100, 1_000];
    private static readonly int[] InFlight = [1, 32, 256];

    public static async Task Measure(Bench bench, CancellationToken ct)
    {
        await using var set = await bench.Members(3, ct).ConfigureAwait(false);
        await using var http = Bench.Http(set);
        await using var client = Bench.Client(set);
        var workload = new Workload("ingest", bench.Plan.NodesOr(Plan.DefaultNodes), bench.Seed);
        foreach (var service in new IService[] { client, http })
        {
            foreach (var batch in Batches)
            {
                foreach (var inFlight in InFlight)
                {
                    var limit = batch > 1 ? LimitFigures.Sqlite : inFlight == 1 ? LimitFigures.Syncs : LimitFigures.PingPong64;
                    var callers = workload.Split(inFlight);
                    await bench.Loop(set, $"ingest, {service.Name}, {batch:#,0} a report, {inFlight} in flight", limit, inFlight, async (i, token) =>
                    {
                        var fault = await Reported(service, callers[i], batch, i, token).ConfigureAwait(false);
                        return (batch, fault);
                    }, ct).ConfigureAwait(false);
                    await Bench.Rest(set, ct).ConfigureAwait(false);
                }
            }
        }

        await bench.ReadBack(set, workload, ct).ConfigureAwait(false);
    }

    private static async Task<string?> Reported(IService service, Workload.Caller caller, int count, int turn, CancellationToken ct)
    {
        var batch = caller.Next(count);
        var isAcknowledged = false;
        try
        {
            var fault = await service.Report(batch, turn, ct).ConfigureAwait(false);
            isAcknowledged = fault is null;
            return fault;
        }
        finally
        {
            caller.Note(isAcknowledged);
        }
    }
}
