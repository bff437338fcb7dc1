namespace FailureHistory.Tests.Shared;

/// <summary>A detector begins or ends its suspicion of a node.</summary>
internal sealed record Turn(string Node, string Detector, bool Fails, string Id);

/// <summary>
/// What three detectors of accuracy 50, 30 and 20 say of some nodes, at random, and what a subscriber with given thresholds must be told of it: worked
/// out from the reports alone, in the simplest way.
/// </summary>
internal sealed class CrossingScript(string prefix, int nodes, int seed)
{
    private static readonly (string Detector, int Accuracy)[] All = [("heavy", 50), ("middle", 30), ("light", 20)];

    private readonly Random random = new(seed);
    private readonly Dictionary<string, HashSet<int>> suspects = [];
    private readonly Dictionary<string, List<(int Sum, string Observation)>> sums = [];
    private int turns;

    public int Seed => seed;

    public IReadOnlyList<string> Nodes { get; } = [.. Enumerable.Range(0, nodes).Select(i => $"{prefix}-{i}")];

    public string Glob => $"{prefix}-*";

    /// <summary>To be registered for the nodes of <see cref="Glob"/> alone.</summary>
    public IEnumerable<(string Id, int Accuracy)> Detectors => All.Select(d => ($"{prefix}-{d.Detector}", d.Accuracy));

    /// <summary>One turn of each node.</summary>
    public IReadOnlyList<Turn> Next()
    {
        var next = new List<Turn>();
        foreach (var node in Nodes)
        {
            var suspecting = suspects.TryGetValue(node, out var known) ? known : suspects[node] = [];
            var which = random.Next(All.Length);
            var fails = suspecting.Add(which);
            if (!fails)
            {
                suspecting.Remove(which);
            }

            var id = $"r{++turns}";
            (sums.TryGetValue(node, out var list) ? list : sums[node] = []).Add((suspecting.Sum(s => All[s].Accuracy), id));
            next.Add(new Turn(node, $"{prefix}-{All[which].Detector}", fails, id));
        }

        return next;
    }

    /// <summary>How many crossings there are in all.</summary>
    public int Count(double above, double below) => Expected(above, below).Values.Sum(c => c.Count);

    /// <summary>Null where each crossing was told, once and in its node's order, and nothing else; otherwise what is wrong.</summary>
    public string? Difference(double above, double below, IEnumerable<(string Node, bool Up, string Observation)> told)
    {
        var want = Expected(above, below);
        var have = told.GroupBy(c => c.Node).ToDictionary(g => g.Key, g => g.Select(c => Text(c.Up, c.Observation)).ToList());
        foreach (var node in want.Keys.Union(have.Keys))
        {
            var (expected, came) = (want.GetValueOrDefault(node, []), have.GetValueOrDefault(node, []));
            if (!expected.SequenceEqual(came))
            {
                return $"{node}: expected [{string.Join(", ", expected)}]; told [{string.Join(", ", came)}] (seed {seed})";
            }
        }

        return null;
    }

    private Dictionary<string, List<string>> Expected(double above, double below)
    {
        var expected = new Dictionary<string, List<string>>();
        foreach (var (node, list) in sums)
        {
            var isUp = false;
            foreach (var (sum, observation) in list)
            {
                if (isUp ? sum < below * 100 : sum >= above * 100)
                {
                    isUp = !isUp;
                    (expected.TryGetValue(node, out var crossings) ? crossings : expected[node] = []).Add(Text(isUp, observation));
                }
            }
        }

        return expected;
    }

    private static string Text(bool up, string observation) => $"{(up ? "up" : "down")} by {observation}";
}
