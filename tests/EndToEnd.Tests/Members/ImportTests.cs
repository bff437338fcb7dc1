using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using FailureHistory.EndToEnd.Tests.Fhs;
using FailureHistory.EndToEnd.Tests.Lanl;
using FailureHistory.EndToEnd.Tests.Members.Harness;
using FailureHistory.Fhs;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Members;

/// <summary>A trace imported at one member of three and read at another.</summary>
[Collection(SharedClusterTests.Name)]
public sealed class ImportTests(Cluster3 cluster)
{
    private const int AtOnce = 8;

    [Fact]
    [Trait("Rule", "11.4")]
    public void The_import_ends_well_tells_what_it_skipped_and_takes_at_most_a_minute()
    {
        Assert.True(cluster.Import.ExitCode == ExitCode.Done, $"expected exit code 0; came {cluster.Import.ExitCode}\n{cluster.Import.Error}\n{cluster.Ring.Logs}");
        var counts = Counts(cluster.Import.Output);
        var outages = cluster.Trace.Outages.Values.Sum(node => node.Count);
        Assert.Equal(cluster.Trace.RecordCount, counts["records"]);
        Assert.Equal(cluster.Trace.UnusableLines.Count, counts["lines skipped"]);
        Assert.Equal((2 * outages, 2 * outages, 0, 0), (counts["observations sent"], counts["accepted"], counts["duplicates"], counts["rejected"]));
        Assert.All(cluster.Trace.UnusableLines, line => Assert.Contains($"line {line}: skipped, ", cluster.Import.Error, StringComparison.Ordinal));
        Assert.True(cluster.ImportTook < TimeSpan.FromMinutes(1), $"expected the import to take less than a minute; it took {cluster.ImportTook}");
    }

    [SharedFact(SharedData.LanlFolder)]
    [Trait("Rule", "11.4")]
    public void Of_the_real_trace_126_lines_have_no_node()
    {
        Assert.Equal(126, Counts(cluster.Import.Output)["no node (nodenumz is empty)"]);
        Assert.Equal(126, Counts(cluster.Import.Output)["lines skipped"]);
        Assert.Equal(23_739, cluster.Trace.RecordCount);
    }

    [Fact]
    [Trait("Rule", "R2.4")]
    public async Task Imported_again_at_another_member_nothing_is_stored_twice()
    {
        var again = await FhsRun.RunAsync("import", cluster.TraceFile, "--format", "lanl", "--json", "--url", cluster.Ring[1].Http.Url);

        Assert.True(again.ExitCode == ExitCode.Done, $"expected exit code 0; came {again.ExitCode}\n{again.Error}");
        var counts = JsonNode.Parse(again.Output)!;
        var outages = cluster.Trace.Outages.Values.Sum(node => node.Count);
        Assert.Equal((0, 2 * outages, 0), ((int)counts["accepted"]!, (int)counts["duplicates"]!, (int)counts["rejected"]!));
    }

    [Fact]
    [Trait("Rule", "R6.2")]
    public async Task Every_history_read_at_another_member_is_the_one_in_the_file()
    {
        var periodsOfFailure = 0;

        var faults = await ForEveryNode(async node =>
        {
            var history = await cluster.Ring[1].Http.History(node);
            Interlocked.Add(ref periodsOfFailure, history.IsOk ? history["periods"].AsArray().Count(p => (double?)p!["probability"] == 1) : 0);
            return TraceCheck.HistoryFault(history, node, cluster.Trace);
        });

        Assert.True(faults.Count == 0, $"{faults.Count} nodes differ; the first: {string.Join("\n", faults.Take(5))}");
        Assert.Equal(cluster.Trace.Outages.Values.Sum(node => node.Count(outage => outage.Down < outage.Up)), periodsOfFailure);
    }

    [Fact]
    [Trait("Rule", "R6.8")]
    public async Task Every_raw_observation_read_at_another_member_is_the_one_in_the_file()
    {
        var ofZeroLength = 0;

        var faults = await ForEveryNode(async node =>
        {
            var page = await cluster.Ring[2].Http.Observations(node);
            Interlocked.Add(ref ofZeroLength, page.IsOk ? page["observations"].AsArray().GroupBy(o => (string)o!["at"]!).Count(at => at.Count() == 2) : 0);
            return TraceCheck.ObservationsFault(page, node, cluster.Trace);
        });

        Assert.True(faults.Count == 0, $"{faults.Count} nodes differ; the first: {string.Join("\n", faults.Take(5))}");
        Assert.Equal(cluster.Trace.Outages.Values.Sum(node => node.Count(outage => outage.Down == outage.Up)), ofZeroLength);
    }

