using System.CommandLine;
using System.Globalization;
using FailureHistory.Fhs.Http;
using FailureHistory.Fhs.Output;

namespace FailureHistory.Fhs.Commands;

/// <summary><c>fhs reliability NODE</c>: how reliable a node was lately (R7.1).</summary>
internal sealed class ReliabilityCommand : ServiceCommand
{
    private readonly Argument<string> node = NodeArgument.Create();
    private readonly Option<string> window = new("--window") { HelpName = "SPAN", Description = "How far back from now, such as 24h or 30d; default 365d." };
    private readonly Option<string> consistency = ConsistencyOption.Create();

    public ReliabilityCommand(FhsEnvironment environment)
        : base(environment, "reliability", "Shows how reliable a node was lately: availability, failures, time between them and to repair.",
            "fhs reliability gpu-17.example.org", "fhs reliability gpu-17.example.org --window 30d --json")
    {
        Add(node);
        Add(window);
        Add(consistency);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancel)
    {
        var query = new QueryText().Add("window", call.Get(window)).Add("consistency", call.Get(consistency));
        var reply = await call.Service.GetAsync($"{ServiceAddress.Node(call.Get(node))}/reliability{query}", cancel);
        if (call.Json)
        {
            call.Screen.Json(reply.Body);
        }
        else
        {
            Show(call.Screen, reply.Read<ReliabilityShape>());
        }

        return ExitCode.Done;
    }

    private static void Show(Screen screen, ReliabilityShape it)
    {
        var availability = it.Availability?.ToString("0.####%", CultureInfo.InvariantCulture) ?? "unknown";
        screen.Line($"{Screen.NameOf(it.Node)}: availability {availability}, {it.Failures} failure{(it.Failures == 1 ? "" : "s")}{(it.Flapping ? ", flapping" : "")}");
        screen.Line($"from {Wording.Time(it.Window.From)} to {Wording.Time(it.Window.To)} UTC, {Span(it.ObservedSeconds)} of it observed");
        screen.Line(it.LastFailure switch
        {
            null => "never failed",
            { To: null } last => $"failed since {Wording.Time(last.From)} UTC",
            { } last => $"last failure from {Wording.Time(last.From)} to {Wording.Time(last.To)} UTC, {Span(it.SinceLastFailureSeconds)} ago",
        });
        if (!it.Complete)
        {
            screen.Line("incomplete: the replica that answered could not ask the others yet");
        }

        screen.Table(
            ["MTBF", "MTTR", "Up", "Failed", "Planned", "Unknown"],
            [[Span(it.MtbfSeconds), Span(it.MttrSeconds), Span(it.UpSeconds), Span(it.FailedSeconds), Span(it.PlannedSeconds), Span(it.UnknownSeconds)]]);
    }

    private static string Span(double? seconds) => seconds is { } value ? Wording.Span(TimeSpan.FromSeconds(value)) : "-";
}
