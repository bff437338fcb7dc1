using FailureHistory.Fhs.Http;
using FailureHistory.Fhs.Import;

namespace FailureHistory.Fhs.Watch;

/// <summary>
/// Follows a subscription (R8.1) over as many connections as it takes: each begins after the last event that was printed (R8.3), at whichever
/// member of the list answers.
/// </summary>
internal sealed class Watcher(ServiceClient service, WatchPrinter printer, TimeProvider time)
{
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(250);

    /// <summary>Watches until so many crossings are printed.</summary>
    /// <param name="path">Path and query of the subscription.</param>
    /// <param name="lastId">The id of the last event seen earlier, or null.</param>
    /// <param name="count">How many crossings to wait for, or null for no end.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="CommandFailure">The service refuses the subscription, or no member answered the first time.</exception>
    public async Task RunAsync(string path, string? lastId, int? count, CancellationToken cancel)
    {
        var backoff = new Backoff(TimeSpan.MaxValue, time, ShortestWait);
        var left = count;
        var isFirst = true;
        while (true)
        {
            string why;
            TimeSpan? asked = null;
            try
            {
                using var stream = await service.OpenStreamAsync(path, lastId, time, cancel);
                printer.Connected(stream.Member, again: !isFirst);
                isFirst = false;
                await foreach (var item in stream.ReadAsync(cancel))
                {
                    backoff.Progressed();
                    printer.Print(item);
                    lastId = item.EventId ?? lastId;
                    if (item.EventType == WatchPrinter.Crossing && --left == 0)
                    {
                        return;
                    }
                }

                why = $"{stream.Member} ended the stream";
            }
            catch (StreamBrokenException e)
            {
                why = $"the connection broke: {e.Message}";
            }
            catch (NotOpenedException e)
            {
                if (isFirst)
                {
                    throw e.Failure;
                }

                (why, asked) = (e.Message, e.RetryAfter);
            }

            service.PreferNext();
            printer.Lost(why, lastId);
            await backoff.WaitAsync(asked, cancel);
        }
    }
}
