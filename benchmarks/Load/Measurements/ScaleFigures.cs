using FailureHistory.Load.Driving;
using FailureHistory.Load.Results;

namespace FailureHistory.Load.Measurements;

/// <summary>The store filled from empty to large: how fast all the way, and what it takes at the end.</summary>
internal static class ScaleFigures
{
    private const int Points = 20;
    private static readonly TimeSpan Exchange = TimeSpan.FromSeconds(12);

    public static async Task Measure(Bench bench, CancellationToken ct)
    {
        var shapes = bench.Plan is { Nodes: null, Each: null } ? [(Plan.DefaultNodes, 20), (1_000_000, 5)] : new[] { (bench.Plan.NodesOr(Plan.DefaultNodes), bench.Plan.Each ?? 20) };
        foreach (var (nodes, each) in shapes)
        {
            await Shape(bench, nodes, each, ct).ConfigureAwait(false);
        }
    }

    private static async Task Shape(Bench bench, int nodes, int each, CancellationToken ct)
    {
        var what = $"{nodes:#,0} nodes × {each}";
        await using var set = await bench.Members(3, ct).ConfigureAwait(false);
        var empty = Footprint.ResidentMiB(set);
        var workload = new Workload("scale", nodes, bench.Seed);
        var curve = await bench.Store(set, workload, each, Points, ct).ConfigureAwait(false);
        bench.Add(new Curve($"scale, {what}", curve));
        var quarter = curve.Count / 4;
        var total = (double)nodes * each;
        bench.Add(new Figure($"scale, {what}: ingest, all of it", total / curve.Select(Seconds).Sum(), Units.PerSecond)
        {
            Limit = LimitFigures.Sqlite, MembersCores = Math.Round(curve.Average(p => p.MembersCores), 2), DriverCores = Math.Round(curve.Average(p => p.DriverCores), 2),
        });
        bench.Add(new Figure($"scale, {what}: ingest, the first quarter", curve.Take(quarter).Average(p => p.PerSecond), Units.PerSecond) { Limit = LimitFigures.Sqlite });
        bench.Add(new Figure($"scale, {what}: ingest, the last quarter", curve.TakeLast(quarter).Average(p => p.PerSecond), Units.PerSecond) { Limit = LimitFigures.Sqlite });

        await Task.Delay(Exchange, ct).ConfigureAwait(false); // by then all three hold all of it (R9.3)
        var resident = Footprint.ResidentMiB(set);
        bench.Add(new Figure($"scale, {what}: memory of a member", resident, Units.Mebibytes) { Note = $"{empty:0} MiB when it was empty" });
        bench.Add(new Figure($"scale, {what}: memory for each observation and copy", (resident - empty) * (1 << 20) / total, Units.Bytes) { Note = "resident, garbage of the ingest in it" });
        bench.Add(new Figure($"scale, {what}: disk for each observation and copy", Footprint.DiskMiB(set) * (1 << 20) / total, Units.Bytes) { Note = "as it runs: log and snapshots" });

        var last = set.Members[^1];
        await last.Stop(ct).ConfigureAwait(false);
        bench.Add(await Starts.Time($"scale, {what}: start of one of three, stopped before", set, [last], isWhole: false, ct).ConfigureAwait(false));
        await set.Whole(3, ct).ConfigureAwait(false);
        bench.Add(new Figure($"scale, {what}: memory for each observation and copy, after a start", (Footprint.ResidentMiB(last) - empty) * (1 << 20) / total, Units.Bytes));
        await bench.ReadBack(set, workload, ct).ConfigureAwait(false);

        double Seconds(CurvePoint point, int i) => (point.Stored - (i == 0 ? 0 : curve[i - 1].Stored)) / point.PerSecond;
    }
}
