using System.Diagnostics;
using FailureHistory.Load.Results;
using FailureHistory.Members;

namespace FailureHistory.Load.Driving;

/// <summary>Stores a number of observations of each of many nodes, round after round over all nodes, and looks at the members on the way.</summary>
internal sealed class Filler(IService service, MemberSet set, Workload workload, int each)
{
    private const int Callers = 8;
    private const int Largest = 1000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private long stored;

    /// <summary>All of it, in so many steps of like size.</summary>
    public async Task<IReadOnlyList<CurvePoint>> Run(int points, Action<string> say, CancellationToken ct)
    {
        var curve = new List<CurvePoint>();
        var callers = workload.Split(Math.Min(Callers, workload.Count), fromTheFirst: true);
        var done = new long[callers.Length];
        for (var point = 1; point <= points; point++)
        {
            var (before, storedBefore) = (Cpu.Now(set.Members), stored);
            await Task.WhenAll(callers.Select((caller, i) => Task.Run(async () =>
            {
                var goal = (long)caller.Count * each * point / points;
                while (done[i] < goal)
                {
                    ct.ThrowIfCancellationRequested();
                    done[i] += await Report(caller, i, (int)Math.Min(Math.Min(Largest, caller.Count), goal - done[i]), ct).ConfigureAwait(false);
                }
            }, ct))).ConfigureAwait(false);

            var used = Cpu.Now(set.Members).Since(before);
            curve.Add(new CurvePoint(stored, (stored - storedBefore) / used.Seconds, Footprint.ResidentMiB(set), Footprint.DiskMiB(set), used.Members ?? 0, used.Driver));
            say($"{stored:#,0} stored, {curve[^1].PerSecond:#,0}/s; a member: {curve[^1].ResidentMiB:0} MiB of memory, {curve[^1].DiskMiB:0} MiB on disk");
        }

        return curve;
    }

    // The same report until it is taken: a store with holes is not the one that was asked for. Sending it again is harmless (R2.4).
    private async Task<int> Report(Workload.Caller caller, int turn, int count, CancellationToken ct)
    {
        var batch = caller.Next(count);
        var begun = Stopwatch.GetTimestamp();
        while (await service.Report(batch, turn, ct).ConfigureAwait(false) is { } fault)
        {
            if (Stopwatch.GetElapsedTime(begun) > Patience)
            {
                throw new InvalidOperationException($"expected a report of {count} observations to be acknowledged within {Patience.TotalSeconds} s; seen: {fault}\n{set.Logs}");
            }
        }

        caller.Note(isAcknowledged: true);
        Interlocked.Add(ref stored, count);
        return count;
    }
}
