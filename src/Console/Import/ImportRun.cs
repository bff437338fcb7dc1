using System.Text.Json.Nodes;
using FailureHistory.Fhs.Http;
using FailureHistory.Fhs.Output;
using FailureHistory.Fhs.Traces;

namespace FailureHistory.Fhs.Import;

/// <summary>What all imports have in common: counting, telling of lines, sending, and saying how to go on when it fails half-way.</summary>
/// <param name="reporter">Hands in reports.</param>
/// <param name="screen">Where it tells of lines and progress.</param>
/// <param name="json">Whether a program reads it.</param>
/// <param name="strict">Whether the first line that can't be used ends it.</param>
/// <param name="time">The clock that rates are measured by.</param>
internal sealed class ImportRun(PatientReporter reporter, Screen screen, bool json, bool strict, TimeProvider time)
{
    private const int MostRejectionsShown = 100;

    private readonly long begun = time.GetTimestamp();
    private int rejectionsShown;

    public PatientReporter Reporter => reporter;

    public ImportTally Tally { get; } = new();

    /// <summary>A line can't be used.</summary>
    /// <exception cref="CommandFailure">It is a strict run.</exception>
    public void Skip(SkippedLine line)
    {
        var what = line.Came is null ? line.Why : $"{line.Why}: {line.Came}";
        if (strict)
        {
            throw new CommandFailure(
                ExitCode.Failed, "Line not usable", $"line {line.Line}: {what}; {(Tally.SettledCount == 0 ? "nothing was sent" : HowToGoOn())}");
        }

        Tally.CountSkipped(line);
        Tell(line.Line, "skipped", what);
    }

    /// <summary>Tells people something beside the answer.</summary>
    public void Note(string text)
    {
        if (json)
        {
            screen.NoteJson(new JsonObject { ["note"] = text }.ToJsonString(Shapes.Json));
        }
        else
        {
            screen.Note(text);
        }
    }

    /// <summary>Tells people how far it is; programs wait for the counts.</summary>
    public void NoteProgress(string text)
    {
        if (!json)
        {
            screen.Note(text);
        }
    }

    /// <summary>Sends reports with progress, and ends the counting of time.</summary>
    /// <param name="reports">In the order to send.</param>
    /// <param name="path">The path to post to.</param>
    /// <param name="inFlight">How many batches at once.</param>
    /// <param name="before">What is done first, such as registering a detector; or null.</param>
    /// <param name="cancel">Stops it.</param>
    public async Task SendAsync(IEnumerable<TraceReport> reports, string path, int inFlight, Func<Task>? before, CancellationToken cancel)
    {
        try
        {
            await (before?.Invoke() ?? Task.CompletedTask);
            await new ImportProgress(screen, json, time).RunAsync(
                Tally.Observations,
                progress => new BatchSender(reporter, inFlight).SendAsync(reports, path, (batch, settled) => Settle(batch, settled, progress), cancel));
        }
        catch (CommandFailure failure) when (failure.Title != "Line not usable")
        {
            throw new CommandFailure(failure.ExitCode, failure.Title, $"{failure.Message}. {HowToGoOn()}");
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            throw new CommandFailure(ExitCode.Failed, "Stopped", $"interrupted before all was sent. {HowToGoOn()}");
        }

        Tally.Elapsed = time.GetElapsedTime(begun);
    }

    private void Settle(TraceReport[] batch, Settled settled, Action<int> progress)
    {
        Tally.Count(settled);
        progress(settled.Count);
        foreach (var rejection in settled.Rejected)
        {
            if (Interlocked.Increment(ref rejectionsShown) is var shown && shown <= MostRejectionsShown)
            {
                var (line, report) = batch[rejection.Index];
                Tell(line, "rejected", $"{report.Kind} of {report.Node} at {report.At}: {rejection.Error}");
            }
        }
    }

    private void Tell(long line, string fate, string what)
    {
        if (json)
        {
            screen.NoteJson(new JsonObject { ["line"] = line, [fate] = what }.ToJsonString(Shapes.Json));
        }
        else
        {
            screen.Note($"line {line}: {fate}, {what}");
        }
    }

    private string HowToGoOn() =>
        $"{Wording.Number(Tally.SettledCount)}{(Tally.Observations is { } all ? $" of {Wording.Number(all)}" : "")} observations are settled; run the same command again: nothing is stored twice";
}
