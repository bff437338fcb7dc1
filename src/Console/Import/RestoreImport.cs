using FailureHistory.Fhs.Traces;

namespace FailureHistory.Fhs.Import;

/// <summary>
/// Restores what <c>fhs export</c> wrote, as it is (SPEC 11.4): stamps, accuracies and totals are those of the file. Sorted by node, the latest
/// first, on disk where it is large.
/// </summary>
internal sealed class RestoreImport(ImportRun run)
{
    public const string Path = PatientReporter.ObservationsPath + "?restore=true";
    private const int InFlight = 4;

    /// <summary>Does it.</summary>
    public async Task RunAsync(TextReader text, CancellationToken cancel)
    {
        using var sorted = new SpillSort<RestoredReport>(NewestFirst.Instance, RestoredSpill.Instance);
        foreach (var report in CsvTrace.Read(text, restore: true, run.Skip))
        {
            cancel.ThrowIfCancellationRequested();
            run.Tally.CountRecord();
            sorted.Add(RestoredReport.Of(report));
        }

        run.Tally.Expect(sorted.Count);
        await run.SendAsync(sorted.InOrder().Select(item => item.Report), Path, InFlight, null, cancel);
    }
}
