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
        HelpName = "lanl",
        Description = "lanl: the LANL failure records 1996-2005 (LA-UR-05-7318), a CSV.",
    }.OneOf("lanl");

    private readonly Option<bool> strict = new("--strict") { Description = "Stop at the first line that can't be used, before anything is sent." };

    private readonly Option<string> patience = new("--patience")
    {
        HelpName = "SPAN",
        Description = "How long to keep trying while nothing gets through.",
        DefaultValueFactory = _ => "60s",
    };

    public ImportCommand(FhsEnvironment environment)
        : base(environment, "import", "Imports a trace of real failures; may be run again, nothing is stored twice.",
            "fhs import LA-UR-05-7318-failure-data-1996-2005.csv.gz --format lanl", "xz -dc failures.csv.xz | fhs import - --format lanl")
    {
        Add(file);
        Add(format);
        Add(strict);
        Add(patience);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancel)
    {
        var reporter = new PatientReporter(call.Service, Wording.ParseSpan("--patience", call.Get(patience)!), Environment.Time);
        using var text = await TraceFile.OpenAsync(call.Get(file), Environment.OpenInput, cancel);
        var tally = await new LanlImport(reporter, call.Screen, call.Json, Environment.Time).RunAsync(text, call.Get(strict), cancel);
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
}
