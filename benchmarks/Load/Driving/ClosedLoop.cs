using System.Collections.Concurrent;
using System.Diagnostics;
using HdrHistogram;

namespace FailureHistory.Load.Driving;

/// <summary>
/// So many callers, each of whom asks again as soon as it is answered. Times are those of whole calls, from before the first byte to the answer
/// read; a closed loop slows down with what it measures, so that its percentiles say nothing about a rate that comes from outside.
/// </summary>
internal static class ClosedLoop
{
    /// <summary>Runs the callers for a while that does not count, and then for the time that does.</summary>
    /// <param name="name">What is measured.</param>
    /// <param name="inFlight">How many callers.</param>
    /// <param name="time">How long.</param>
    /// <param name="call">One call of one caller: how many things it did, and what went wrong.</param>
    /// <param name="ct">Ends it.</param>
    public static async Task<Figure> Run(string name, int inFlight, TimeSpan time, Func<int, CancellationToken, Task<(int Done, string? Fault)>> call, CancellationToken ct)
    {
        var from = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds / 5 * Stopwatch.Frequency);
        var until = from + (long)(time.TotalSeconds * Stopwatch.Frequency);
        var faults = new ConcurrentDictionary<string, int>();
        var total = new LongHistogram(TimeStamp.Minutes(2), 3);
        var done = 0L;
        var calls = 0L;
        await Task.WhenAll(Enumerable.Range(0, inFlight).Select(caller => Task.Run(async () =>
        {
            var own = new LongHistogram(TimeStamp.Minutes(2), 3);
            var ownDone = 0L;
            while (Stopwatch.GetTimestamp() is var begun && begun < until)
            {
                ct.ThrowIfCancellationRequested();
                var (count, fault) = await Guarded(call, caller, ct).ConfigureAwait(false);
                var ended = Stopwatch.GetTimestamp();
                if (begun < from || ended > until)
                {
                    continue;
                }

                if (fault is not null)
                {
                    faults.AddOrUpdate(fault, 1, (_, n) => n + 1);
                    continue;
                }

                own.RecordValue(Math.Min(ended - begun, TimeStamp.Minutes(2)));
                ownDone += count;
            }

            lock (total)
            {
                total.Add(own);
                done += ownDone;
                calls += own.TotalCount;
            }
        }, ct))).ConfigureAwait(false);

        return new Figure(name, done / time.TotalSeconds, Milliseconds(total, 50), Milliseconds(total, 99), calls, faults.Values.Sum(), [.. faults.Select(f => $"{f.Value} × {f.Key}")]);
    }

    private static async Task<(int Done, string? Fault)> Guarded(Func<int, CancellationToken, Task<(int Done, string? Fault)>> call, int caller, CancellationToken ct)
    {
        try
        {
            return await call(caller, ct).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException { InnerException: TimeoutException })
        {
            return (0, e.GetType().Name);
        }
    }

    private static double? Milliseconds(LongHistogram histogram, double percentile) =>
        histogram.TotalCount == 0 ? null : Math.Round(histogram.GetValueAtPercentile(percentile) * 1000.0 / Stopwatch.Frequency, 3);
}
