using FailureHistory.Load.Driving;
using FailureHistory.Members;
using FailureHistory.Load.Raw;

namespace FailureHistory.Load;

/// <summary>
/// The first figures: batched ingest, single ingest and state, over HTTP and through the client, beside raw SQLite and the disk. Everything that
/// was acknowledged in a sample of nodes is read back at the end and compared; a figure of what was not stored would be none.
/// </summary>
internal static class FirstFigures
{
    private const int Batch = 100;
    private const int BatchesInFlight = 8;
    private const int NodesEach = 400;
    private const int SampleEach = 10;

    /// <summary>Measures, prints, writes. Returns the exit code: 1 where something was not stored as acknowledged.</summary>
    public static async Task<int> Measure(Plan plan, FileInfo? output, CancellationToken ct)
    {
        var runs = new List<Run>();
        for (var i = 1; i <= plan.Runs; i++)
        {
            Console.Error.WriteLine($"run {i} of {plan.Runs}");
            runs.Add(await Once(plan, i, ct).ConfigureAwait(false));
        }

        Report.Write(plan, runs, Console.Out);
        if (output is not null)
        {
            Report.WriteJson(plan, runs, output);
        }

        return runs.Any(run => run.Wrong.Count > 0 || run.ReadBack == 0) ? 1 : 0;
    }

    private static async Task<Run> Once(Plan plan, int number, CancellationToken ct)
    {
        var (began, load) = (DateTimeOffset.UtcNow, LoadAverage());
        var figures = RawFigures(plan);
        await using var trio = await MemberSet.Start(3, plan.Members, added: null, ct).ConfigureAwait(false);
        var fleets = new List<Fleet>();
        await using var http = new HttpService([.. trio.Members.Select(m => m.Url)]);
        await using var client = new ClientService([.. trio.Members.Select(m => m.Address)]);
        await Ingest(plan with { Time = plan.Time / 2 }, http, "warm-up", Batch, BatchesInFlight, fleets, ct).ConfigureAwait(false); // compiled and connected; counts for nothing
        foreach (var service in new IService[] { http, client })
        {
            var name = $"r{number}-{service.Name}";
            figures.Add(await Ingest(plan, service, $"{name}-batch", Batch, BatchesInFlight, fleets, ct).ConfigureAwait(false));
            figures.Add(await Ingest(plan, service, $"{name}-one", 1, 1, fleets, ct).ConfigureAwait(false));
            figures.Add(await Ingest(plan, service, $"{name}-many", 1, 64, fleets, ct).ConfigureAwait(false));
            var known = fleets.SelectMany(fleet => fleet.Known()).ToList();
            figures.Add(await State(plan, service, known, 1, ct).ConfigureAwait(false));
            figures.Add(await State(plan, service, known, 64, ct).ConfigureAwait(false));
        }

        var (read, wrong) = await ReadBack(fleets, http, ct).ConfigureAwait(false);
        return new Run(began, load, figures, read, wrong);
    }

    private static List<Figure> RawFigures(Plan plan)
    {
        var folder = Directory.CreateDirectory(Path.Combine(plan.Members.Folder ?? Path.GetTempPath(), $"fhs-raw-{Guid.NewGuid():n}")).FullName;
        try
        {
            return [RawDisk.Syncs(folder, plan.Time / 3), RawDisk.Sqlite(folder, 100, plan.Time / 3), RawDisk.Sqlite(folder, 1_000, plan.Time / 3)];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Task<Figure> Ingest(Plan plan, IService service, string nodes, int batch, int inFlight, List<Fleet> fleets, CancellationToken ct)
    {
        var own = Enumerable.Range(0, inFlight).Select(caller => new Fleet($"{nodes}-{caller}", NodesEach)).ToArray();
        fleets.AddRange(own);
        var what = batch == 1 ? "single ingest" : $"ingest, {batch} a request";
        return ClosedLoop.Run($"{service.Name}: {what}, {inFlight} in flight", inFlight, plan.Time, async (caller, token) =>
        {
            var (observations, from) = own[caller].Next(batch);
            var acknowledged = false;
            try
            {
                var reported = await service.Report(observations, token).ConfigureAwait(false);
                acknowledged = reported.Fault is null;
                return (reported.Acknowledged, reported.Fault);
            }
            finally
            {
                own[caller].Note(observations, from, acknowledged);
            }
        }, ct);
    }

    private static Task<Figure> State(Plan plan, IService service, List<(string Node, IReadOnlyList<string> Ids, bool Fails)> known, int inFlight, CancellationToken ct) =>
        ClosedLoop.Run($"{service.Name}: state, {inFlight} in flight", inFlight, plan.Time, async (_, token) =>
        {
            var (node, _, fails) = known[Random.Shared.Next(known.Count)];
            var suspects = await service.Suspects(node, Fleet.Detector, token).ConfigureAwait(false);
            return (1, suspects == fails ? null : suspects is null ? "no state" : "the wrong verdict");
        }, ct);

    private static async Task<(int Read, IReadOnlyList<string> Wrong)> ReadBack(IReadOnlyList<Fleet> fleets, HttpService service, CancellationToken ct)
    {
        var read = 0;
        var wrong = new List<string>();
        foreach (var (node, ids, fails) in fleets.SelectMany(fleet => fleet.Known().OrderBy(_ => Random.Shared.Next()).Take(SampleEach)))
        {
            read++;
            var stored = await service.Stored(node, ct).ConfigureAwait(false);
            var missing = ids.Except(stored).Count();
            if (missing > 0 || stored.Count != ids.Count)
            {
                wrong.Add($"{node}: {ids.Count} were acknowledged; {stored.Count} are stored, {missing} are missing");
            }
            else if (await service.Suspects(node, Fleet.Detector, ct).ConfigureAwait(false) != fails)
            {
                wrong.Add($"{node}: the last was {(fails ? "a failure" : "an alive")}, and the state says otherwise");
            }
        }

        return (read, wrong);
    }

    private static double? LoadAverage() =>
        File.Exists("/proc/loadavg") ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture) : null;
}
