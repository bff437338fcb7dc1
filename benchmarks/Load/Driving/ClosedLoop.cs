using System.Collections.Concurrent;
using System.Diagnostics;
using FailureHistory.Load.Results;
using HdrHistogram;

namespace FailureHistory.Load.Driving;

/// <summary>
/// So many callers, each of whom asks again as soon as it is answered. Times are those of whole calls, from before the first byte to the answer
/// read; a closed loop slows down with what it measures, so that its percentiles say nothing about a rate that comes from outside.
/// </summary>
internal static class ClosedLoop
{
    /// <summary>Runs the callers for a while that does not count, and then for the time that does: what was answered within it is counted.</summary>
    /// <param name="name">What is measured.</param>
    /// <param name="inFlight">How many callers.</param>
    /// <param name="time">How long.</param>
    /// <param name="cpu">Processor time so far.</param>
    /// <param name="call">One call of one caller: how many things it did, and what went wrong.</param>
    /// <param name="ct">Ends it.</param>
    public static async Task<Figure> Run(string name, int inFlight, TimeSpan time, Func<Cpu> cpu, Func<int, CancellationToken, Task<(int Done, string? Fault)>> call, CancellationToken ct)
    {
        var from = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds / 5 * Stopwatch.Frequency);
        var until = from + (long)(time.TotalSeconds * Stopwatch.Frequency);
        var faults = new ConcurrentDictionary<string, int>();
        var times = new Times();
        var done = 0L;
        var callers = Enumerable.Range(0, inFlight).Select(caller => Task.Run(async () =>
        {
            while (Stopwatch.GetTimestamp() is var begun && begun < until)
            {
                ct.ThrowIfCancellationRequested();
                var (count, fault) = await Guarded(call, caller, ct).ConfigureAwait(false);
                var ended = Stopwatch.GetTimestamp();
                if (ended < from || ended > until)
                {
                    continue;
                }

                if (fault is not null)
                {
                    faults.AddOrUpdate(fault, 1, (_, n) => n + 1);
                    continue;
                }

                times.Add(ended - begun);
                Interlocked.Add(ref done, count);
            }
        }, ct)).ToArray();

        // The warming up and the measurement are times that pass while the callers call.
        await Task.Delay(Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), from) is { Ticks: > 0 } warm ? warm : TimeSpan.Zero, ct).ConfigureAwait(false);
        var before = cpu();
        await Task.Delay(Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), until) is { Ticks: > 0 } rest ? rest : TimeSpan.Zero, ct).ConfigureAwait(false);
        var used = cpu().Since(before);
        await Task.WhenAll(callers).ConfigureAwait(false);
        return new Figure(name, done / time.TotalSeconds, Units.PerSecond)
        {
            P50Ms = times.Milliseconds(50),
            P99Ms = times.Milliseconds(99),
            Calls = times.Count,
            Errors = faults.Values.Sum(),
            Faults = [.. faults.Select(f => $"{f.Value} × {f.Key}")],
            MembersCores = used.Members,
            DriverCores = used.Driver,
        };
    }

    private static async Task<(int Done, string? Fault)> Guarded(Func<int, CancellationToken, Task<(int Done, string? Fault)>> call, int caller, CancellationToken ct)
    {
        try
        {
            return await call(caller, ct).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException { InnerException: TimeoutException } or Akka.Actor.AskTimeoutException)
        {
            return (0, e.GetType().Name);
        }
    }
}

/// <summary>How long calls took, of any number of threads.</summary>
internal sealed class Times
{
    private readonly LongHistogram histogram = new(TimeStamp.Minutes(2), 3);
    private readonly Lock gate = new();

    public long Count => histogram.TotalCount;

    /// <summary>Adds a call's time, in a stopwatch's units.</summary>
    public void Add(long time)
    {
        lock (gate)
        {
            histogram.RecordValue(Math.Clamp(time, 0, TimeStamp.Minutes(2)));
        }
    }

    public double? Milliseconds(double percentile)
    {
        lock (gate)
        {
            return histogram.TotalCount == 0 ? null : Math.Round(histogram.GetValueAtPercentile(percentile) * 1000.0 / Stopwatch.Frequency, 3);
        }
    }
}
