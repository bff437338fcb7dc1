using System.CommandLine;
using FailureHistory.Fhs.Http;
using FailureHistory.Fhs.Output;

namespace FailureHistory.Fhs.Commands;

/// <summary><c>fhs nodes</c>: the nodes of the whole fleet, filtered and sorted (R6.7).</summary>
internal sealed class NodesCommand : ServiceCommand
{
    private readonly Option<string[]> status = new Option<string[]>("--status")
    {
        HelpName = "STATUS",
        Description = "Only these: up, suspected, failed, left or unknown; may be repeated.",
    }.OneOf("up", "suspected", "failed", "left", "unknown");

    private readonly Option<double?> minProbability = new("--min-probability")
    {
        HelpName = "P",
        Description = "Only nodes with P at or above, 0 to 1.",
        CustomParser = Expected.Number(0, 1),
    };

    private readonly Option<string> name = new("--name") { HelpName = "GLOB", Description = "Only nodes whose name matches; * and ? are wild." };
    private readonly Option<string[]> label = new("--label") { HelpName = "K[=V]", Description = "Only nodes with this label; may be repeated." };

    private readonly Option<string> sort = new Option<string>("--sort")
    {
        HelpName = "name|probability|since|status",
        Description = "The order; default name.",
    }.OneOf("name", "probability", "since", "status");

    private readonly Option<int?> limit = LimitOption.Create("The most nodes to show; default all.");
    private readonly Option<string> cursor = new("--cursor") { HelpName = "CURSOR", Description = "Go on from the 'next' of an answer that a limit cut short." };

    public NodesCommand(FhsEnvironment environment)
        : base(environment, "nodes", "Lists the nodes of the fleet.",
            "fhs nodes --status failed --status suspected --sort since", "fhs nodes --name 'gpu-*' --label rack=r12 --min-probability 0.3")
    {
        Add(status);
        Add(minProbability);
        Add(name);
        Add(label);
        Add(sort);
        Add(limit);
        Add(cursor);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancel)
    {
        var query = new QueryText()
            .AddAll("status", call.Get(status))
            .Add("minProbability", call.Get(minProbability))
            .Add("name", call.Get(name))
            .AddAll("label", call.Get(label))
            .Add("sort", call.Get(sort));
        var reply = await PagedAnswer.ReadAsync(call.Service, "/v1/nodes", query, "nodes", call.Get(limit), call.Get(cursor), cancel);
        if (call.Json)
        {
            call.Screen.Json(reply.Body);
        }
        else
        {
            Show(call.Screen, reply.Read<NodesShape>());
        }

        return ExitCode.Done;
    }

    private static void Show(Screen screen, NodesShape answer)
    {
        var nodes = answer.Nodes ?? [];
        screen.Table(
            ["Node", "Status", "P", "Since (UTC)", "Labels", "Id"],
            nodes.Select(it => (IReadOnlyList<Cell>)
            [
                Screen.NameOf(it.Node), Screen.StatusCell(it.Status), Wording.Probability(it.Probability), Wording.Time(it.Since),
                it.Labels is { Count: > 0 } labels ? string.Join(", ", labels.Select(pair => $"{pair.Key}={pair.Value}")) : "-", it.Node.Id,
            ]));
        screen.Note($"{nodes.Count} node{(nodes.Count == 1 ? "" : "s")}");
        if (answer.Incomplete is { Count: > 0 } incomplete)
        {
            screen.Note($"incomplete: segment{(incomplete.Count == 1 ? "" : "s")} {string.Join(", ", incomplete)} did not answer; nodes may be missing");
        }

        if (answer.Next is { } next)
        {
            screen.Note($"more: --cursor {next}");
        }
    }
}
