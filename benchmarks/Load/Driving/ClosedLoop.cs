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
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(90);

    /// <summary>
    /// Runs the callers until they are warm, which does not count, and then for the time that does: what was answered within it is counted. Where calls are so slow
    /// that fewer than are in flight have ended by then, it goes on until so many have: a rate of which the slow half is left out would be none.
    /// </summary>
    /// <param name="name">What is measured.</param>
    /// <param name="inFlight">How many callers.</param>
    /// <param name="time">How long.</param>
    /// <param name="warm">Ends when what is measured is as fast as it gets.</param>
    /// <param name="cpu">Processor time so far.</param>
    /// <param name="call">One call of one caller: how many things it did, and what went wrong.</param>
    /// <param name="ct">Ends it.</param>
    public static async Task<Figure> Run(string name, int inFlight, TimeSpan time, Func<CancellationToken, Task> warm, Func<Cpu> cpu, Func<int, CancellationToken, Task<(int Done, string? Fault)>> call, CancellationToken ct)
    {
        var tally = new Tally(inFlight);
        var callers = Enumerable.Range(0, inFlight).Select(caller => Task.Run(async () =>
        {
            while (!tally.IsOver)
            {
                ct.ThrowIfCancellationRequested();
                var begun = Stopwatch.GetTimestamp();
                var (count, fault) = await Guarded(call, caller, ct).ConfigureAwait(false);
                tally.Add(Stopwatch.GetTimestamp() - begun, count, fault);
            }
        }, ct)).ToArray();

        try
        {
            await warm(ct).ConfigureAwait(false);
            var before = cpu();
            tally.Begin();
            // The measurement is a time that passes while the callers call.
            await Task.Delay(time, ct).ConfigureAwait(false);
            await Task.WhenAny(tally.EnoughEnded, Task.Delay(Longest, ct)).ConfigureAwait(false);
            var used = cpu().Since(before);
            return tally.End(new Figure(name, 0, Units.PerSecond) { MembersCores = used.Members, DriverCores = used.Driver }, used.Seconds);
        }
        finally
        {
            tally.Stop();
            await Task.WhenAll(callers).ConfigureAwait(false);
        }
    }

    /// <summary>Warm after a fifth of the time that is measured, in which the callers call.</summary>
    public static Func<CancellationToken, Task> AFifthOf(TimeSpan time) => ct => Task.Delay(time / 5, ct);

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

/// <summary>What the calls of one figure came to.</summary>
internal sealed class Tally(int inFlight)
{
    private readonly ConcurrentDictionary<string, int> faults = new();
    private readonly TaskCompletionSource enough = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Times times = new();
    private long done;
    private int ended;
    private volatile bool counts;

    public bool IsOver => isOver;

    private volatile bool isOver;

    /// <summary>Ends once as many calls have ended, well or not, as are in flight.</summary>
    public Task EnoughEnded => enough.Task;

    /// <summary>From now on it counts.</summary>
    public void Begin() => counts = true;

    /// <summary>No more calls.</summary>
    public void Stop() => isOver = true;

    public void Add(long time, int count, string? fault)
    {
        if (!counts || isOver)
        {
            return;
        }

        if (fault is null)
        {
            times.Add(time);
            Interlocked.Add(ref done, count);
        }
        else
        {
            faults.AddOrUpdate(fault, 1, (_, n) => n + 1);
        }

        if (Interlocked.Increment(ref ended) == inFlight)
        {
            enough.TrySetResult();
        }
    }

    /// <summary>No more calls, and what they came to.</summary>
    public Figure End(Figure figure, double seconds)
    {
        Stop();
        return figure with
        {
            Value = Interlocked.Read(ref done) / seconds,
            P50Ms = times.Milliseconds(50),
            P99Ms = times.Milliseconds(99),
            Calls = times.Count,
            Errors = faults.Values.Sum(),
            Faults = [.. faults.Select(f => $"{f.Value} × {f.Key}")],
        };
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
