using System.CommandLine;
using FailureHistory.Fhs.Import;
using FailureHistory.Fhs.Output;
using FailureHistory.Fhs.Traces;

namespace FailureHistory.Fhs.Commands;

/// <summary><c>fhs import FILE</c>: reports what a trace of real failures holds (SPEC 11.4).</summary>
internal sealed class ImportCommand : ServiceCommand
{
    private readonly Argument<string> file = new("FILE") { Description = "The trace, plain or gzip; - for the standard input." };

    private readonly Option<string> format = new Option<string>("--format")
    {
        Required = true,
        HelpName = "lanl|fta|csv|detectors",
        Description = "lanl: the LANL failure records 1996-2005 (LA-UR-05-7318). fta: an event_trace.tab of the Failure Trace Archive. csv: what fhs export writes. "
            + "detectors: what fhs detectors --json prints.",
    }.OneOf("lanl", "fta", "csv", "detectors");

    private readonly Option<bool> restore = new("--restore") { Description = "csv: keep times, accuracies and totals as they are in the file, as a backup is played back." };

    private readonly Option<bool> strict = new("--strict") { Description = "Stop at the first line that can't be used, before anything is sent." };

    private readonly Option<string> patience = new("--patience")
    {
        HelpName = "SPAN",
        Description = "How long to keep trying while nothing gets through.",
        DefaultValueFactory = _ => "60s",
    };

    public ImportCommand(FhsEnvironment environment)
        : base(environment, "import", "Imports a trace of real failures; may be run again, nothing is stored twice.",
            "fhs import LA-UR-05-7318-failure-data-1996-2005.csv.gz --format lanl", "fhs import event_trace.tab.gz --format fta",
            "xz -dc failures.csv.xz | fhs import - --format lanl", "fhs import backup.csv.gz --format csv --restore")
    {
        Add(file);
        Add(format);
        Add(restore);
        Add(strict);
        Add(patience);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancel)
    {
        var (path, kind) = (call.Get(file), call.Get(format));
        if (call.Get(restore) && kind != "csv")
        {
            throw CommandFailure.WrongUsage($"--restore is for --format csv, what fhs export writes; --format is {kind}");
        }

        var reporter = new PatientReporter(call.Service, Wording.ParseSpan("--patience", call.Get(patience)!), Environment.Time);
        var run = new ImportRun(reporter, call.Screen, call.Json, call.Get(strict), Environment.Time);
        using var text = await TraceFile.OpenAsync(path, Environment.OpenInput, cancel);
        if (kind == "detectors")
        {
            var count = await new DetectorsImport(run).RunAsync(text, cancel);
            call.Screen.Line(call.Json ? $"{{\"registered\":{count}}}" : $"{count} detector{(count == 1 ? " is" : "s are")} registered");
            return ExitCode.Done;
        }

        await (kind switch
        {
            "lanl" => new TraceImport(TraceFormat.Lanl, run).RunAsync(text, cancel),
            "fta" => new TraceImport(TraceFormat.Fta, run).RunAsync(text, cancel),
            _ when call.Get(restore) => new RestoreImport(run).RunAsync(text, cancel),
            _ => new CsvImport(run).RunAsync(text, CanReadAgain(path) ? () => TraceFile.OpenAsync(path, Environment.OpenInput, cancel) : null, cancel),
        });
        var tally = run.Tally;
        if (call.Json)
        {
            call.Screen.Json(tally.ToJson());
        }
        else
        {
            var width = tally.Lines().Max(line => line.Name.Length);
            foreach (var (name, value) in tally.Lines())
            {
                call.Screen.Line($"{name.PadRight(width)}  {value}");
            }
        }

        return tally.Rejected == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    // Neither the standard input nor a pipe.
    private static bool CanReadAgain(string path) => path != "-" && (File.GetAttributes(path) & FileAttributes.Device) == 0 && new FileInfo(path).Length > 0;
}
