using System.CommandLine;
using FailureHistory.Fhs.Http;
using FailureHistory.Fhs.Output;

namespace FailureHistory.Fhs.Commands;

/// <summary><c>fhs detectors set ID</c>: registers a detector, or replaces its registration (R3.1).</summary>
internal sealed class DetectorsSetCommand : ServiceCommand
{
    private readonly Argument<string> id = new("ID") { Description = "The detector's id." };
    private readonly Option<double?> accuracy = new("--accuracy")
    {
        Required = true,
        HelpName = "N",
        Description = "How far it is trusted, 0 to 100.",
        CustomParser = Expected.Number(0, 100),
    };

    private readonly Option<string[]> scope = new("--scope") { HelpName = "GLOB", Description = "Names of the nodes it watches; may be repeated; default all." };
    private readonly Option<string> ttl = new("--ttl") { HelpName = "SPAN", Description = "It counts only if heard from within, such as 60s; default always." };

    private readonly Option<string> timestamps = new Option<string>("--timestamps")
    {
        HelpName = "received|reported",
        Description = "received: its reports are stamped on arrival (default). reported: its own times count.",
    }.OneOf("received", "reported");

    private readonly Option<string> description = new("--description") { HelpName = "TEXT", Description = "What it is, for people." };

    public DetectorsSetCommand(FhsEnvironment environment)
        : base(environment, "set", "Registers a detector or replaces its registration.",
            "fhs detectors set ipmi --accuracy 80 --scope 'gpu-*' --ttl 60s --description 'power sensors'")
    {
        Add(id);
        Add(accuracy);
        Add(scope);
        Add(ttl);
        Add(timestamps);
        Add(description);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancel)
    {
        if (call.Get(ttl) is { } span)
        {
            Wording.ParseSpan("--ttl", span);
        }

        var registration = new RegistrationShape(
            call.Get(accuracy)!.Value, call.Get(scope) is { Length: > 0 } globs ? globs : null, call.Get(ttl), call.Get(timestamps), call.Get(description));
        var reply = await call.Service.AskAsync(HttpMethod.Put, ServiceAddress.Detector(call.Get(id)), registration, cancel);
        if (call.Json)
        {
            call.Screen.Json(reply.Body);
        }
        else
        {
            call.Screen.Line($"detector {call.Get(id)} is registered with accuracy {Wording.Number(registration.Accuracy)}");
        }

        return ExitCode.Done;
    }
}
