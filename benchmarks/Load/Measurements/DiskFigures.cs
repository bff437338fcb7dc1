using System.Diagnostics;
using FailureHistory.Load.Driving;
using FailureHistory.Load.Results;
using FailureHistory.Members;

namespace FailureHistory.Load.Measurements;

/// <summary>
/// What observations take on disk: as the log alone, no snapshot ever taken, and as snapshots alone. Members are started with a
/// <c>log.snapshot-after</c> that they never reach, and then with the smallest, under which they snapshot everything and delete the log behind. Files
/// are measured while no member runs, so that SQLite has put its write-ahead log where it belongs.
/// </summary>
internal static class DiskFigures
{
    private const int Nodes = 25_000;
    private const int Each = 20;
    private const int Pokes = 5;

    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(3);

    public static async Task Measure(Bench bench, CancellationToken ct)
    {
        await using var set = await bench.Members(3, ct).ConfigureAwait(false);
        await Restart(set, int.MaxValue, ct).ConfigureAwait(false);
        var empty = Bytes(set);
        var workload = new Workload("disk", bench.Plan.NodesOr(Nodes), bench.Seed);
        var each = bench.Plan.Each ?? Each;
        await bench.Store(set, workload, each, points: 1, ct).ConfigureAwait(false);
        await Stop(set, ct).ConfigureAwait(false);
        var total = (double)workload.Count * each;
        bench.Add(new Figure($"disk, {total:#,0} observations, 1,000 a report: log alone, each observation and copy", (Bytes(set) - empty) / total, Units.Bytes));

        await Start(set, 1024, ct).ConfigureAwait(false);
        var begun = Stopwatch.GetTimestamp();
        var poke = new Workload("poke", Pokes, bench.Seed);
        for (var seen = double.MaxValue; ;)
        {
            // A write makes it look whether snapshots are due; how long in all is bounded below.
            await bench.Store(set, poke, 1, points: 1, ct).ConfigureAwait(false);
            await Task.Delay(TimeSpan.FromSeconds(5), ct).ConfigureAwait(false);
            var now = Bytes(set);
            if (Math.Abs(now - seen) < seen / 100 || Stopwatch.GetElapsedTime(begun) > Bound)
            {
                break;
            }

            seen = now;
        }

        await bench.ReadBack(set, workload, ct).ConfigureAwait(false);
        await Stop(set, ct).ConfigureAwait(false);
        bench.Add(new Figure($"disk, {total:#,0} observations: after snapshots, each observation and copy", (Bytes(set) - empty) / total, Units.Bytes));
    }

    private static async Task Restart(MemberSet set, int snapshotAfter, CancellationToken ct)
    {
        await Stop(set, ct).ConfigureAwait(false);
        await Start(set, snapshotAfter, ct).ConfigureAwait(false);
    }

    private static async Task Stop(MemberSet set, CancellationToken ct)
    {
        foreach (var member in set.Members)
        {
            await member.Stop(ct).ConfigureAwait(false);
        }
    }

    private static async Task Start(MemberSet set, int snapshotAfter, CancellationToken ct)
    {
        foreach (var member in set.Members)
        {
            member.Further = ["--log.snapshot-after", $"{snapshotAfter}"];
            member.Start();
        }

        await set.Whole(set.Members.Count, ct).ConfigureAwait(false);
    }

    private static double Bytes(MemberSet set) => set.Members.Average(member => (double)Footprint.DiskOf(member));
}
