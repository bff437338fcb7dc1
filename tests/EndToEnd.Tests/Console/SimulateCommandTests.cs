using System.Text.Json.Nodes;
using FailureHistory.Fhs;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Fhs;

/// <summary><c>fhs simulate</c>: a made-up fleet, reported or written (R12.1, R12.2).</summary>
[Trait("Rule", "R12.1")]
public sealed class SimulateCommandTests : IDisposable
{
    private static readonly string[] Small = ["--nodes", "20", "--length", "90d", "--up", "10d", "--start", "2026-01-01"];

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("fhs-simulate-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Every_report_is_sent_once_after_its_detectors_are_registered_with_times_of_their_own()
    {
        await using var service = await FakeService.StartAsync(Accept);

        var run = await FhsRun.AgainstAsync(service, ["simulate", "--seed", "4", "--json", .. Small]);

        Assert.Equal(ExitCode.Done, run.ExitCode);
        var requests = service.Requests.ToList();
        Assert.Equal(["PUT", "PUT", "PUT"], requests.Take(3).Select(r => r.Method));
        Assert.All(requests.Take(3), put => Assert.Equal("reported", (string?)JsonNode.Parse(put.Body)!["timestamps"]));
        var sent = requests.Skip(3).SelectMany(post => JsonNode.Parse(post.Body)!.AsArray()).ToList();
        Assert.Equal((long)JsonNode.Parse(run.Output)!["accepted"]!, sent.Count);
        Assert.InRange(sent.Count, 200, 5_000);
        Assert.Equal(20, sent.Select(it => (string)it!["node"]!).Distinct().Count());
        Assert.Equal(sent.Count, sent.Select(it => ((string)it!["node"]!, (string)it!["detector"]!, (string)it!["id"]!)).Distinct().Count());
    }

    [Fact]
    public async Task The_same_seed_and_start_write_the_same_file_which_imports_without_a_fault()
    {
        await using var service = await FakeService.StartAsync(Accept);
        var (one, two, other) = (Path.Combine(folder.FullName, "1.csv"), Path.Combine(folder.FullName, "2.csv"), Path.Combine(folder.FullName, "3.csv"));
        foreach (var (file, seed) in new[] { (one, "4"), (two, "4"), (other, "5") })
        {
            Assert.Equal(ExitCode.Done, (await FhsRun.AgainstAsync(service, ["simulate", "--seed", seed, "--out", file, .. Small])).ExitCode);
        }

        Assert.Empty(service.Requests);
        Assert.Equal(await File.ReadAllTextAsync(one), await File.ReadAllTextAsync(two));
        Assert.NotEqual(await File.ReadAllTextAsync(one), await File.ReadAllTextAsync(other));

        var import = await FhsRun.AgainstAsync(service, "import", one, "--format", "csv", "--strict", "--json");
        Assert.Equal(ExitCode.Done, import.ExitCode);
        Assert.Equal((await File.ReadAllLinesAsync(one)).Length - 1, (long)JsonNode.Parse(import.Output)!["accepted"]!);
    }

    [Fact]
    public async Task In_the_papers_mode_everything_happens_in_steps()
    {
        var run = await FhsRun.RunAsync("simulate", "--step", "10s", "--up", "5m", "--length", "1h", "--start", "2026-01-01T00:00:00Z", "--nodes", "10", "--out", "-");

        var joins = run.Output.Split('\n').Where(line => line.Contains(",join,", StringComparison.Ordinal)).Select(line => line.Split(',')[0]).ToList();
        Assert.True(joins.Count > 20, $"only {joins.Count} joins:\n{run.Output}");
        Assert.All(joins, at => Assert.EndsWith("0.0000000Z", at, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--nodes", "0", "--nodes is '0'; expected a whole number from 1 on")]
    [InlineData("--up", "0s", "--up is '0s'; expected a span above zero")]
    [InlineData("--length", "long", "--length is 'long'; expected a span")]
    [InlineData("--start", "yesterday", "--start is 'yesterday'; expected a time")]
    public async Task A_value_that_makes_no_sense_is_refused(string option, string value, string expected)
    {
        var run = await FhsRun.RunAsync("simulate", option, value, "--out", "-");

        Assert.Equal(ExitCode.WrongUsage, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    private static Canned Accept(Received request) => request.Method == "PUT"
        ? Canned.Ok("{}")
        : request.Method == "GET"
        ? Canned.Ok("""{"detectors":[]}""")
        : Canned.Ok($$"""{"accepted":{{JsonNode.Parse(request.Body)!.AsArray().Count}},"duplicates":0,"rejected":[],"retry":[]}""");
}
