using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using FailureHistory.Fhs;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Fhs;

/// <summary><c>fhs import --format lanl</c> (SPEC 11.4) against a service that stores, refuses, and breaks.</summary>
[Trait("Rule", "11.4")]
public sealed class ImportCommandTests
{
    private const string Header = "System,nodenumz,Prob Started,Prob Fixed,Facilities,Hardware,Human Error,Network,Undetermined,Software\n";

    private static string MadeUp => Path.Combine(AppContext.BaseDirectory, "Lanl", "made-up.csv");

    [Fact]
    public async Task The_detector_is_registered_first_and_each_outage_is_a_failure_and_a_join()
    {
        var store = new Store();
        await using var service = await FakeService.StartAsync(store.Answer);

        var run = await FhsRun.AgainstAsync(service, "import", MadeUp, "--format", "lanl");

        Assert.Equal(ExitCode.Done, run.ExitCode);
        var registration = JsonNode.Parse(service.Requests[0].Body)!;
        Assert.Equal("PUT /v1/detectors/trace.lanl", service.Requests[0].ToString());
        Assert.Equal(("100", "reported", """["lanl.*"]"""), (registration["accuracy"]!.ToJsonString(), (string?)registration["timestamps"], registration["scope"]!.ToJsonString()));
        Assert.Equal(22, store.Stored.Count);
        Assert.Equal(
            """{"id":"lanl.2.1/failure/2000-01-01T00:00:00.0000000Z","node":"lanl.2.1","kind":"failure","detector":"trace.lanl","at":"2000-01-01T00:00:00.0000000Z","reason":"Network: Switch"}""",
            store.Stored["lanl.2.1/failure/2000-01-01T00:00:00.0000000Z"]);
        Assert.Equal(
            """{"id":"lanl.2.1/join/2000-01-01T03:30:00.0000000Z","node":"lanl.2.1","kind":"join","detector":"trace.lanl","at":"2000-01-01T03:30:00.0000000Z"}""",
            store.Stored["lanl.2.1/join/2000-01-01T03:30:00.0000000Z"]);
    }

    [Fact]
    public async Task The_summary_counts_everything_and_skipped_lines_are_told()
    {
        await using var service = await FakeService.StartAsync(new Store().Answer);

        var people = await FhsRun.AgainstAsync(service, "import", MadeUp, "--format", "lanl");
        var programs = await FhsRun.AgainstAsync(service, "import", MadeUp, "--format", "lanl", "--json");

        var lines = people.Output.Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Assert.Equal(
            ["records 28", "outages 11 of 7 nodes, 1 of zero length", "observations sent 22", "accepted 22", "duplicates 0", "rejected 0", "lines skipped 9"], lines.Take(7));
        Assert.Contains("line 15: skipped, no node (nodenumz is empty)\n", people.Error, StringComparison.Ordinal);
        Assert.Contains("sent 22 of 22 (", people.Error, StringComparison.Ordinal);
        var counts = JsonNode.Parse(programs.Output)!;
        Assert.Equal(
            (28, 11, 22, 0, 22, 9),
            ((int)counts["records"]!, (int)counts["outages"]!, (int)counts["sent"]!, (int)counts["accepted"]!, (int)counts["duplicates"]!,
                counts["skipped"]!.AsObject().Sum(pair => (int)pair.Value!)));
        Assert.All(programs.Error.TrimEnd().Split('\n'), line => Assert.NotNull(JsonNode.Parse(line)!["line"]));
    }

