using FailureHistory.Load.Driving;
using FailureHistory.Load.Results;
using FailureHistory.Members;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Speed;

/// <summary>Three members that hold 1,000 nodes, and how fast they answer for these before anything else is stored.</summary>
public sealed class SpeedStage : IAsyncLifetime
{
    private const int Sample = 20;

    internal static readonly TimeSpan Ours = TimeSpan.FromSeconds(1);
    internal static readonly TimeSpan Alone = TimeSpan.FromSeconds(0.5);

    private readonly string folder = Directory.CreateTempSubdirectory("fhs-speed-").FullName;
    private int folders;

    internal int Seed { get; } = Random.Shared.Next();

    internal MemberSet Set { get; private set; } = null!;

    internal HttpService Http { get; private set; } = null!;

    internal Workload First { get; private set; } = null!;

    internal Figure StatesOfFirst { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Set = await MemberSet.Start(3, new MemberOptions(null, folder), added: null, CancellationToken.None);
        Http = new HttpService([.. Set.Members.Select(member => member.Url)]);
        await Http.Register(CancellationToken.None);
        First = NewWorkload("first", 1_000);
        await Store(First);
        await States(); // compiled, connected, and all of them read once
        StatesOfFirst = await States();
    }

    public async Task DisposeAsync()
    {
        if (Http is not null)
        {
            await Http.DisposeAsync();
        }

        if (Set is not null)
        {
            await Set.DisposeAsync();
        }

        Directory.Delete(folder, recursive: true);
    }

    internal Workload NewWorkload(string name, int nodes) => new(name, nodes, Seed);

    internal string NewFolder() => Directory.CreateDirectory(Path.Combine(folder, $"alone-{folders++}")).FullName;

    /// <summary>One observation of each node, 1,000 a report.</summary>
    internal Task Store(Workload workload) => new Filler(Http, Set, workload, each: 1).Run(points: 1, say: _ => { }, CancellationToken.None);

    /// <summary>States of the 1,000 nodes at random, each of which must be the right one; of the same nodes always, so that only what else is stored differs.</summary>
    internal Task<Figure> States()
    {
        var random = Enumerable.Range(0, 8).Select(i => new Random(Seed + i)).ToArray();
        return ClosedLoop.Run("state", random.Length, Ours, ClosedLoop.AFifthOf(Ours), () => Cpu.Now(Set.Members), async (i, token) =>
        {
            var node = random[i].Next(First.Count);
            return (1, await Http.Suspects(First[node], i, token) == First.Fails(node) ? null : "not the state that was reported");
        }, CancellationToken.None);
    }

    /// <summary>What was acknowledged of a sample of nodes is stored at a majority, and nothing else.</summary>
    internal async Task NothingIsMissing(Workload workload)
    {
        var known = workload.Known().Take(Sample).ToList();
        Assert.NotEmpty(known);
        foreach (var (node, ids, _) in known)
        {
            var stored = await Http.Stored(node, CancellationToken.None);
            Assert.True(ids.ToHashSet().SetEquals(stored), $"expected the {ids.Count} observations of {node} that were acknowledged; {stored.Count} are stored\n{Set.Logs}");
        }
    }
}
