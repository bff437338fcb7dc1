using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using FailureHistory.EndToEnd.Tests.Lanl;
using FailureHistory.EndToEnd.Tests.Members.Harness;
using FailureHistory.EndToEnd.Tests.Traces;
using FailureHistory.Fhs;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Members;

/// <summary>
/// A trace of the Failure Trace Archive, imported at one member and read at another, and the whole LANL trace, backed up and restored in a cluster of
/// its own. The real ones where they are there, else the made-up ones.
/// </summary>
[Collection(SharedClusterTests.Name)]
[Trait("Rule", "11.4")]
public sealed class TraceTests(Cluster3 cluster)
{
    private const int AtOnce = 8;

    [Fact]
    public async Task Imported_at_one_member_and_read_at_another_each_history_is_the_one_in_the_file()
    {
        var file = SharedData.LanlFta ?? FtaTraceTests.MadeUp;
        var trace = FtaReference.ReadFile(file);

        var run = JsonNode.Parse((await Backup.Fhs(cluster.Ring[0], ExitCode.Done, "import", file, "--format", "fta", "--json")).Output)!;

        Assert.Equal(
            (trace.RecordCount, trace.ObservationCount, 0),
            ((int)run["records"]!, (int)run["accepted"]! + (int)run["duplicates"]!, (int)run["rejected"]!));
        Assert.Empty(await Faults(cluster.Ring[1], trace));
    }

    [Fact]
    public async Task A_whole_trace_backed_up_and_restored_has_the_same_histories_byte_for_byte()
    {
        await using var target = await MemberRing.Of(1);

        var run = JsonNode.Parse((await Backup.PlayBack(cluster.Ring[1], target[0], target.Folder, "lanl.*")).Output)!;

        Assert.Equal((2 * cluster.Trace.Outages.Values.Sum(node => node.Count), 0, 0), ((int)run["accepted"]!, (int)run["duplicates"]!, (int)run["rejected"]!));
        var differences = new ConcurrentQueue<string>();
        await Parallel.ForEachAsync(cluster.Trace.Outages.Keys.Chunk(50), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (nodes, _) =>
        {
            var paths = nodes.Select(node => $"/v1/nodes/{Uri.EscapeDataString(node)}/history?limit=10000");
            if (await Backup.Difference(cluster.Ring[2], target[0], paths) is { } difference)
            {
                differences.Enqueue(difference);
            }
        });
        Assert.True(differences.IsEmpty, $"expected the histories of both clusters to be the same; {differences.Count} parts differ: {differences.FirstOrDefault()}");
    }

    private static async Task<IReadOnlyCollection<string>> Faults(MemberProcess member, FtaReference trace)
    {
        var faults = new ConcurrentQueue<string>();
        await Parallel.ForEachAsync(trace.Machines, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (machine, _) =>
        {
            var history = await member.Http.History(machine.Key);
            var expected = machine.Value.Periods().Select(p => Describe(Time(p.From), p.To is { } to ? Time(to) : null, p.IsDown ? 1 : 0, p.Reason));
            var seen = history.IsOk
                ? history["periods"].AsArray().Select(p => Describe(
                    (string)p!["from"]!, (string?)p["to"], (double?)p["probability"], (string?)p["suspects"]!.AsArray().SingleOrDefault()?["reason"]))
                : [history.ToString()];
            if (!expected.SequenceEqual(seen))
            {
                faults.Enqueue($"{machine.Key}: expected {string.Join(", ", expected)}; came {string.Join(", ", seen)}");
            }
        });
        return faults;
    }

    private static string Describe(string from, string? to, double? probability, string? reason) =>
        $"[{from} to {to ?? "now"}: {probability?.ToString(CultureInfo.InvariantCulture) ?? "unknown"}{(reason is null ? "" : $" '{reason}'")}]";

    private static string Time(DateTime time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
}
