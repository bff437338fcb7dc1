namespace FailureHistory.Fhs.Import;

/// <summary>
/// Waits longer and longer between attempts, until there has been no progress for as long as one is patient. Patience counts from the last
/// progress, so that an import of hours is not given up for pauses that add up.
/// </summary>
/// <param name="patience">How long without progress.</param>
/// <param name="time">The clock.</param>
/// <param name="shortest">The first wait, or null for 100 ms.</param>
internal sealed class Backoff(TimeSpan patience, TimeProvider time, TimeSpan? shortest = null)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private long stuckSince = time.GetTimestamp();
    private TimeSpan next = shortest ?? Shortest;

    /// <summary>Something was achieved: patience is whole again.</summary>
    public void Progressed()
    {
        stuckSince = time.GetTimestamp();
        next = shortest ?? Shortest;
    }

    /// <summary>Waits before the next attempt; false at once when patience has run out.</summary>
    /// <param name="asked">The wait that the service asked for, or null.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task<bool> WaitAsync(TimeSpan? asked, CancellationToken cancel)
    {
        var left = patience - time.GetElapsedTime(stuckSince);
        if (left <= TimeSpan.Zero)
        {
            return false;
        }

        var wait = asked > next ? asked.Value : next;
        next = next * 2 < Longest ? next * 2 : Longest;
        // What the service asked for, or a little more each time: it is not to be overrun while it recovers.
        await Task.Delay(wait < left ? wait : left, time, cancel);
        return true;
    }
}
