using FailureHistory.Load.Driving;
using FailureHistory.Load.Results;
using FailureHistory.Members;

namespace FailureHistory.Load;

/// <summary>One run of measurements: what they are given and what they leave.</summary>
internal sealed class Bench(Plan plan, Run run, TextWriter progress)
{
    private const int SampleMost = 200;

    public Plan Plan => plan;

    public int Seed => run.Seed;

    /// <summary>Notes a figure.</summary>
    public Figure Add(Figure figure)
    {
        run.Figures.Add(figure);
        progress.WriteLine($"  {Table.Line(figure, run.RatioOf(figure))}");
        return figure;
    }

    public void Add(Curve curve) => run.Curves.Add(curve);

    public void Say(string what) => progress.WriteLine($"  {what}");

    /// <summary>New members, three of them with everything on each unless it says otherwise, and the detector of the load registered.</summary>
    public async Task<MemberSet> Members(int count, CancellationToken ct)
    {
        var set = await MemberSet.Start(count, plan.Members, added: null, ct).ConfigureAwait(false);
        await using var http = Http(set);
        await http.Register(ct).ConfigureAwait(false);
        return set;
    }

    /// <summary>Whether a figure of this name is wanted.</summary>
    public bool Wants(string name) => plan.Only is not { } only || name.Contains(only, StringComparison.OrdinalIgnoreCase);

    /// <summary>Measures callers that call, as one figure; null where only others are wanted.</summary>
    public async Task<Figure?> Loop(MemberSet set, string name, string? limit, int inFlight, Func<int, CancellationToken, Task<(int Done, string? Fault)>> call, CancellationToken ct) =>
        !Wants(name)
            ? null
            : Add(await ClosedLoop.Run(name, inFlight, plan.Time, token => Compilers.Rest(set.Members, plan.Time, token), () => Cpu.Now(set.Members), call, ct).ConfigureAwait(false) with { Limit = limit });

    /// <summary>Waits until the members do nothing any more, or long enough: what one figure left behind is not the next one's.</summary>
    public static async Task Rest(MemberSet set, CancellationToken ct)
    {
        const double atRest = 0.3;
        await set.Whole(set.Members.Count, ct).ConfigureAwait(false);
        for (var i = 0; i < 20; i++)
        {
            var before = Cpu.Now(set.Members);
            // What is looked at is how little happens in it.
            await Task.Delay(TimeSpan.FromMilliseconds(500), ct).ConfigureAwait(false);
            if (Cpu.Now(set.Members).Since(before).Members < atRest)
            {
                return;
            }
        }
    }

    /// <summary>Reads a sample of the nodes from a majority and compares it, ids and verdict, with what was acknowledged: a figure of what was not stored would be none.</summary>
    public async Task ReadBack(MemberSet set, Workload workload, CancellationToken ct)
    {
        await using var http = Http(set);
        var known = workload.Known().ToArray();
        new Random(Seed).Shuffle(known);
        foreach (var (node, ids, fails) in known.Take(SampleMost))
        {
            run.ReadBack++;
            var stored = await http.Stored(node, ct).ConfigureAwait(false);
            var missing = ids.Except(stored).Count();
            if (missing > 0 || stored.Count != ids.Count)
            {
                run.Wrong.Add($"{node}: {ids.Count} were acknowledged; {stored.Count} are stored, {missing} are missing");
            }
            else if (await http.Suspects(node, 0, ct).ConfigureAwait(false) is var suspects && suspects != fails)
            {
                run.Wrong.Add($"{node}: the last was {(fails ? "a failure" : "an alive")}, and the state says {suspects?.ToString() ?? "nothing"}");
            }
        }
    }

    /// <summary>Stores so many observations of each node, 1,000 a report, and tells how it went.</summary>
    /// <param name="set">Where.</param>
    /// <param name="workload">Of which nodes: each as often as every other.</param>
    /// <param name="each">How many of each.</param>
    /// <param name="points">In how many steps it is told how fast it went.</param>
    /// <param name="ct">Ends it.</param>
    public async Task<IReadOnlyList<CurvePoint>> Store(MemberSet set, Workload workload, int each, int points, CancellationToken ct)
    {
        await using var client = Client(set);
        var filler = new Filler(client, set, workload, each);
        return await filler.Run(points, Say, ct).ConfigureAwait(false);
    }

    public static HttpService Http(MemberSet set) => new([.. set.Members.Select(member => member.Url)]);

    public static ClientService Client(MemberSet set) => new([.. set.Members.Select(member => member.Address)]);
}
