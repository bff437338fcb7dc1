using System.Diagnostics;
using System.Globalization;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Messages;

namespace FailureHistory.Experiments;

/// <summary>
/// "Fault tolerant for less than 2K simultaneous failures" (§5), k being the neighbours on one side: with 2k copies of each history, 2k − 1
/// neighbours vanish at once with everything they had, and nothing is lost; then 2k, and exactly those histories are lost whose every copy
/// was at one of them (R9.3, R9.6).
/// </summary>
internal static class Tolerance
{
    private const int Copies = 4;
    private const int Events = 3;

    public static async Task RunAsync(int members, int nodes, long seed, DirectoryInfo output, CancellationToken cancel)
    {
        if (members < (4 * Copies) - 1)
        {
            throw new ArgumentException($"{members} members are too few: {(4 * Copies) - 1} at least, so that a majority is left both times", nameof(members));
        }

        output.Create();
        await using var cluster = new LocalCluster($"\nfailure-history {{ replication-factor = {Copies}, replace-after = 5s, exchange-interval = 5s }}\nakka.cluster {{ failure-detector.acceptable-heartbeat-pause = 15s, split-brain-resolver.stable-after = 10s }}"); // who vanishes is to be noticed
        await cluster.StartAsync(members, cancel);
        await FillAsync(cluster, nodes, cancel);
        var random = new Random((int)seed);
        var lines = new List<string> { $"Experiments -- tolerance --members {members} --nodes {nodes} --seed {seed}; the paper: \"fault tolerant for less than 2K simultaneous failures\"", $"{members} members, {Copies} copies of each history, {nodes} histories of {Events} events, seed {seed}" };
        await VanishAsync(cluster, nodes, Copies - 1, random, lines, cancel);
        await VanishAsync(cluster, nodes, Copies, random, lines, cancel);
        await File.WriteAllLinesAsync(Path.Combine(output.FullName, "tolerance.txt"), lines, cancel);
    }

    private static string Name(int node) => string.Create(CultureInfo.InvariantCulture, $"n{node}");

    private static async Task FillAsync(LocalCluster cluster, int nodes, CancellationToken cancel)
    {
        string[] kinds = ["join", "failure", "alive"];
        foreach (var batch in Enumerable.Range(0, nodes).Chunk(200))
        {
            var observations = batch.SelectMany(n => kinds.Select((kind, i) => new ReportedObservation { Node = Name(n), Detector = "fd.heartbeat", Kind = kind, Id = $"{i}" })).ToList();
            while (await cluster.Members[0].ReportAsync(observations) is not ObservationsRecorded { Retry.Count: 0 })
            {
                await Task.Delay(200, cancel); // before it is sent again
            }
        }

        await Task.Delay(TimeSpan.FromSeconds(10), cancel); // two exchanges: what a majority has, all k have (R9.3)
    }

    private static async Task VanishAsync(LocalCluster cluster, int nodes, int count, Random random, List<string> lines, CancellationToken cancel)
    {
        var ring = await cluster.RingAsync() ?? throw new InvalidOperationException("the ring is not known");
        var before = await LostAsync(cluster, nodes);
        var victims = ring.Segments[random.Next(Segments.Count)].Members.Take(count).ToHashSet();
        var doomed = ring.Segments.Where(s => s.Members.All(victims.Contains)).Select(s => s.Segment).ToHashSet();
        var expected = Enumerable.Range(0, nodes).Where(n => doomed.Contains(Segments.Of(NodeId.FromName(Name(n))))).ToHashSet();
        expected.UnionWith(before);
        var vanishing = victims.Select(cluster.ById).ToList();
        await Task.WhenAll(vanishing.Select(m => m.KillAsync()));
        foreach (var member in vanishing)
        {
            member.LoseEverything();
            cluster.Members.Remove(member);
        }

        var clock = Stopwatch.StartNew();
        await cluster.SettledAsync(ring.Members.Count - count, TimeSpan.FromMinutes(5), cancel);
        var healed = clock.Elapsed;
        var lost = await LostAsync(cluster, nodes);
        var line = string.Create(CultureInfo.InvariantCulture,
            $"{count} neighbours of {ring.Members.Count} vanish with their disks: {doomed.Count} segments had every copy there, {expected.Count} histories expected to be lost, {lost.Count} lost; {Copies} copies of every segment again after {healed.TotalSeconds:0} s");
        lines.Add(line);
        Console.WriteLine(line);
        if (!lost.SetEquals(expected))
        {
            throw new InvalidOperationException($"expected to lose {string.Join(' ', expected.Order())}; lost {string.Join(' ', lost.Order())}");
        }
    }

    // Whole or not at all: a history that lacks an event is lost too.
    private static async Task<HashSet<int>> LostAsync(LocalCluster cluster, int nodes)
    {
        var lost = new HashSet<int>();
        var member = cluster.Running.First();
        for (var node = 0; node < nodes; node++)
        {
            var answer = await member.AskAsync<object>(new GetObservations(Name(node), Consistency: Consistency.Majority));
            switch (answer)
            {
                case NodeObservations { Observations.Count: Events }:
                    break;
                case NodeNotFound or NodeObservations:
                    lost.Add(node);
                    break;
                default:
                    throw new InvalidOperationException($"{Name(node)}: expected its observations or that it is not known; came {answer}");
            }
        }

        return lost;
    }
}
