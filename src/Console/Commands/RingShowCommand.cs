using System.CommandLine;
using FailureHistory.Fhs.Http;
using FailureHistory.Fhs.Output;

namespace FailureHistory.Fhs.Commands;

/// <summary><c>fhs ring show</c>: the ring in force, and which segments lack a serving copy (R9.2).</summary>
internal sealed class RingShowCommand : ServiceCommand
{
    private readonly Option<bool> segments = new("--segments") { Description = "List every segment, not only those that lack a serving copy." };

    public RingShowCommand(FhsEnvironment environment)
        : base(environment, "show", "Shows the ring in force: its members, and where the copies are.", "fhs ring show", "fhs ring show --segments") => Add(segments);

    protected override async Task<int> RunAsync(Call call, CancellationToken cancel)
    {
        var reply = await call.Service.GetAsync("/v1/ring", cancel);
        if (call.Json)
        {
            call.Screen.Json(reply.Body);
        }
        else
        {
            Show(call.Screen, reply.Read<RingShape>(), call.Get(segments));
        }

        return ExitCode.Done;
    }

    private static void Show(Screen screen, RingShape ring, bool everySegment)
    {
        var members = ring.Members ?? [];
        var all = ring.Segments ?? [];
        var lacking = all.Where(Lacks).ToList();
        screen.Line($"ring version {ring.Version} of cluster {ring.ClusterId}, {ring.ReplicationFactor} copies of each of {all.Count} segments");
        screen.Table(
            ["Member", "Zone", "Copies", "Id"],
            members.Select(it => (IReadOnlyList<Cell>)[it.Name ?? "-", string.IsNullOrEmpty(it.Zone) ? "-" : it.Zone, Wording.Number(it.Copies), it.Id]));
        screen.Line(lacking.Count == 0 ? "every copy serves" : $"{lacking.Count} segment{(lacking.Count == 1 ? " lacks" : "s lack")} a serving copy");

        var names = members.ToDictionary(it => it.Id, it => it.Name ?? it.Id);
        screen.Table(
            ["Segment", "Copies at, nearest first", "Not serving"],
            (everySegment ? all : lacking).Select(it => (IReadOnlyList<Cell>)
            [
                Wording.Number(it.Segment), Names(it.Members ?? [], names),
                new Cell(Lacks(it) ? Names((it.Members ?? []).Except(it.Serving ?? []), names) : "-", Lacks(it) ? Screen.StyleOf("suspected") : null),
            ]));
    }

    private static bool Lacks(SegmentShape segment) => (segment.Members ?? []).Except(segment.Serving ?? []).Any();

    private static string Names(IEnumerable<string> ids, Dictionary<string, string> names) =>
        string.Join(", ", ids.Select(id => names.GetValueOrDefault(id, id)));
}
