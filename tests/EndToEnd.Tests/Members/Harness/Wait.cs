using System.Diagnostics;
using Xunit.Sdk;

namespace FailureHistory.EndToEnd.Tests.Members.Harness;

/// <summary>Waits for a condition, for a bounded time, and tells what was seen instead.</summary>
internal static class Wait
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits until nothing is missing.</summary>
    /// <param name="expected">What is waited for, in words.</param>
    /// <param name="bound">How long at most.</param>
    /// <param name="missing">Null once it is there; else what was seen instead. That nobody listens counts as seen.</param>
    /// <param name="explain">What else to tell when time is up, such as a log.</param>
    public static async Task Until(string expected, TimeSpan bound, Func<Task<string?>> missing, Func<string>? explain = null)
    {
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            var seen = await Look(missing);
            if (seen is null)
            {
                return;
            }

            if (Stopwatch.GetElapsedTime(begun) > bound)
            {
                throw new XunitException($"expected {expected} within {bound.TotalSeconds:0.#} s; seen: {seen}{(explain is null ? "" : "\n" + explain())}");
            }

            // Between two looks; how long in all is bounded above.
            await Task.Delay(Pause);
        }
    }

    private static async Task<string?> Look(Func<Task<string?>> missing)
    {
        try
        {
            return await missing();
        }
        catch (HttpRequestException e)
        {
            return e.Message;
        }
    }
}
