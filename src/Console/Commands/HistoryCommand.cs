using System.CommandLine;
using FailureHistory.Fhs.Http;
using FailureHistory.Fhs.Output;

namespace FailureHistory.Fhs.Commands;

/// <summary><c>fhs history NODE</c>: the periods of a node, newest last (R6.2), all pages of them.</summary>
internal sealed class HistoryCommand : ServiceCommand
{
    private readonly Argument<string> node = NodeArgument.Create();
    private readonly Option<string> from = new("--from") { HelpName = "TIME", Description = "Periods that end after this time." };
    private readonly Option<string> to = new("--to") { HelpName = "TIME", Description = "Periods that begin before this time." };
    private readonly Option<int?> limit = LimitOption.Create("The most periods to show; default all.");
    private readonly Option<string> cursor = new("--cursor") { HelpName = "CURSOR", Description = "Go on from the 'next' of an answer that a limit cut short." };
    private readonly Option<string> consistency = ConsistencyOption.Create();

    public HistoryCommand(FhsEnvironment environment)
        : base(environment, "history", "Shows when a node was down, how sure anybody was of it, and who said so.",
            "fhs history lanl.2.0 --from 2005-06-01 --to 2005-07-01T12:00Z")
    {
        Add(node);
        Add(from);
        Add(to);
        Add(limit);
        Add(cursor);
        Add(consistency);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancel)
    {
        var query = new QueryText()
            .Add("from", Wording.ParseTime("--from", call.Get(from)))
            .Add("to", Wording.ParseTime("--to", call.Get(to)))
            .Add("consistency", call.Get(consistency));
        var path = ServiceAddress.Node(call.Get(node)) + "/history";
        var reply = await PagedAnswer.ReadAsync(call.Service, path, query, "periods", call.Get(limit), call.Get(cursor), cancel);
        if (call.Json)
        {
            call.Screen.Json(reply.Body);
        }
        else
        {
            Show(call.Screen, reply.Read<HistoryShape>());
        }

        return ExitCode.Done;
    }

    private static void Show(Screen screen, HistoryShape history)
    {
        var periods = history.Periods ?? [];
        screen.Line($"{Screen.NameOf(history.Node)}: {periods.Count} period{(periods.Count == 1 ? "" : "s")}, id {history.Node.Id}, "
            + $"hardware {history.Node.Hardware ?? "not known"}");
        if (!history.Complete)
        {
            screen.Line("incomplete: the replica that answered could not ask the others yet");
        }

        if (history.FoldedUntil is { } horizon)
        {
            screen.Line($"folded: what was before {Wording.Time(horizon)} UTC is in the node's reliability alone");
        }

        if (history.Incarnations is { Count: > 1 } incarnations)
        {
            screen.Table(
                ["Went under", "Id", "Hardware", "From (UTC)", "To (UTC)", "Clash"],
                incarnations.Select(it => (IReadOnlyList<Cell>)
                    [it.Name ?? "-", it.Id, it.Hardware ?? "-", Wording.Time(it.From), Wording.Time(it.To), it.Clash ? "yes" : "no"]));
        }

        screen.Table(
            ["From (UTC)", "To (UTC)", "Lasted", "P", "Suspected by", "Incident", "Reason"],
            periods.Select(Row));
        if (history.Next is { } next)
        {
            screen.Line($"more: --cursor {next}");
        }
    }

    private static IReadOnlyList<Cell> Row(PeriodShape period)
    {
        var suspects = period.Suspects ?? [];
        var style = period.Probability > 0 ? Screen.StyleOf("failed") : null;
        return
        [
            Wording.Time(period.From),
            period.To is null ? "now" : Wording.Time(period.To),
            period.To is { } end ? Wording.Span(end - period.From) : "-",
            new Cell(Wording.Probability(period.Probability), style),
            period.Planned ? "planned" : suspects.Count == 0 ? "-" : string.Join(", ", suspects.Select(it => $"{it.Detector} ({Wording.Number(it.Accuracy)})")),
            period.Incident ?? "-",
            suspects.Any(it => it.Reason is not null) ? string.Join("; ", suspects.Where(it => it.Reason is not null).Select(it => it.Reason).Distinct()) : "-",
        ];
    }
}
