using FailureHistory.Fhs.Http;
using FailureHistory.Fhs.Output;

namespace FailureHistory.Fhs.Commands;

/// <summary><c>fhs detectors</c>: who may report, and how far they are trusted (SPEC §3).</summary>
internal sealed class DetectorsCommand : ServiceCommand
{
    public DetectorsCommand(FhsEnvironment environment)
        : base(environment, "detectors", "Lists the registered detectors; its subcommands change them.", "fhs detectors")
    {
        Add(new DetectorsSetCommand(environment));
        Add(new DetectorsRemoveCommand(environment));
        Add(new DetectorsHeartbeatCommand(environment));
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancel)
    {
        var reply = await call.Service.GetAsync("/v1/detectors", cancel);
        if (call.Json)
        {
            call.Screen.Json(reply.Body);
            return ExitCode.Done;
        }

        var detectors = reply.Read<DetectorsShape>().Detectors ?? [];
        call.Screen.Table(
            ["Detector", "Accuracy", "Scope", "Ttl", "Timestamps", "Registered", "Last heard (UTC)", "Description"],
            detectors.Select(it => (IReadOnlyList<Cell>)
            [
                it.Id, Wording.Number(it.Accuracy), it.Scope is { Count: > 0 } scope ? string.Join(", ", scope) : "*", it.Ttl ?? "-",
                it.Timestamps ?? "-", it.Explicit ? "explicitly" : "by itself",
                it.Stale ? new Cell($"{Wording.Time(it.LastHeard)} (stale)", Screen.StyleOf("suspected")) : Wording.Time(it.LastHeard),
                it.Description ?? "-",
            ]));
        call.Screen.Note($"{detectors.Count} detector{(detectors.Count == 1 ? "" : "s")}");
        return ExitCode.Done;
    }
}