    [Fact]
    [Trait("Rule", "R2.4")]
    public async Task Importing_again_stores_nothing_twice()
    {
        var store = new Store();
        await using var service = await FakeService.StartAsync(store.Answer);

        await FhsRun.AgainstAsync(service, "import", MadeUp, "--format", "lanl");
        var before = store.Stored.Count;
        var again = await FhsRun.AgainstAsync(service, "import", MadeUp, "--format", "lanl", "--json");

        Assert.Equal(before, store.Stored.Count);
        Assert.Equal((0, before), ((int)JsonNode.Parse(again.Output)!["accepted"]!, (int)JsonNode.Parse(again.Output)!["duplicates"]!));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_standard_input_may_be_plain_or_gzip(bool gzip)
    {
        var store = new Store();
        await using var service = await FakeService.StartAsync(store.Answer);

        var run = await FhsRun.InAsync(
            gzip ? Zip(Trace(3)) : Encoding.UTF8.GetBytes(Trace(3)), new Dictionary<string, string>(), "import", "-", "--format", "lanl", "--url", service.Url);

        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Equal(6, store.Stored.Count);
    }

    [Fact]
    public async Task Batches_hold_a_thousand_and_every_observation_is_in_one()
    {
        var store = new Store();
        await using var service = await FakeService.StartAsync(store.Answer);

        var run = await ImportAsync(service, Trace(2_250));

        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Equal([500, 1000, 1000, 1000, 1000], store.BatchSizes.Order());
        Assert.Equal(4_500, store.Stored.Count);
    }

    [Fact]
    [Trait("Rule", "R2.7")]
    public async Task What_found_no_majority_is_sent_again_and_nothing_else()
    {
        var store = new Store { RetryEvery = 3 };
        await using var service = await FakeService.StartAsync(store.Answer);

        var run = await ImportAsync(service, Trace(450), "--json");

        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Equal([900, 300, 100, 34, 12, 4, 2, 1, 1], store.BatchSizes);
        Assert.Equal((900, 0), ((int)JsonNode.Parse(run.Output)!["accepted"]!, (int)JsonNode.Parse(run.Output)!["duplicates"]!));
    }

    [Theory]
    [InlineData("members")]
    [InlineData("bare")]
    [InlineData("cut")]
    public async Task A_refusal_for_now_or_a_broken_connection_is_tried_again(string how)
    {
        var store = new Store();
        var calls = 0;
        await using var service = await FakeService.StartAsync(request => calls++ % 3 == 1 ? store.Answer(request) : how switch
        {
            "members" when request.Method == "POST" =>
                new Canned(503, """{"title":"Try again","detail":"x","accepted":0,"duplicates":0,"rejected":[],"retry":[0,1,2,3,4,5]}""", "application/problem+json"),
            "cut" => Canned.Cut,
            _ => Canned.Problem(503, "Try again", "no majority"),
        });

        var run = await ImportAsync(service, Trace(3));

        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Equal(6, store.Stored.Count);
    }

    [Fact]
    public async Task While_one_member_has_no_majority_the_next_one_is_tried()
    {
        var store = new Store();
        await using var small = await FakeService.StartAsync(Canned.Problem(503, "Try again", "no majority"));
        await using var large = await FakeService.StartAsync(store.Answer);

        var run = await FhsRun.InAsync(
            Encoding.UTF8.GetBytes(Trace(3)), new Dictionary<string, string>(), "import", "-", "--format", "lanl", "--url", $"{small.Url},{large.Url}");

        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Equal(6, store.Stored.Count);
    }

    [Fact]
    public async Task When_patience_runs_out_it_says_how_far_it_came_and_how_to_go_on()
    {
        var store = new Store();
        await using var service = await FakeService.StartAsync(request => request.Method == "PUT" || store.BatchSizes.Count == 0
            ? store.Answer(request)
            : Canned.Problem(503, "Try again", "2 of 3 replicas are away"));

        var run = await ImportAsync(service, Trace(1_000), "--patience", "300ms");

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("2 of 3 replicas are away", run.Error, StringComparison.Ordinal);
        Assert.Contains("1,000 of 2,000 observations are settled; run the same command again", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    [Trait("Rule", "R2.8")]
    public async Task Rejected_observations_are_told_with_the_line_of_the_file_and_fail_the_import()
    {
        var store = new Store { Rejects = id => id.Contains("lanl.2.1/join", StringComparison.Ordinal) };
        await using var service = await FakeService.StartAsync(store.Answer);

        var run = await ImportAsync(service, Trace(3));

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("line 3: rejected, join of lanl.2.1 at 2000-01-01T01:00:00.0000000Z: no good", run.Error, StringComparison.Ordinal);
        Assert.Equal(5, store.Stored.Count);
    }

    [Fact]
    public async Task An_answer_that_leaves_observations_out_is_not_taken_for_success()
    {
        await using var service = await FakeService.StartAsync(request =>
            Canned.Ok(request.Method == "PUT" ? "{}" : """{"accepted":5,"duplicates":0,"rejected":[],"retry":[]}"""));

        var run = await ImportAsync(service, Trace(3));

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("did not say of every report", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_of_the_batch_as_a_whole_ends_it_at_once()
    {
        await using var service = await FakeService.StartAsync(request =>
            request.Method == "PUT" ? Canned.Ok("{}") : Canned.Problem(413, "Too large", "over 8 MiB"));

        var run = await ImportAsync(service, Trace(3));

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Equal(2, service.Requests.Count);
        Assert.Contains("over 8 MiB", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Strict_stops_at_the_first_bad_line_before_anything_is_sent()
    {
        await using var service = await FakeService.StartAsync(new Store().Answer);

        var run = await FhsRun.AgainstAsync(service, "import", MadeUp, "--format", "lanl", "--strict");

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("line 15: no node", run.Error, StringComparison.Ordinal);
        Assert.Empty(service.Requests);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_a_failure()
    {
        var run = await FhsRun.RunAsync("import", Path.Combine(AppContext.BaseDirectory, "no-such.csv"), "--format", "lanl");

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("no-such.csv", run.Error, StringComparison.Ordinal);
    }

    private static Task<FhsRun> ImportAsync(FakeService service, string csv, params string[] more) => FhsRun.InAsync(
        Encoding.UTF8.GetBytes(csv), new Dictionary<string, string>(), ["import", "-", "--format", "lanl", "--url", service.Url, .. more]);

    // One outage of an hour for each of many nodes: node i stands in line i + 2.
    private static string Trace(int nodes) =>
        Header + string.Concat(Enumerable.Range(0, nodes).Select(node => $"2,{node},1/1/2000 0:00,1/1/2000 1:00,,CPU,,,,\n"));

    private static byte[] Zip(string text)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return bytes.ToArray();
    }

    /// <summary>Stores observations by id, as the service does. Called for one request at a time.</summary>
    private sealed class Store
    {
        public Dictionary<string, string> Stored { get; } = [];

        public List<int> BatchSizes { get; } = [];

        /// <summary>Every n-th of a batch finds no majority, the first included; 0 for none. A lone one is stored the second time.</summary>
        public int RetryEvery { get; init; }

        public Func<string, bool> Rejects { get; init; } = _ => false;

        private bool sawLoneOne;

        public Canned Answer(Received request)
        {
            if (request.Method != "POST")
            {
                return Canned.Ok("{}");
            }

            var batch = JsonNode.Parse(request.Body)!.AsArray();
            BatchSizes.Add(batch.Count);
            var (accepted, duplicates) = (0, 0);
            var (rejected, retry) = (new JsonArray(), new JsonArray());
            for (var i = 0; i < batch.Count; i++)
            {
                var id = (string)batch[i]!["id"]!;
                if (Rejects(id))
                {
                    rejected.Add(new JsonObject { ["index"] = i, ["error"] = "no good" });
                }
                else if (RetryEvery > 0 && i % RetryEvery == 0 && !sawLoneOne)
                {
                    retry.Add(i);
                    sawLoneOne = batch.Count == 1;
                }
                else if (Stored.TryAdd(id, batch[i]!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })))
                {
                    accepted++;
                }
                else
                {
                    duplicates++;
                }
            }

            return Canned.Ok(new JsonObject { ["accepted"] = accepted, ["duplicates"] = duplicates, ["rejected"] = rejected, ["retry"] = retry }.ToJsonString());
        }
    }
}
