using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using FailureHistory.Fhs;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Fhs;

/// <summary>Our own CSV (SPEC 11.4), in and out, against a fake service.</summary>
[Trait("Rule", "11.4")]
public sealed class CsvImportTests : IDisposable
{
    private const string Header = "at,node,hardware,detector,kind,reason,id,name,labels,receivedAt,accuracy,total,reportedAt,explicit,signature";
    private const string Detectors = """{"detectors":[{"id":"d1","accuracy":80,"timestamps":"reported","explicit":true,"stale":false}]}""";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("fhs-csv-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task The_seven_columns_are_enough_and_stand_wherever_they_like()
    {
        await using var service = await FakeService.StartAsync(Accept);

        var run = await ImportAsync(service, "kind,node,at,detector,reason,hardware,id\nfailure,n1,2020-01-01T00:00:00Z,d1,\"a, \"\"b\"\"\",m1,x\njoin,n1,2020-01-01 01:00,,,,\n");

        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Equal(
            """[{"id":"x","node":"n1","kind":"failure","detector":"d1","hardware":"m1","at":"2020-01-01T00:00:00.0000000Z","reason":"a, \"b\""},{"id":"n1/join/2020-01-01T01:00:00.0000000Z","node":"n1","kind":"join","at":"2020-01-01T01:00:00.0000000Z"}]""",
            Posts(service).Single().Body);
        Assert.Contains("observations without a detector are stamped on arrival", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("detector d1", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Rule", "R2.3")]
    public async Task A_detector_whose_times_would_not_count_is_told_of_before_anything_is_sent()
    {
        await using var service = await FakeService.StartAsync(Accept);

        var run = await ImportAsync(service, "at,node,hardware,detector,kind,reason,id\n2020-01-01,n1,,d2,failure,,x\n");

        Assert.Contains("detector d2 is not registered with --timestamps reported", run.Error, StringComparison.Ordinal);
        Assert.Equal(["GET", "POST"], service.Requests.Select(request => request.Method));
    }

    [Fact]
    public async Task Lines_that_cannot_be_used_are_told_with_number_and_reason_and_skipped()
    {
        await using var service = await FakeService.StartAsync(Accept);

        var run = await ImportAsync(
            service,
            "at,node,hardware,detector,kind,reason,id,name,labels\n"
            + "2020-01-01,,,d1,failure,,1,,\n"
            + "2020-01-01,n1,,d1,broken,,2,,\n"
            + "2020-01-01,n1,,,failure,,3,,\n"
            + "01/02/2020,n1,,d1,failure,,4,,\n"
            + "2020-01-01,n1,,d1,failure,,5,,rack=1\n"
            + "2020-01-01,n1,,d1,failure,,6,n2,\n"
            + "2020-01-01,n1\n"
            + "2020-01-01,n1,,d1,fail\"ure,,7,,\n"
            + "2020-01-01,N1,,d1,failure,,8,n1,\"{\"\"rack\"\":\"\"r1\"\"}\"\n"
            + "2020-01-01,n1,,d1,failure,a fan, again,9,,\n", // a comma that should be quoted moves what follows it
            "--json");

        Assert.Equal(ExitCode.Done, run.ExitCode);
        var counts = JsonNode.Parse(run.Output)!;
        Assert.Equal((10, 1, 9), ((int)counts["records"]!, (int)counts["accepted"]!, counts["skipped"]!.AsObject().Sum(pair => (int)pair.Value!)));
        Assert.Equal([2, 3, 4, 5, 6, 7, 8, 9, 11], run.Error.TrimEnd().Split('\n').Select(line => (int)JsonNode.Parse(line)!["line"]!));
        Assert.Equal("""[{"id":"8","node":"n1","kind":"failure","detector":"d1","at":"2020-01-01T00:00:00.0000000Z","labels":{"rack":"r1"}}]""", Posts(service).Single().Body);
    }

    [Theory]
    [InlineData("csv", false, "at,node,hardware,detector,kind,reason,id\n2020-01-01,n1,,d1,failure,,1\n2020-01-01,n1,,,failure,,2\n", "line 3: a failure or an alive without a detector; nothing was sent")]
    [InlineData("csv", true, Header + "\n2020-01-01,n1,,d1,failure,,1,,,2020-01-01,80,80,,true,\n2020-01-01,n1,,d1,failure,,2,,,,80,80,,true,\n", "line 3: receivedAt is no RFC 3339 time")]
    [InlineData("fta", false, "# node_name event_type event_start_time event_stop_time event_end_reason\nn\t0\t1\t2\tNULL\nn\t0\t2\t1\tNULL\n", "line 3: event_stop_time is before event_start_time")]
    public async Task Strict_stops_at_the_first_bad_line_before_anything_is_sent(string format, bool restore, string text, string told)
    {
        await using var service = await FakeService.StartAsync(Accept);

        var run = await ImportAsync(service, text, ["--strict", .. restore ? ["--restore"] : Array.Empty<string>()], format);

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains(told, run.Error, StringComparison.Ordinal);
        Assert.Empty(service.Requests);
    }

    [Theory]
    [InlineData("at,node,hardware,detector,kind,reason,id,Kind\n", "the header has the column 'Kind' twice")]
    [InlineData("at,node\n", "the header lacks the column 'hardware'")]
    [InlineData("", "empty")]
    public async Task Something_else_is_no_csv_of_ours(string text, string told)
    {
        await using var service = await FakeService.StartAsync(Accept);

        var run = await ImportAsync(service, text);

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains(told, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_restore_sends_each_nodes_observations_from_the_latest_to_the_earliest_and_as_they_are()
    {
        await using var service = await FakeService.StartAsync(Accept);

        var run = await ImportAsync(
            service,
            Header + "\n"
            + "2020-01-01T00:00:00.0000001Z,b,,d1,failure,,1,b,,2021-01-01T00:00:00Z,80.5,0.1,,false,c2ln\n"
            + "2020-01-01T00:00:00.0000001Z,b,,,join,,2,b,,2021-01-01T00:00:00Z,,0,,,\n"
            + "2020-01-02T00:00:00Z,b,,d1,alive,,3,b,,2021-01-02T00:00:00Z,80,80,2019-01-01T00:00:00Z,true,\n",
            ["--restore"]);

        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Equal("POST /v1/observations?restore=true", Posts(service).Single().ToString());
        Assert.Equal(
            """[{"id":"3","node":"b","kind":"alive","detector":"d1","at":"2020-01-02T00:00:00.0000000Z","receivedAt":"2021-01-02T00:00:00.0000000Z","reportedAt":"2019-01-01T00:00:00.0000000Z","accuracy":80,"total":80,"explicit":true},"""
            + """{"id":"2","node":"b","kind":"join","at":"2020-01-01T00:00:00.0000001Z","receivedAt":"2021-01-01T00:00:00.0000000Z","total":0},"""
            + """{"id":"1","node":"b","kind":"failure","detector":"d1","at":"2020-01-01T00:00:00.0000001Z","receivedAt":"2021-01-01T00:00:00.0000000Z","accuracy":80.5,"total":0.1,"explicit":false,"signature":"c2ln"}]""",
            Posts(service).Single().Body);
    }

    [Fact]
    public async Task Restore_is_for_our_own_format_alone()
    {
        var run = await FhsRun.RunAsync("import", "x", "--format", "lanl", "--restore");

        Assert.Equal(ExitCode.WrongUsage, run.ExitCode);
        Assert.Contains("--restore", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("out.csv")]
    [InlineData("out.csv.gz")]
    public async Task An_export_is_a_csv_that_reads_back_as_it_is(string name)
    {
        await using var service = await FakeService.StartAsync(Stored);
        var file = Path.Combine(folder.FullName, name);

        var export = await FhsRun.AgainstAsync(service, "export", "--out", file, "--json");

        Assert.True(export.ExitCode == ExitCode.Done, export.Error);
        Assert.Equal((1, 2, true), ((int)JsonNode.Parse(export.Output)!["nodes"]!, (int)JsonNode.Parse(export.Output)!["observations"]!, (bool)JsonNode.Parse(export.Output)!["complete"]!));
        using var content = File.OpenRead(file);
        using var text = new StreamReader(name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(content, CompressionMode.Decompress) : content);
        Assert.Equal(
            Header + "\n"
            + "2020-01-01T00:00:00.0000000Z,n1,m1,d1,failure,\"two\nlines, \"\"quoted\"\"\",1,n1,\"{\"\"k\"\":\"\"v\"\"}\",2020-01-01T00:00:01.0000000Z,80.5,180,,true,\n"
            + "2020-01-02T00:00:00.0000000Z,00112233445566778899aabbccddeeff,,,join,,2,,,2020-01-02T00:00:01.0000000Z,,0,,,\n",
            await text.ReadToEndAsync());
        Assert.Equal([file], Directory.GetFiles(folder.FullName));
    }

    [Fact]
    public async Task What_an_export_lacks_is_named_and_fails_it()
    {
        await using var service = await FakeService.StartAsync(request => request.Target.Contains("/observations", StringComparison.Ordinal)
            ? Canned.Problem(503, "Try again", "no majority of the replicas of segment 7")
            : request.Target.Contains("/v1/nodes?", StringComparison.Ordinal)
                ? Canned.Ok("""{"nodes":[{"node":{"id":"00112233445566778899aabbccddeeff","name":"n1","hardware":null},"status":"up"}],"incomplete":[3,9],"next":null}""")
                : Stored(request));

        var run = await FhsRun.AgainstAsync(service, "export", "--patience", "300ms");

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("segments 3, 9", run.Error, StringComparison.Ordinal);
        Assert.Contains("missing: n1, or a part of it: no progress within 0.3s: no majority of the replicas of segment 7", run.Error, StringComparison.Ordinal);
        Assert.StartsWith(Header, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_export_that_is_not_whole_leaves_the_last_one_and_says_where_it_is_itself()
    {
        await using var service = await FakeService.StartAsync(request => request.Target.Contains("/observations", StringComparison.Ordinal)
            ? Canned.Problem(503, "Try again", "no majority of the replicas of segment 7")
            : Stored(request));
        var file = Path.Combine(folder.FullName, "backup.csv");
        await File.WriteAllTextAsync(file, "the last one");

        var run = await FhsRun.AgainstAsync(service, "export", "--out", file, "--patience", "300ms");

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Equal("the last one", await File.ReadAllTextAsync(file));
        Assert.Contains($"{file} is left as it was; what could be read is in {file}.part", run.Error, StringComparison.Ordinal);
        Assert.StartsWith(Header, await File.ReadAllTextAsync(file + ".part"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_nobody_lists_of_one_glob_is_not_forgotten_at_the_next()
    {
        await using var service = await FakeService.StartAsync(request => Canned.Ok(
            request.Target.Contains("name=a", StringComparison.Ordinal) ? Nodes("3") : request.Target.Contains("name=b", StringComparison.Ordinal) ? Nodes("9") : Nodes("")));

        var run = await FhsRun.AgainstAsync(service, "export", "a*", "b*", "c*", "--patience", "200ms");

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("segments 3, 9", run.Error, StringComparison.Ordinal);

        static string Nodes(string silent) => $$"""{"nodes":[],"incomplete":[{{silent}}],"next":null}""";
    }

    [Fact]
    public async Task An_export_of_a_node_that_is_not_known_is_not_found()
    {
        await using var service = await FakeService.StartAsync(Canned.Problem(404, "Not found", "nobody reported on n9"));

        Assert.Equal(ExitCode.NotFound, (await FhsRun.AgainstAsync(service, "export", "n9")).ExitCode);
        Assert.Equal(ExitCode.WrongUsage, (await FhsRun.AgainstAsync(service, "export", "hw:aa:bb")).ExitCode);
    }

    private static Canned Accept(Received request) => request.Method switch
    {
        "GET" => Canned.Ok(Detectors),
        "POST" => Canned.Ok($$"""{"accepted":{{JsonNode.Parse(request.Body)!.AsArray().Count}},"duplicates":0,"rejected":[],"retry":[]}"""),
        _ => Canned.Ok("{}"),
    };

    // One id in two pages, told of once.
    private static Canned Stored(Received request) => request.Target switch
    {
        "/v1/nodes?stored=true&limit=1000" =>
            Canned.Ok("""{"nodes":[{"node":{"id":"00112233445566778899aabbccddeeff","name":null,"hardware":null},"status":"up"}],"incomplete":[],"next":null}"""),
        "/v1/nodes/00112233445566778899aabbccddeeff/observations?stored=true&limit=1000" => Canned.Ok(
            """{"observations":[{"id":"1","node":"n1","hardware":"m1","detector":"d1","kind":"failure","at":"2020-01-01T00:00:00.0000000Z","receivedAt":"2020-01-01T00:00:01.0000000Z","reportedAt":null,"reason":"two\nlines, \"quoted\"","labels":{"k":"v"},"accuracy":80.5,"total":180,"explicit":true,"signature":null}],"complete":true,"next":"c1"}"""),
        "/v1/nodes/00112233445566778899aabbccddeeff/observations?stored=true&limit=1000&cursor=c1" => Canned.Ok(
            """{"observations":[{"id":"2","node":"00112233445566778899aabbccddeeff","hardware":null,"detector":null,"kind":"join","at":"2020-01-02T00:00:00.0000000Z","receivedAt":"2020-01-02T00:00:01.0000000Z","reportedAt":null,"reason":null,"labels":{},"accuracy":null,"total":0,"explicit":null,"signature":null}],"complete":true,"next":null}"""),
        _ => Canned.Problem(400, "Bad request", request.Target),
    };

    private async Task<FhsRun> ImportAsync(FakeService service, string text, string[] more, string format = "csv")
    {
        var file = Path.Combine(folder.FullName, "in.txt");
        await File.WriteAllTextAsync(file, text, Encoding.UTF8);
        return await FhsRun.AgainstAsync(service, ["import", file, "--format", format, .. more]);
    }

    private Task<FhsRun> ImportAsync(FakeService service, string text, params string[] more) => ImportAsync(service, text, more, "csv");

    private static IReadOnlyList<Received> Posts(FakeService service) => [.. service.Requests.Where(request => request.Method == "POST")];
}
