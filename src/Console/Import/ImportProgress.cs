using FailureHistory.Fhs.Output;
using Spectre.Console;

namespace FailureHistory.Fhs.Import;

/// <summary>Shows how far the sending is: a bar on a terminal, a line every two seconds elsewhere, nothing for programs.</summary>
/// <param name="screen">Where to.</param>
/// <param name="json">Whether a program reads it.</param>
/// <param name="time">The clock that rates are measured by.</param>
/// <param name="unit">What is counted, where it is not observations that are sent.</param>
internal sealed class ImportProgress(Screen screen, bool json, TimeProvider time, string? unit = null)
{
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(2);

    /// <summary>Runs the work; it calls back with how many more are settled, from any thread.</summary>
    public Task RunAsync(long? total, Func<Action<int>, Task> work) => (json, screen.ErrorIsTerminal) switch
    {
        (true, _) => work(_ => { }),
        (false, true) => RunWithBarAsync(total, work),
        (false, false) => RunWithLinesAsync(total, work),
    };

    private Task RunWithBarAsync(long? total, Func<Action<int>, Task> work)
    {
        var begun = time.GetTimestamp();
        var done = 0L;
        return screen.Error.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async bar =>
            {
                var task = bar.AddTask(unit is null ? "sending" : "reading", maxValue: Math.Max(1, total ?? 1));
                await work(count =>
                {
                    task.Description = Say(Interlocked.Add(ref done, count), total, begun);
                    task.IsIndeterminate = total is null;
                    task.Increment(total is null ? 0 : count);
                });
            });
    }

    private Task RunWithLinesAsync(long? total, Func<Action<int>, Task> work)
    {
        var begun = time.GetTimestamp();
        var said = begun;
        var done = 0L;
        var gate = new Lock();
        return work(count =>
        {
            lock (gate)
            {
                done += count;
                if (time.GetElapsedTime(said) >= LineInterval || done == total)
                {
                    said = time.GetTimestamp();
                    screen.Note(Say(done, total, begun));
                }
            }
        });
    }

    private string Say(long done, long? total, long begun)
    {
        var seconds = time.GetElapsedTime(begun).TotalSeconds;
        var rate = seconds > 0 ? done / seconds : 0;
        var left = total is { } all && done > 0 && done < all ? $", {Wording.Span(TimeSpan.FromSeconds(Math.Ceiling((all - done) / rate)))} left" : "";
        return $"{(unit is null ? "sent" : "read")} {Wording.Number(done)}{(total is { } of ? $" of {Wording.Number(of)}" : "")}{(unit is null ? "" : " " + unit)} ({Wording.Number(Math.Round(rate))}/s{left})";
    }
}
