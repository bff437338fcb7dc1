using System.CommandLine;
using System.IO.Compression;
using System.Text;
using FailureHistory.Fhs.Export;
using FailureHistory.Fhs.Import;
using FailureHistory.Fhs.Output;

namespace FailureHistory.Fhs.Commands;

/// <summary><c>fhs export</c>: writes the raw observations as CSV (SPEC 11.4), what <c>fhs import --format csv --restore</c> plays back.</summary>
internal sealed class ExportCommand : ServiceCommand
{
    private readonly Argument<string[]> nodes = NodeArgument.CreateMany("Names, ids, or globs of names; default everything. A machine is exported under all its ids.");
    private readonly Option<string> target = new("--out") { HelpName = "FILE", Description = "Where to write, gzip where it ends in .gz; default the standard output." };
    private readonly Option<string> from = new("--from") { HelpName = "TIME", Description = "Only what happened at or after, such as 2026-01-31T12:00:00Z." };
    private readonly Option<string> to = new("--to") { HelpName = "TIME", Description = "Only what happened before." };

    private readonly Option<string> patience = new("--patience")
    {
        HelpName = "SPAN",
        Description = "How long to keep trying while nothing gets through.",
        DefaultValueFactory = _ => "60s",
    };

    public ExportCommand(FhsEnvironment environment)
        : base(environment, "export", "Writes the raw observations as CSV, as a majority of the replicas holds them: a backup that import --restore plays back.",
            "fhs export --out backup.csv.gz", "fhs export 'gpu-*' n17 --from 2026-01-01 > january.csv")
    {
        Add(nodes);
        Add(target);
        Add(from);
        Add(to);
        Add(patience);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancel)
    {
        var span = Wording.ParseSpan("--patience", call.Get(patience)!);
        var export = new HistoryExport(
            new PatientReporter(call.Service, span, Environment.Time), new PatientReporter(call.Service, TimeSpan.FromSeconds(1), Environment.Time),
            Wording.ParseTime("--from", call.Get(from)), Wording.ParseTime("--to", call.Get(to)), call.Screen, call.Json, Environment.Time);
        var found = await export.FindAsync(call.Get(nodes), span, cancel);
        if (call.Get(target) is { } path)
        {
            await WriteFileAsync(export, found, path, call.Screen, cancel);
        }
        else
        {
            await export.WriteAsync(found, Environment.Output, cancel);
        }

        Show(call, export.Tally, call.Get(target) is not null);
        return export.Tally.IsComplete ? ExitCode.Done : ExitCode.Failed;
    }

    // Whoever writes over the last backup keeps it until the new one is whole.
    private static async Task WriteFileAsync(HistoryExport export, IReadOnlyList<ExportedId> found, string path, Screen screen, CancellationToken cancel)
    {
        var part = path + ".part";
        var text = Open(part, path);
        try
        {
            await using (text)
            {
                await export.WriteAsync(found, text, cancel);
            }
        }
        catch
        {
            File.Delete(part);
            throw;
        }

        if (export.Tally.IsComplete)
        {
            File.Move(part, path, overwrite: true);
        }
        else
        {
            screen.Note($"{path} is left as it was; what could be read is in {part}");
        }
    }

    private static StreamWriter Open(string part, string path)
    {
        Stream file = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None, 64 * 1024);
        return new StreamWriter(path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionLevel.Optimal) : file, new UTF8Encoding(false), 64 * 1024);
    }

    // Beside the data, where that goes to the standard output.
    private static void Show(Call call, ExportTally tally, bool toFile)
    {
        if (!call.Json)
        {
            tally.Lines().ToList().ForEach(call.Screen.Note);
        }
        else if (toFile)
        {
            call.Screen.Json(tally.ToJson());
        }
        else
        {
            call.Screen.NoteJson(tally.ToJson());
        }
    }
}
