using System.CommandLine;
using FailureHistory.Fhs.Http;
using FailureHistory.Fhs.Output;

namespace FailureHistory.Fhs.Commands;

/// <summary><c>fhs state NODE</c>: which detectors suspect a node now, and how likely it has failed (R6.1).</summary>
internal sealed class StateCommand : ServiceCommand
{
    private readonly Argument<string> node = NodeArgument.Create();
    private readonly Option<string> consistency = ConsistencyOption.Create();

    public StateCommand(FhsEnvironment environment)
        : base(environment, "state", "Shows which detectors suspect a node now, and how likely it is that it has failed.",
            "fhs state gpu-17.example.org", "fhs state hw:3c:ec:ef:00:11:22 --consistency majority")
    {
        Add(node);
        Add(consistency);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancel)
    {
        var query = new QueryText().Add("consistency", call.Get(consistency));
        var reply = await call.Service.GetAsync($"{ServiceAddress.Node(call.Get(node))}/state{query}", cancel);
        if (call.Json)
        {
            call.Screen.Json(reply.Body);
        }
        else
        {
            Show(call.Screen, reply.Read<StateShape>());
        }

        return ExitCode.Done;
    }

    private static void Show(Screen screen, StateShape state)
    {
        screen.Line($"{Screen.NameOf(state.Node)}: {state.Status}, P = {Wording.Probability(state.Probability)}", Screen.StyleOf(state.Status));
        screen.Line($"id {state.Node.Id}, hardware {state.Node.Hardware ?? "not known"}");
        if (state.Incident is { } incident)
        {
            screen.Line($"latest incident {incident.Id} since {Wording.Time(incident.Since)} UTC");
        }

        if (state.Pinned is { } pin)
        {
            screen.Line($"pinned by {pin.By} on {Wording.Time(pin.Since)} UTC: {pin.Reason}");
        }

        screen.Line($"as of {Wording.Time(state.AsOf)} UTC, from {state.AnsweredBy}, resting on {state.Replicas} replica{(state.Replicas == 1 ? "" : "s")}");
        if (!state.Complete)
        {
            screen.Line("incomplete: the replica that answered could not ask the others yet");
        }

        screen.Table(
            ["Detector", "Accuracy", "Verdict", "Since (UTC)", "Last heard (UTC)", "Latest incident", "Observation", "Reason"],
            (state.Verdicts ?? []).Select(verdict => (IReadOnlyList<Cell>)
            [
                verdict.Detector, Wording.Number(verdict.Accuracy), VerdictCell(verdict), Wording.Time(verdict.Since), Wording.Time(verdict.LastHeard),
                verdict.LatestIncident ? "yes" : "no", verdict.Observation ?? "-", verdict.Reason ?? "-",
            ]));
    }

    private static Cell VerdictCell(VerdictShape verdict) => verdict switch
    {
        { Suspects: true } => new Cell("suspects", Screen.StyleOf("failed")),
        { Since: null } => "silent",
        _ => new Cell("trusts", Screen.StyleOf("up")),
    };
}
