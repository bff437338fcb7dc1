using System.CommandLine;
using FailureHistory.Fhs.Http;
using FailureHistory.Fhs.Import;
using FailureHistory.Fhs.Output;

namespace FailureHistory.Fhs.Commands;

/// <summary><c>fhs report NODE KIND</c>: one report about one node (SPEC §2).</summary>
internal sealed class ReportCommand : ServiceCommand
{
    // A report of a script must not hang for long; a restarting member is back within it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Argument<string> node = NodeArgument.Create();

    private readonly Argument<string> kind = new Argument<string>("KIND")
    {
        HelpName = "KIND",
        Description = "failure: it is suspected. join: it is (back) there. alive: the detector takes its suspicion back. leave: it goes as planned.",
    }.OneOf("failure", "join", "alive", "leave");

    private readonly Option<string> detector = new("--detector") { HelpName = "ID", Description = "Who says so; needed for failure and alive." };
    private readonly Option<string> hardware = new("--hardware") { HelpName = "ADDRESS", Description = "The machine's MAC, serial or system UUID." };
    private readonly Option<string> at = new("--at") { HelpName = "TIME", Description = "When it happened; orders the history only for detectors with timestamps = reported." };
    private readonly Option<string> reason = new("--reason") { HelpName = "TEXT", Description = "Why, up to 1,024 characters." };
    private readonly Option<string> id = new("--id") { HelpName = "ID", Description = "The report's id: sent twice it is stored once. Else one is drawn." };
    private readonly Option<string[]> label = new("--label") { HelpName = "K=V", Description = "A label of the node; may be repeated." };

    public ReportCommand(FhsEnvironment environment)
        : base(environment, "report", "Reports that a node failed, joined, is alive after all, or left as planned.",
            "fhs report gpu-17 failure --detector ipmi --reason 'power supply 2' --label rack=r12", "fhs report gpu-17 leave --reason 'new disks'")
    {
        Add(node);
        Add(kind);
        Add(detector);
        Add(hardware);
        Add(at);
        Add(reason);
        Add(id);
        Add(label);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancel)
    {
        var report = ReadReport(call);
        var accepted = false;
        RejectionShape? rejection = null;
        var reply = await new PatientReporter(call.Service, Patience, Environment.Time).DeliverAsync(
            PatientReporter.ObservationsPath,
            [report],
            settled =>
            {
                accepted = settled.Accepted > 0;
                rejection = settled.Rejected.Count > 0 ? settled.Rejected[0] : null;
            },
            cancel);
        if (rejection is not null)
        {
            throw new CommandFailure(ExitCode.WrongUsage, "Rejected", rejection.Error, reply.IsSuccess ? null : reply.Body);
        }

        if (call.Json)
        {
            call.Screen.Json(reply.Body);
        }
        else
        {
            call.Screen.Line($"{report.Kind} of {report.Node} {(accepted ? "is stored" : "was stored before")}, id {report.Id}");
        }

        return ExitCode.Done;
    }

    private ReportShape ReadReport(Call call)
    {
        if (call.Get(kind) is "failure" or "alive" && call.Get(detector) is null)
        {
            throw CommandFailure.WrongUsage($"--detector is missing; a report of kind {call.Get(kind)} needs one that says so");
        }

        return new ReportShape
        {
            // With an id of its own the report may be sent to another member without being stored twice.
            Id = call.Get(id) ?? Guid.CreateVersion7().ToString("n"),
            Node = call.Get(node),
            Kind = call.Get(kind),
            Detector = call.Get(detector),
            Hardware = call.Get(hardware),
            At = Wording.ParseTime("--at", call.Get(at))?.ToString(),
            Reason = call.Get(reason),
            Labels = ReadLabels(call.Get(label) ?? []),
        };
    }

    private static Dictionary<string, string>? ReadLabels(string[] texts)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            var split = text.IndexOf('=', StringComparison.Ordinal);
            if (split <= 0 || !labels.TryAdd(text[..split], text[(split + 1)..]))
            {
                throw CommandFailure.WrongUsage($"--label is '{text}'; expected key=value, each key once");
            }
        }

        return labels.Count == 0 ? null : labels;
    }
}
