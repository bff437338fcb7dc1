using System.Text.Json.Nodes;
using FailureHistory.Core.Identity;
using FailureHistory.Fhs;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Fhs;

/// <summary><c>fhs state</c> and <c>fhs history</c> (SPEC 11.3, R6.1, R6.2).</summary>
public sealed class StateAndHistoryTests
{
    private const string State = """
        {"node":{"id":"00112233445566778899aabbccddeeff","name":"gpu/17","hardware":"3c:ec:ef:00:11:22"},"asOf":"2026-01-31T12:00:00.0000000Z",
        "status":"suspected","probability":0.4,"incident":{"id":"0123456789abcdef","since":"2026-01-31T11:59:00.0000000Z"},
        "verdicts":[{"detector":"ipmi","accuracy":40,"suspects":true,"since":"2026-01-31T11:59:00.0000000Z","lastHeard":"2026-01-31T11:59:30.0000000Z",
        "latestIncident":true,"observation":"o1","reason":"fan [red]1[/]\u001b[2J gone"},
        {"detector":"ping","accuracy":60,"suspects":false,"since":null,"lastHeard":null,"latestIncident":false,"observation":null,"reason":null}],
        "complete":true,"replicas":1,"answeredBy":"m1:8551","newer":"ignored"}
        """;

    [Fact]
    public async Task State_shows_status_probability_and_every_detector()
    {
        await using var service = await FakeService.StartAsync(Canned.Ok(State));

        var run = await FhsRun.AgainstAsync(service, "state", "gpu/17");

        Assert.Equal(ExitCode.Done, run.ExitCode);
        var lines = run.Output.Split('\n');
        Assert.Equal("gpu/17: suspected, P = 0.4", lines[0]);
        Assert.Contains(lines, line => Words(line).SequenceEqual(
            ["ipmi", "40", "suspects", "2026-01-31", "11:59:00", "2026-01-31", "11:59:30", "yes", "o1", "fan", "[red]1[/]", "[2J", "gone"]));
        Assert.Contains(lines, line => Words(line).Take(4).SequenceEqual(["ping", "60", "silent", "-"]));
        Assert.Empty(run.Error);
    }

    [Fact]
    public async Task Output_that_is_no_terminal_has_no_control_sequences_not_even_those_of_a_reason()
    {
        await using var service = await FakeService.StartAsync(Canned.Ok(State));

        var run = await FhsRun.AgainstAsync(service, "state", "gpu/17");

        Assert.DoesNotContain('\u001b', run.Output);
    }

    [Theory]
    [Trait("Rule", "R1.1")]
    [InlineData("gpu/17", "gpu%2F17")]
    [InlineData("a%2Fb", "a%252Fb")]
    [InlineData("hw:3c:ec?#", "hw%3A3c%3Aec%3F%23")]
    [InlineData("müll 1", "m%C3%BCll%201")]
    [InlineData("@gate", "%40gate")]
    public async Task The_node_is_percent_encoded_in_the_path(string node, string encoded)
    {
        await using var service = await FakeService.StartAsync(Canned.Ok(State));

        await FhsRun.AgainstAsync(service, "state", node, "--consistency", "majority");

        Assert.Equal($"GET /v1/nodes/{encoded}/state?consistency=majority", service.Requests.Single().ToString());
    }

    [Fact]
    public async Task A_node_named_like_a_step_in_a_path_is_asked_for_by_its_id()
    {
        await using var service = await FakeService.StartAsync(Canned.Ok(State));

        await FhsRun.AgainstAsync(service, "state", "..");

        Assert.Equal($"GET /v1/nodes/{NodeId.FromName("..")}/state", service.Requests.Single().ToString());
    }

    [Fact]
    public async Task Json_is_passed_through_as_it_came()
    {
        await using var service = await FakeService.StartAsync(Canned.Ok(State));

        var run = await FhsRun.AgainstAsync(service, "state", "gpu/17", "--json");

        Assert.Equal(State + Environment.NewLine, run.Output);
    }

