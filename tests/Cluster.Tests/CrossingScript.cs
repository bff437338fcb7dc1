using FailureHistory.Messages;
using Xunit;

namespace FailureHistory.Cluster.Tests;

/// <summary>
/// What three detectors of accuracy 50, 30 and 20 say of some nodes, at random, and what a subscriber with given thresholds must be told of it: worked
/// out from the reports alone, in the simplest way.
/// </summary>
internal sealed class CrossingScript(string prefix, int nodes, int seed)
{
    private static readonly (string Detector, int Accuracy)[] Detectors = [("heavy", 50), ("middle", 30), ("light", 20)];

    private readonly Random random = new(seed);
    private readonly Dictionary<string, HashSet<int>> suspects = [];
    private readonly Dictionary<string, List<(int Sum, string Observation)>> sums = [];
    private int reports;

    public IReadOnlyList<string> Nodes { get; } = [.. Enumerable.Range(0, nodes).Select(i => $"{prefix}-{i}")];

    public string Glob => $"{prefix}-*";

    /// <summary>Registers the detectors for the nodes of this script.</summary>
    public async Task Register(TestMember member)
    {
        foreach (var (detector, accuracy) in Detectors)
        {
            await member.Ask<DetectorInfo>(new RegisterDetector($"{prefix}-{detector}", accuracy, [Glob]));
        }
    }

    /// <summary>One report about each node: a detector begins or ends its suspicion.</summary>
    public ReportedObservation[] Next()
    {
        var batch = new List<ReportedObservation>();
        foreach (var node in Nodes)
        {
            var suspecting = suspects.TryGetValue(node, out var known) ? known : suspects[node] = [];
            var which = random.Next(Detectors.Length);
            var fails = suspecting.Add(which);
            if (!fails)
            {
                suspecting.Remove(which);
            }

            var id = $"r{++reports}";
            (sums.TryGetValue(node, out var list) ? list : sums[node] = []).Add((suspecting.Sum(s => Detectors[s].Accuracy), id));
            var detector = $"{prefix}-{Detectors[which].Detector}";
            batch.Add(fails ? Reports.Failure(node, id, detector) : Reports.Alive(node, id, detector));
        }

        return [.. batch];
    }

    /// <summary>The crossings in order, of each node, as "up by r7".</summary>
    public Dictionary<string, List<string>> Expected(double above, double below)
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
                    (expected.TryGetValue(node, out var crossings) ? crossings : expected[node] = []).Add($"{(isUp ? "up" : "down")} by {observation}");
                }
            }
        }

        return expected;
    }

    /// <summary>Waits until a subscriber has been told all that it must be told, and nothing else, each once and in order.</summary>
    public async Task Check(Watcher watcher)
    {
        var expected = Expected(watcher.Request.Above, watcher.Request.Below ?? watcher.Request.Above);
        await TestCluster.Until($"the crossings of {watcher.Request} (seed {seed})", () => Task.FromResult((Difference() is null, Difference() ?? "")), TimeSpan.FromSeconds(30));
        await Task.Delay(1500); // what is told twice, or wrongly, comes late
        Assert.Null(Difference());
        Assert.Empty(watcher.Gaps);
        Assert.Equal(watcher.Told.Count, watcher.Told.Select(c => c.Id).Distinct().Count());

        string? Difference()
        {
            var told = watcher.Told.GroupBy(c => c.Node.Name!).ToDictionary(g => g.Key, g => g.Select(c => $"{(c.Direction == CrossingDirection.Up ? "up" : "down")} by {c.Observation}").ToList());
            foreach (var node in expected.Keys.Union(told.Keys))
            {
                var (want, have) = (expected.GetValueOrDefault(node, []), told.GetValueOrDefault(node, []));
                if (!want.SequenceEqual(have))
                {
                    return $"{node}: expected [{string.Join(", ", want)}]; told [{string.Join(", ", have)}]";
                }
            }

            return null;
        }
    }
}
