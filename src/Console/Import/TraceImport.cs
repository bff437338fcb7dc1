using FailureHistory.Fhs.Http;
using FailureHistory.Fhs.Output;
using FailureHistory.Fhs.Traces;

namespace FailureHistory.Fhs.Import;

/// <summary>
/// Imports a trace of outages (SPEC 11.4). Records of one outage may be far apart in the file, so it is sorted by node and time first, on disk
/// where it is large: one pass reads and sorts, one counts, one sends, and memory does not grow with the file.
/// </summary>
internal sealed class TraceImport(TraceFormat format, ImportRun run)
{
    private const int InFlight = 4;

    /// <summary>Does it.</summary>
    /// <param name="text">The trace.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="CommandFailure">A line under <c>--strict</c>, or the service failed for longer than patience lasts.</exception>
    public async Task RunAsync(TextReader text, CancellationToken cancel)
    {
        using var spans = new SpillSort<TraceSpan>(SpanOrder.Instance, SpanSpill.Instance);
        foreach (var span in format.Read(text, run.Skip))
        {
            cancel.ThrowIfCancellationRequested();
            run.Tally.CountRecord();
            spans.Add(span);
        }

        run.Tally.CountOutages(Outages.Of(spans.InOrder()), cancel);
        run.NoteProgress($"read {Wording.Number(run.Tally.Records)} records: {Wording.Number(run.Tally.Outages)} outages of {Wording.Number(run.Tally.Nodes)} nodes");
        var reports = Outages.Of(spans.InOrder()).SelectMany(span => TraceReport.Of(span, format.Detector));
        await run.SendAsync(reports, PatientReporter.ObservationsPath, InFlight, () => RegisterAsync(cancel), cancel);
    }

    private Task RegisterAsync(CancellationToken cancel) => run.Reporter.AskAsync(
        HttpMethod.Put, ServiceAddress.Detector(format.Detector), new RegistrationShape(100, [format.Scope], null, "reported", format.Description), cancel);
}
