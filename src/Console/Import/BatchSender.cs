using FailureHistory.Fhs.Http;
using FailureHistory.Fhs.Traces;

namespace FailureHistory.Fhs.Import;

/// <summary>
/// Sends reports in batches, several at once where the source stands node by node: a batch that goes on with the node of the one before waits
/// for it, so that a node's reports arrive in their order.
/// </summary>
/// <param name="reporter">Delivers a batch.</param>
/// <param name="inFlight">How many batches at once; 1 keeps the order of all reports.</param>
internal sealed class BatchSender(PatientReporter reporter, int inFlight)
{
    public const int BatchSize = 1000;

    // A batch may have 8 MiB (R2.8); JSON may take six bytes for a character.
    private const int BatchChars = 1_000_000;

    /// <summary>Sends all; ends at the first batch that fails for good, when those under way are over.</summary>
    /// <param name="reports">In the order to send.</param>
    /// <param name="path">The path to post to.</param>
    /// <param name="settled">Is told what became of each batch, bit by bit, from any thread.</param>
    /// <param name="cancel">Stops it.</param>
    public async Task SendAsync(IEnumerable<TraceReport> reports, string path, Action<TraceReport[], Settled> settled, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var running = new List<Task>();
        var last = Task.CompletedTask;
        string? lastNode = null;
        try
        {
            foreach (var batch in Batches(reports))
            {
                cancel.ThrowIfCancellationRequested();
                var before = batch[0].Report.Node == lastNode ? last : Task.CompletedTask;
                last = DeliverAsync(batch, before, path, settled, stop.Token);
                lastNode = batch[^1].Report.Node;
                running.Add(last);
                while (running.Count >= inFlight)
                {
                    var done = await Task.WhenAny(running);
                    running.Remove(done);
                    await done;
                }
            }

            await Task.WhenAll(running);
        }
        catch
        {
            await stop.CancelAsync();
            await Task.WhenAll(running).ContinueWith(static _ => { }, TaskScheduler.Default);
            throw;
        }
    }

    private async Task DeliverAsync(TraceReport[] batch, Task before, string path, Action<TraceReport[], Settled> settled, CancellationToken stop)
    {
        await before;
        await reporter.DeliverAsync(path, [.. batch.Select(it => it.Report)], what => settled(batch, what), stop);
    }

    private static IEnumerable<TraceReport[]> Batches(IEnumerable<TraceReport> reports)
    {
        var batch = new List<TraceReport>(BatchSize);
        var chars = 0;
        foreach (var report in reports)
        {
            batch.Add(report);
            chars += report.Report.Length;
            if (batch.Count == BatchSize || chars > BatchChars)
            {
                yield return [.. batch];
                batch.Clear();
                chars = 0;
            }
        }

        if (batch.Count > 0)
        {
            yield return [.. batch];
        }
    }
}
