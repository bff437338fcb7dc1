using System.Text.Json.Nodes;
using FailureHistory.Fhs;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Fhs;

/// <summary><c>fhs nodes</c>, <c>detectors</c>, <c>remove</c>, <c>cluster</c> and <c>ring</c> (SPEC 11.3).</summary>
public sealed class FleetCommandTests
{
    private const string Id = "00112233445566778899aabbccddeeff";

    [Fact]
    public async Task Nodes_hands_on_its_filters_and_lists_what_it_got()
    {
        await using var service = await FakeService.StartAsync(Canned.Ok($$$"""
            {"nodes":[{"node":{"id":"{{{Id}}}","name":"gpu-1","hardware":null},"status":"failed","probability":1,"since":"2026-01-31T12:00:00.0000000Z","labels":{"rack":"r12"}},
            {"node":{"id":"{{{Id}}}","name":null,"hardware":null},"status":"unknown","probability":null,"since":"2026-01-31T12:00:00.0000000Z","labels":{}}],
            "incomplete":[3,7],"next":null}
            """));

        var run = await FhsRun.AgainstAsync(
            service, "nodes", "--status", "failed", "--status", "unknown", "--min-probability", "0.25", "--name", "gpu-*", "--label", "rack=r&12", "--label", "gpu", "--sort", "since");

        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Equal(
            "GET /v1/nodes?status=failed&status=unknown&minProbability=0.25&name=gpu-%2A&label=rack%3Dr%2612&label=gpu&sort=since&limit=1000",
            service.Requests.Single().ToString());
        var rows = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, rows.Length);
        Assert.Contains("rack=r12", rows[1], StringComparison.Ordinal);
        Assert.StartsWith(Id, rows[2], StringComparison.Ordinal);
        Assert.Contains("segments 3, 7 did not answer", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nodes_of_several_pages_name_every_segment_that_was_missing_in_any()
    {
        await using var service = await FakeService.StartAsync(request => Canned.Ok(request.Target.Contains("cursor", StringComparison.Ordinal)
            ? """{"nodes":[],"incomplete":[5,3],"next":null}"""
            : """{"nodes":[],"incomplete":[9,3],"next":"c"}"""));

        var run = await FhsRun.AgainstAsync(service, "nodes", "--json");

        Assert.Equal("[3,5,9]", JsonNode.Parse(run.Output)!["incomplete"]!.ToJsonString());
    }

    [Fact]
    public async Task Detectors_are_listed_and_stale_ones_marked()
    {
        await using var service = await FakeService.StartAsync(Canned.Ok("""
            {"detectors":[{"id":"ipmi","accuracy":80,"scope":["gpu-*","cpu-*"],"ttl":"60s","timestamps":"received","description":"sensors","explicit":true,
            "lastHeard":"2026-01-31T12:00:00.0000000Z","stale":true}]}
            """));

        var run = await FhsRun.AgainstAsync(service, "detectors");

        Assert.Equal("GET /v1/detectors", service.Requests.Single().ToString());
        Assert.Contains("gpu-*, cpu-*", run.Output, StringComparison.Ordinal);
        Assert.Contains("2026-01-31 12:00:00 (stale)", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Detectors_set_puts_what_was_given_and_leaves_out_the_rest()
    {
        await using var service = await FakeService.StartAsync(Canned.Ok("{}"));

        var full = await FhsRun.AgainstAsync(
            service, "detectors", "set", "a/b", "--accuracy", "80.5", "--scope", "x*", "--scope", "y*", "--ttl", "60s", "--timestamps", "reported", "--description", "it's");
        var bare = await FhsRun.AgainstAsync(service, "detectors", "set", "c", "--accuracy", "0");

        Assert.Equal((ExitCode.Done, ExitCode.Done), (full.ExitCode, bare.ExitCode));
        Assert.Equal(
            [
                new Received("PUT", "/v1/detectors/a%2Fb", """{"accuracy":80.5,"scope":["x*","y*"],"ttl":"60s","timestamps":"reported","description":"it's"}"""),
                new Received("PUT", "/v1/detectors/c", """{"accuracy":0}"""),
            ],
            service.Requests);
    }

    [Fact]
    public async Task Detectors_remove_of_one_that_is_not_there_is_not_found()
    {
        await using var service = await FakeService.StartAsync(Canned.Problem(404, "Detector not found", "no detector 'x' is registered"));

        var run = await FhsRun.AgainstAsync(service, "detectors", "remove", "x");

        Assert.Equal("DELETE /v1/detectors/x", service.Requests.Single().ToString());
        Assert.Equal(ExitCode.NotFound, run.ExitCode);
        Assert.Equal("fhs: Detector not found: no detector 'x' is registered\n", run.Error);
    }

    [Fact]
    public async Task Detectors_heartbeat_posts_without_a_body()
    {
        await using var service = await FakeService.StartAsync(Canned.Ok("{}"));

        var run = await FhsRun.AgainstAsync(service, "detectors", "heartbeat", "ipmi");

        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Equal(new Received("POST", "/v1/detectors/ipmi/heartbeat", ""), service.Requests.Single());
    }

    [Fact]
    [Trait("Rule", "R10.2")]
    public async Task Remove_hands_on_an_empty_address_for_the_service_to_refuse_rather_than_remove_every_machine()
    {
        await using var service = await FakeService.StartAsync(Canned.Problem(400, "Invalid request", "hardware is empty"));

        var run = await FhsRun.AgainstAsync(service, "remove", "n1", "--hardware", "");

        Assert.Equal("DELETE /v1/nodes/n1?hardware=", service.Requests.Single().ToString());
        Assert.Equal(ExitCode.WrongUsage, run.ExitCode);
    }

    [Fact]
    [Trait("Rule", "R10.2")]
    public async Task Remove_forces_only_when_told_to()
    {
        await using var service = await FakeService.StartAsync(new Canned(204, ""));

        await FhsRun.AgainstAsync(service, "remove", "n1");
        var forced = await FhsRun.AgainstAsync(service, "remove", "n1", "--hardware", "m1", "--force");

        Assert.Equal(["DELETE /v1/nodes/n1", "DELETE /v1/nodes/n1?hardware=m1&force=true"], service.Requests.Select(request => request.ToString()));
        Assert.Contains("machine m1 under n1 is removed", forced.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mistyped_option_is_not_taken_for_the_node()
    {
        await using var service = await FakeService.StartAsync(new Canned(204, ""));

        var run = await FhsRun.AgainstAsync(service, "remove", "--forse");

        Assert.Equal(ExitCode.WrongUsage, run.ExitCode);
        Assert.Empty(service.Requests);
    }

    [Fact]
    public async Task Cluster_show_lists_the_members()
    {
        await using var service = await FakeService.StartAsync(Canned.Ok($$"""
            {"clusterId":"c1","members":[{"id":"{{Id}}","name":"m1:8551","address":"akka.tcp://fh@m1:8551","http":"http://m1:8560","zone":"","status":"unreachable","inRing":true}]}
            """));

        var run = await FhsRun.AgainstAsync(service, "cluster", "show");

        Assert.Equal("GET /v1/cluster", service.Requests.Single().ToString());
        Assert.Contains("unreachable", run.Output, StringComparison.Ordinal);
        Assert.Contains("http://m1:8560", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Rule", "R9.2")]
    public async Task Ring_show_names_the_segments_that_lack_a_serving_copy_and_all_on_demand()
    {
        await using var service = await FakeService.StartAsync(Canned.Ok("""
            {"clusterId":"c1","version":7,"replicationFactor":2,"members":[{"id":"a","name":"m1","zone":"z1","copies":2},{"id":"b","name":"m2","zone":"","copies":2}],
            "segments":[{"segment":0,"members":["a","b"],"serving":["b","a"]},{"segment":201,"members":["b","a"],"serving":["a"]}]}
            """));

        var some = await FhsRun.AgainstAsync(service, "ring", "show");
        var all = await FhsRun.AgainstAsync(service, "ring", "show", "--segments");

        Assert.StartsWith("ring version 7 of cluster c1, 2 copies of each of 2 segments", some.Output, StringComparison.Ordinal);
        Assert.Contains("1 segment lacks a serving copy", some.Output, StringComparison.Ordinal);
        Assert.Contains("m2, m1", some.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("m1, m2", some.Output, StringComparison.Ordinal);
        Assert.Contains("m1, m2", all.Output, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Rule", "R9.9")]
    public async Task Ring_remove_deletes_the_member()
    {
        await using var service = await FakeService.StartAsync(Canned.Ok("""{"version":8}"""));

        var run = await FhsRun.AgainstAsync(service, "ring", "remove", Id, "--json");

        Assert.Equal($"DELETE /v1/ring/members/{Id}", service.Requests.Single().ToString());
        Assert.Equal("{\"version\":8}" + Environment.NewLine, run.Output);
    }
}