    [SharedFact(SharedData.LanlFolder)]
    [Trait("Rule", "11.4")]
    public void The_real_trace_has_the_numbers_that_are_known_of_it()
    {
        var outages = cluster.Trace.Outages.Values.SelectMany(node => node).ToList();

        Assert.Equal(3_576, cluster.Trace.Outages.Count);
        Assert.Equal((23_327, 23_205, 122), (outages.Count, outages.Count(o => o.Down < o.Up), outages.Count(o => o.Down == o.Up)));
    }

    [Theory]
    [InlineData("one")]
    [InlineData("majority")]
    [Trait("Rule", "R6.2")]
    public async Task Small_pages_give_the_same_as_large_ones(string consistency)
    {
        var node = cluster.Trace.Outages.MaxBy(pair => pair.Value.Count).Key;

        var history = await cluster.Ring[2].Http.History(node, consistency, limit: 7);
        var observations = await cluster.Ring[2].Http.Observations(node, consistency, limit: 7);

        AssertNone(TraceCheck.HistoryFault(history, node, cluster.Trace));
        AssertNone(TraceCheck.ObservationsFault(observations, node, cluster.Trace));
    }

    [Fact]
    [Trait("Rule", "R10.2")]
    public async Task A_removed_history_is_gone_at_every_member_and_may_be_imported_anew()
    {
        var node = cluster.Trace.Outages.Where(pair => pair.Value.Count < 10).MaxBy(pair => pair.Value.Count).Key;
        AssertNone(TraceCheck.HistoryFault(await cluster.Ring[0].Http.History(node, "majority"), node, cluster.Trace));

        (await cluster.Ring[0].Http.Delete($"/v1/nodes/{node}")).Ok();

        foreach (var member in cluster.Ring.Members)
        {
            Assert.Equal(404, (await member.Http.State(node, "majority")).Status);
        }

        var again = await FhsRun.RunAsync("import", await LinesOf(node), "--format", "lanl", "--json", "--url", cluster.Ring[1].Http.Url);

        Assert.True(again.ExitCode == ExitCode.Done, $"expected exit code 0; came {again.ExitCode}\n{again.Error}");
        Assert.Equal(2 * cluster.Trace.Outages[node].Count, (int)JsonNode.Parse(again.Output)!["accepted"]!);
        foreach (var member in cluster.Ring.Members)
        {
            AssertNone(TraceCheck.HistoryFault(await member.Http.History(node, "majority"), node, cluster.Trace));
        }
    }

    private static void AssertNone(string? fault) => Assert.True(fault is null, fault);

    private async Task<IReadOnlyCollection<string>> ForEveryNode(Func<string, Task<string?>> fault)
    {
        var faults = new ConcurrentQueue<string>();
        await Parallel.ForEachAsync(cluster.Trace.Outages.Keys, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (node, _) =>
        {
            if (await fault(node) is { } found)
            {
                faults.Enqueue(found);
            }
        });
        return faults;
    }

    // A trace of that node alone, cut out of the file.
    private async Task<string> LinesOf(string node)
    {
        var parts = node.Split('.');
        var path = Path.Combine(cluster.Ring.Folder, node + ".csv");
        await using var file = File.OpenRead(cluster.TraceFile);
        await using Stream content = cluster.TraceFile.EndsWith(".gz", StringComparison.Ordinal)
            ? new System.IO.Compression.GZipStream(file, System.IO.Compression.CompressionMode.Decompress)
            : file;
        using var reader = new StreamReader(content);
        var lines = (await reader.ReadToEndAsync()).Split('\n');
        var kept = lines.Skip(1).Where(line => line.Split(',') is { Length: > 6 } fields && fields[0].Trim() == parts[1] && fields[6].Trim() == parts[2]);
        await File.WriteAllLinesAsync(path, [lines[0].TrimEnd('\r'), .. kept.Select(line => line.TrimEnd('\r'))]);
        return path;
    }

    // The summary for people: a name, two spaces or more, a number and whatever follows it.
    private static Dictionary<string, int> Counts(string summary) => summary.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Trim().Split("  ", 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        .Where(parts => parts.Length == 2)
        .GroupBy(parts => parts[0])
        .ToDictionary(
            line => line.Key,
            line => int.Parse(line.First()[1].Split(' ')[0].Split('.')[0].Replace(",", "", StringComparison.Ordinal), System.Globalization.CultureInfo.InvariantCulture));
}
