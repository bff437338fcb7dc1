using System.CommandLine;
using System.Globalization;
using System.Text;
using FailureHistory.Core.Time;
using FailureHistory.Fhs.Http;
using FailureHistory.Fhs.Import;
using FailureHistory.Fhs.Output;
using FailureHistory.Fhs.Traces;
using FailureHistory.Simulator.Generation;

namespace FailureHistory.Fhs.Commands;

/// <summary><c>fhs simulate</c>: a made-up fleet with imperfect detectors, from a seed, reported to a running service or written as CSV (R12.1, R12.2).</summary>
internal sealed class SimulateCommand : ServiceCommand
{
    private readonly Option<int?> nodes = new("--nodes") { HelpName = "N", Description = "How many nodes, sim.1 to sim.N (default 100).", CustomParser = Expected.WholeNumberFrom1() };
    private readonly Option<int?> detectors = new("--detectors") { HelpName = "N", Description = "How many detectors, from good to poor (default 3).", CustomParser = Expected.WholeNumberFrom1() };
    private readonly Option<long> seed = new("--seed") { HelpName = "N", Description = "What is drawn follows from it (default 1).", DefaultValueFactory = _ => 1 };
    private readonly Option<string> length = new("--length") { HelpName = "SPAN", Description = "How long the fleet is watched.", DefaultValueFactory = _ => "365d" };
    private readonly Option<string> start = new("--start") { HelpName = "TIME", Description = "When that begins; default so that it ends now. Name it to draw the very same again." };
    private readonly Option<string> up = new("--up") { HelpName = "SPAN", Description = "A node's mean time from a repair to the next failure.", DefaultValueFactory = _ => "60d" };
    private readonly Option<string> down = new("--down") { HelpName = "SPAN", Description = "Its mean time to repair.", DefaultValueFactory = _ => "6h" };

    private readonly Option<string> step = new("--step")
    {
        HelpName = "SPAN",
        Description = "Go in steps of this length, as the paper does (its section 4.3): in each an up node fails with probability step/up, a failed one returns with probability 1/2.",
    };

    private readonly Option<string> target = new("--out") { HelpName = "FILE", Description = "Write CSV that fhs import reads instead of reporting it; - for the standard output." };

    public SimulateCommand(FhsEnvironment environment)
        : base(environment, "simulate", "Makes up a fleet that fails and detectors that err, from a seed, and reports it.",
            "fhs simulate --nodes 1000 --seed 7", "fhs simulate --nodes 50 --length 2h --step 10s --up 5m", "fhs simulate --out made-up.csv --start 2026-01-01")
    {
        foreach (var option in new Option[] { nodes, detectors, seed, length, start, up, down, step, target })
        {
            Add(option);
        }
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancel)
    {
        var watched = PositiveSpan(call, length);
        var begin = Wording.ParseTime("--start", call.Get(start)) ?? Stamp.From(Environment.Time.GetUtcNow()) - watched;
        var models = DetectorModel.Graded(call.Get(detectors) ?? 3);
        var fleet = new FleetGenerator(call.Get(seed), call.Get(nodes) ?? 100, watched, Failures(call), models);
        var reports = Reports(fleet, models[0].Id, begin);
        if (call.Get(target) is { } path)
        {
            await WriteAsync(reports, path, cancel);
            return ExitCode.Done;
        }

        var run = new ImportRun(new PatientReporter(call.Service, TimeSpan.FromSeconds(60), Environment.Time), call.Screen, call.Json, strict: false, Environment.Time);
        run.Tally.Expect(reports.LongCount());
        await run.SendAsync(reports, PatientReporter.ObservationsPath, 4, () => RegisterAsync(models, run, cancel), cancel);
        if (call.Json)
        {
            call.Screen.Json(run.Tally.ToJson());
        }
        else
        {
            run.Tally.Lines().Skip(1).ToList().ForEach(line => call.Screen.Line($"{line.Name,-22}  {line.Value}"));
        }

        return run.Tally.Rejected == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private IFailureProcess Failures(Call call)
    {
        var (meanUp, meanDown) = (PositiveSpan(call, up), PositiveSpan(call, down));
        return call.Get(step) is null ? new RenewalFailures(meanUp, meanDown) : new SteppedFailures(PositiveSpan(call, step), Math.Min(1, PositiveSpan(call, step) / meanUp));
    }

    private static TimeSpan PositiveSpan(Call call, Option<string> option) => Wording.ParseSpan(option.Name, call.Get(option)!) is var span && span > TimeSpan.Zero
        ? span
        : throw CommandFailure.WrongUsage($"{option.Name} is '{call.Get(option)}'; expected a span above zero");

    // A join that names no detector would be stamped on arrival (R2.3).
    private static IEnumerable<TraceReport> Reports(FleetGenerator fleet, string joins, Stamp begin) => fleet.Reports().Select((report, i) =>
    {
        var (node, kind, at) = (string.Create(CultureInfo.InvariantCulture, $"sim.{report.Node + 1}"), report.Kind.ToString().ToLowerInvariant(), begin + report.At);
        return new TraceReport(i + 1, new ReportShape
        {
            Id = TraceReport.IdOf(node, kind, at), Node = node, Kind = kind, Detector = report.Detector ?? joins, At = at.ToString(),
            Reason = report.IsFalse ? "a false alarm" : null,
        });
    });

    private static async Task RegisterAsync(IReadOnlyList<DetectorModel> models, ImportRun run, CancellationToken cancel)
    {
        foreach (var model in models)
        {
            await run.Reporter.AskAsync(
                HttpMethod.Put, ServiceAddress.Detector(model.Id), new RegistrationShape(model.Accuracy, ["sim.*"], null, "reported", "a simulated detector"), cancel);
        }
    }

    private async Task WriteAsync(IEnumerable<TraceReport> reports, string path, CancellationToken cancel)
    {
        var text = path == "-" ? Environment.Output : new StreamWriter(path, append: false, new UTF8Encoding(false));
        try
        {
            await text.WriteAsync(CsvRows.Header + "\n");
            var line = new StringBuilder();
            foreach (var (_, it) in reports)
            {
                CsvRows.Append(line.Clear(), new StoredShape(it.Id, it.Node, null, it.Detector, it.Kind, it.At!, it.At!, null, it.Reason, null, null, null, null, null));
                await text.WriteAsync(line, cancel);
            }

            await text.FlushAsync(cancel);
        }
        finally
        {
            if (path != "-")
            {
                await text.DisposeAsync();
            }
        }
    }
}
