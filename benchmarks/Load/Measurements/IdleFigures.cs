using FailureHistory.Load.Driving;
using FailureHistory.Load.Results;
using FailureHistory.Members;

namespace FailureHistory.Load.Measurements;

/// <summary>What members take of the processors while nobody asks them anything.</summary>
internal static class IdleFigures
{
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(30);

    public static async Task Measure(Bench bench, CancellationToken ct)
    {
        await using var set = await bench.Members(3, ct).ConfigureAwait(false);
        await Rest(bench, set, "a member of three at rest, empty", ct).ConfigureAwait(false);
        var workload = new Workload("idle", bench.Plan.NodesOr(Plan.DefaultNodes), bench.Seed);
        await bench.Store(set, workload, 2, points: 1, ct).ConfigureAwait(false);
        await Rest(bench, set, $"a member of three at rest, {workload.Count:#,0} nodes", ct).ConfigureAwait(false);
        await bench.ReadBack(set, workload, ct).ConfigureAwait(false);
    }

    private static async Task Rest(Bench bench, MemberSet set, string name, CancellationToken ct)
    {
        // What is measured is that nothing happens: first until it has come to rest, then for as long as it is measured.
        await Task.Delay(Settling, ct).ConfigureAwait(false);
        var before = set.Members.Select(member => Cpu.Now([member])).ToArray();
        await Task.Delay(bench.Plan.Time < TimeSpan.FromSeconds(10) ? TimeSpan.FromSeconds(10) : bench.Plan.Time, ct).ConfigureAwait(false);
        var percent = set.Members.Select((member, i) => (Cpu.Now([member]), before[i])).Select(pair => ((pair.Item1.Members - pair.Item2.Members) / pair.Item1.Since(pair.Item2).Seconds * 100) ?? 0).ToArray();
        bench.Add(new Figure(name, percent.Average(), Units.PercentOfACore) { Note = $"each: {string.Join(", ", percent.Select(p => $"{p:0.0}"))}" });
    }
}
