using FailureHistory.Fhs.Http;
using FailureHistory.Fhs.Traces;

namespace FailureHistory.Fhs.Import;

/// <summary>
/// Imports our own CSV as reports (SPEC 11.4), streamed in the order of the file and one batch after the other, since the service stamps
/// whatever has no time of its own in the order of its arrival (R2.3). A file is read through once before, so that its size is known and
/// <c>--strict</c> stops before anything is sent; the standard input can't be.
/// </summary>
internal sealed class CsvImport(ImportRun run)
{
    // Whoever has more is told of the first ones.
    private const int MostDetectors = 1000;

    private readonly HashSet<string> detectors = new(StringComparer.Ordinal);
    private bool hasNone;

    /// <summary>Does it.</summary>
    /// <param name="first">The text.</param>
    /// <param name="open">Opens it once more; null for the standard input.</param>
    /// <param name="cancel">Stops it.</param>
    public async Task RunAsync(TextReader first, Func<Task<StreamReader>>? open, CancellationToken cancel)
    {
        var count = 0L;
        if (open is not null)
        {
            foreach (var report in Read(first, run.Skip, cancel))
            {
                run.Tally.CountRecord();
                count++;
            }

            run.Tally.Expect(count);
            await TellOfStampsAsync(cancel);
            using var again = await open();
            await run.SendAsync(Read(again, _ => { }, cancel), PatientReporter.ObservationsPath, 1, null, cancel);
        }
        else
        {
            await run.SendAsync(Counted(Read(first, run.Skip, cancel)), PatientReporter.ObservationsPath, 1, null, cancel);
            await TellOfStampsAsync(cancel);
        }
    }

    private IEnumerable<TraceReport> Counted(IEnumerable<TraceReport> reports)
    {
        foreach (var report in reports)
        {
            run.Tally.CountRecord();
            yield return report;
        }
    }

    private IEnumerable<TraceReport> Read(TextReader text, Action<SkippedLine> skipped, CancellationToken cancel)
    {
        foreach (var report in CsvTrace.Read(text, restore: false, skipped))
        {
            cancel.ThrowIfCancellationRequested();
            hasNone |= report.Report.Detector is null;
            if (report.Report.Detector is { } detector && detectors.Count < MostDetectors)
            {
                detectors.Add(detector);
            }

            yield return report;
        }
    }

    // R2.3: only a detector registered so supplies its own time; whoever imports a trace wants to know before.
    private async Task TellOfStampsAsync(CancellationToken cancel)
    {
        var reply = await run.Reporter.AskAsync(HttpMethod.Get, "/v1/detectors", null, cancel);
        var own = (reply.Read<DetectorsShape>().Detectors ?? []).Where(it => it.Timestamps == "reported").Select(it => it.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var detector in detectors.Except(own).Order(StringComparer.Ordinal))
        {
            run.Note($"detector {detector} is not registered with --timestamps reported: its observations are stamped on arrival, the file's times are kept beside");
        }

        if (hasNone)
        {
            run.Note("observations without a detector are stamped on arrival, the file's times are kept beside");
        }
    }
}
