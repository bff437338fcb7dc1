using System.Text.Json.Nodes;
using FailureHistory.Fhs.Http;
using FailureHistory.Fhs.Output;
using FailureHistory.Fhs.Traces;

namespace FailureHistory.Fhs.Import;

/// <summary>
/// Imports the LANL trace (SPEC 11.4): reads it whole, since records of one outage may be far apart, registers the detector, and sends the
/// observations, some batches at once.
/// </summary>
internal sealed class LanlImport(PatientReporter reporter, Screen screen, bool json, TimeProvider time)
{
    private const int BatchSize = 1000;
    private const int InFlight = 4;
    private const int MostRejectionsShown = 100;

    private readonly ImportTally tally = new();
    private int rejectionsShown;

    /// <summary>Does it; returns what was counted.</summary>
    /// <param name="text">The CSV.</param>
    /// <param name="strict">Whether the first line that can't be used ends it.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="CommandFailure">A line under <paramref name="strict"/>, or the service failed for longer than patience lasts.</exception>
    public async Task<ImportTally> RunAsync(TextReader text, bool strict, CancellationToken cancel)
    {
        var begun = time.GetTimestamp();
        var merger = ReadOutages(text, strict, cancel);
        try
        {
            await reporter.AskAsync(HttpMethod.Put, ServiceAddress.Detector(LanlTrace.Detector), Registration, cancel);
            await new ImportProgress(screen, json, time).RunAsync(tally.Observations, progress => SendAsync(merger, progress, cancel));
        }
        catch (CommandFailure failure)
        {
            throw new CommandFailure(failure.ExitCode, failure.Title, $"{failure.Message}. {HowToGoOn()}");
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            throw new CommandFailure(ExitCode.Failed, "Stopped", $"interrupted before all was sent. {HowToGoOn()}");
        }

        tally.Elapsed = time.GetElapsedTime(begun);
        return tally;
    }

    private static RegistrationShape Registration { get; } = new(
        100, [LanlTrace.Scope], null, "reported", "Failure records of the Los Alamos National Laboratory, 1996-2005 (LA-UR-05-7318)");

    private OutageMerger ReadOutages(TextReader text, bool strict, CancellationToken cancel)
    {
        var merger = new OutageMerger();
        foreach (var outage in LanlTrace.Read(text, line => Skip(line, strict)))
        {
            cancel.ThrowIfCancellationRequested();
            tally.CountRecord();
            merger.Add(outage);
        }

        tally.CountOutages(merger);
        if (!json)
        {
            screen.Note($"read {Wording.Number(tally.Records)} records: {Wording.Number(tally.Outages)} outages of {Wording.Number(tally.Nodes)} nodes");
        }

        return merger;
    }

    private void Skip(SkippedLine line, bool strict)
    {
        var what = line.Came is null ? line.Why : $"{line.Why}: {line.Came}";
        if (strict)
        {
            throw new CommandFailure(ExitCode.Failed, "Line not usable", $"line {line.Line}: {what}; nothing was sent");
        }

        tally.CountSkipped(line);
        Tell(line.Line, "skipped", what);
    }

    private Task SendAsync(OutageMerger merger, Action<int> progress, CancellationToken cancel)
    {
        var batches = merger.Outages.SelectMany(outage => TraceReport.Of(outage, LanlTrace.Detector)).Chunk(BatchSize);
        var options = new ParallelOptions { MaxDegreeOfParallelism = InFlight, CancellationToken = cancel };
        return Parallel.ForEachAsync(batches, options, async (batch, stop) =>
            await reporter.DeliverAsync([.. batch.Select(it => it.Report)], settled => Settle(batch, settled, progress), stop));
    }

    private void Settle(TraceReport[] batch, Settled settled, Action<int> progress)
    {
        tally.Count(settled);
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
        $"{Wording.Number(tally.SettledCount)} of {Wording.Number(tally.Observations)} observations are settled; run the same command again: nothing is stored twice";
}