    [Fact]
    public async Task History_follows_the_pages_and_shows_all_periods()
    {
        await using var service = await FakeService.StartAsync(PagesOfHistory);

        var run = await FhsRun.AgainstAsync(service, "history", "n1", "--from", "2026-01-01", "--to", "2026-02-01T12:30+02:00");

        Assert.Equal(ExitCode.Done, run.ExitCode);
        const string Query = "?from=2026-01-01T00%3A00%3A00.0000000Z&to=2026-02-01T10%3A30%3A00.0000000Z&limit=1000";
        Assert.Equal(
            [$"GET /v1/nodes/n1/history{Query}", $"GET /v1/nodes/n1/history{Query}&cursor=c%2F1", $"GET /v1/nodes/n1/history{Query}&cursor=c2"],
            service.Requests.Select(request => request.ToString()));
        Assert.StartsWith("n1: 3 periods", run.Output, StringComparison.Ordinal);
        Assert.Contains("incomplete", run.Output, StringComparison.Ordinal);
        var lines = run.Output.Split('\n');
        Assert.Contains(lines, line => Words(line).SequenceEqual(["2026-01-01", "00:00:00", "2026-01-02", "04:00:00", "1d", "04h", "0", "-", "-", "-"]));
        Assert.Contains(lines, line => Words(line).SequenceEqual(["2026-01-02", "04:00:00", "2026-01-02", "04:05:00", "5m", "00s", "0.8", "ipmi", "(80)", "i1", "fan"]));
        Assert.Contains(lines, line => Words(line).SequenceEqual(["2026-01-02", "04:05:00", "now", "-", "unknown", "planned", "-", "-"]));
    }

    [Fact]
    public async Task History_of_several_pages_is_one_json_of_the_same_shape()
    {
        await using var service = await FakeService.StartAsync(PagesOfHistory);

        var run = await FhsRun.AgainstAsync(service, "history", "n1", "--json");

        var whole = JsonNode.Parse(run.Output)!;
        Assert.Equal(3, whole["periods"]!.AsArray().Count);
        Assert.Equal("2026-01-02T04:05:00.0000000Z", (string?)whole["periods"]![2]!["from"]);
        Assert.False((bool)whole["complete"]!);
        Assert.True(whole.AsObject().ContainsKey("next"));
        Assert.Null(whole["next"]);
    }

    [Fact]
    public async Task A_limit_ends_the_pages_and_tells_how_to_go_on()
    {
        await using var service = await FakeService.StartAsync(PagesOfHistory);

        var run = await FhsRun.AgainstAsync(service, "history", "n1", "--limit", "2");

        Assert.Equal(
            ["GET /v1/nodes/n1/history?limit=2", "GET /v1/nodes/n1/history?limit=1&cursor=c%2F1"],
            service.Requests.Select(request => request.ToString()));
        Assert.Contains("more: --cursor c2", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cursor_that_leads_to_itself_is_not_followed_for_ever()
    {
        await using var service = await FakeService.StartAsync(Canned.Ok(Page("2026-01-01T00:00:00", "2026-01-02T00:00:00", "[]", "0", "c1")));

        var run = await FhsRun.AgainstAsync(service, "history", "n1");

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Equal(2, service.Requests.Count);
        Assert.Contains("leads to itself", run.Error, StringComparison.Ordinal);
    }

    private static Canned PagesOfHistory(Received request)
    {
        var cursor = request.Target.Split("cursor=") is [_, var text] ? text : null;
        return Canned.Ok(cursor switch
        {
            null => Page("2026-01-01T00:00:00", "2026-01-02T04:00:00", "[]", "0", "c/1"),
            "c%2F1" => Page(
                "2026-01-02T04:00:00", "2026-01-02T04:05:00",
                """[{"detector":"ipmi","accuracy":80,"since":"2026-01-02T04:00:00Z","observation":"o","reason":"fan"}]""", "0.8", "c2", complete: "false", incident: "\"i1\""),
            _ => Page("2026-01-02T04:05:00", null, "[]", "null", null, planned: "true"),
        });
    }

    private static string Page(
        string from, string? to, string suspects, string probability, string? next, string complete = "true", string incident = "null", string planned = "false")
    {
        var end = to is null ? "null" : $"\"{to}.0000000Z\"";
        var cursor = next is null ? "null" : $"\"{next}\"";
        return $$"""
            {"node":{"id":"00112233445566778899aabbccddeeff","name":"n1","hardware":null},"incarnations":[],
            "periods":[{"from":"{{from}}.0000000Z","to":{{end}},"probability":{{probability}},"suspects":{{suspects}},"incident":{{incident}},"planned":{{planned}}}],
            "complete":{{complete}},"next":{{cursor}}}
            """;
    }

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
