using FailureHistory.Load.Driving;

namespace FailureHistory.Load.Measurements;

/// <summary>How long members that hold something take to be there again.</summary>
internal static class RecoverFigures
{
    private const int Each = 20;
    private static readonly TimeSpan Exchange = TimeSpan.FromSeconds(12);

    public static async Task Measure(Bench bench, CancellationToken ct)
    {
        await using var set = await bench.Members(3, ct).ConfigureAwait(false);
        var observations = bench.Plan.Observations;
        var each = bench.Plan.Each ?? Each;
        var workload = new Workload("recover", bench.Plan.NodesOr(Math.Max(1, observations / each)), bench.Seed);
        await bench.Store(set, workload, each, points: 4, ct).ConfigureAwait(false);
        await Task.Delay(Exchange, ct).ConfigureAwait(false); // by then all three hold all of it (R9.3)
        var held = $"{(long)workload.Count * each:#,0} observations";
        var last = set.Members[^1];
        for (var i = 0; i < bench.Plan.Runs; i++)
        {
            await last.Stop(ct).ConfigureAwait(false);
            bench.Add(await Starts.Time($"start of one of three, stopped before, {held}", set, [last], isWhole: false, ct).ConfigureAwait(false));
            await set.Whole(3, ct).ConfigureAwait(false);

            await Task.WhenAll(set.Members.Select(member => member.Kill())).ConfigureAwait(false);
            bench.Add(await Starts.Time($"cold start of all three at once, killed before, {held}", set, set.Members, isWhole: false, ct).ConfigureAwait(false));
            await set.Whole(3, ct).ConfigureAwait(false);

            await last.Stop(ct).ConfigureAwait(false);
            foreach (var file in Directory.GetFiles(last.Folder, "log.db*"))
            {
                File.Delete(file);
            }

            bench.Add(await Starts.Time($"rebuilding the copies of one of three whose disk was lost, {held}", set, [last], isWhole: true, ct).ConfigureAwait(false));
            await bench.ReadBack(set, workload, ct).ConfigureAwait(false);
        }
    }
}
