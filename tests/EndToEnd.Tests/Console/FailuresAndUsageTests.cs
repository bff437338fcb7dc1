using System.Text.Json.Nodes;
using FailureHistory.Fhs;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Fhs;

/// <summary>How <c>fhs</c> fails: exit codes, lines for people, problems for programs, other members (SPEC 11.3).</summary>
public sealed class FailuresAndUsageTests
{
    // Nothing listens on port 1.
    private const string Nobody = "http://127.0.0.1:1";
    private const string EmptyRing = """{"clusterId":"c","version":1,"replicationFactor":3,"members":[],"segments":[]}""";

    private static readonly Dictionary<string, string> NoVariables = [];

    [Theory]
    [InlineData(400, ExitCode.WrongUsage)]
    [InlineData(404, ExitCode.NotFound)]
    [InlineData(409, ExitCode.Failed)]
    [InlineData(500, ExitCode.Failed)]
    [InlineData(503, ExitCode.Failed)]
    public async Task A_problem_is_one_line_for_people_and_itself_for_programs(int status, int exitCode)
    {
        await using var service = await FakeService.StartAsync(Canned.Problem(status, "Some title", "some detail"));

        var people = await FhsRun.AgainstAsync(service, "state", "n1");
        var programs = await FhsRun.AgainstAsync(service, "state", "n1", "--json");

        Assert.Equal(new FhsRun(exitCode, "", "fhs: Some title: some detail\n"), people);
        Assert.Equal(new FhsRun(exitCode, "", Canned.Problem(status, "Some title", "some detail").Body + Environment.NewLine), programs);
    }

    [Fact]
    public async Task A_not_found_of_another_web_server_is_a_failure_and_not_an_unknown_node()
    {
        await using var service = await FakeService.StartAsync(new Canned(404, "<html>nginx</html>", "text/html"));

        var run = await FhsRun.AgainstAsync(service, "state", "n1");

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("is it one?", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_is_not_understood_is_a_failure()
    {
        await using var service = await FakeService.StartAsync(Canned.Ok("<html>"));

        var run = await FhsRun.AgainstAsync(service, "state", "n1");

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.StartsWith("fhs: Answer not understood:", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Members_are_tried_in_turn_when_one_cannot_be_reached()
    {
        await using var cut = await FakeService.StartAsync(Canned.Cut);
        await using var service = await FakeService.StartAsync(Canned.Ok(EmptyRing));

        var run = await FhsRun.RunAsync("ring", "show", "--url", $"{Nobody}, {cut.Url},{service.Url}/");

        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Single(cut.Requests.Distinct());
        Assert.Equal("GET /v1/ring", service.Requests.Single().ToString());
    }

    [Fact]
    public async Task An_answer_of_the_first_member_is_not_asked_of_the_second()
    {
        await using var first = await FakeService.StartAsync(Canned.Problem(503, "Try again", "too few replicas"));
        await using var second = await FakeService.StartAsync(Canned.Ok(EmptyRing));

        var run = await FhsRun.RunAsync("ring", "show", "--url", $"{first.Url},{second.Url}");

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Empty(second.Requests);
    }

    [Fact]
    public async Task When_no_member_is_reached_each_is_named_with_its_cause()
    {
        var run = await FhsRun.RunAsync("state", "n1", "--json", "--url", $"{Nobody},http://127.0.0.1:2");

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        var problem = JsonNode.Parse(run.Error)!;
        Assert.Equal("No member reached", (string?)problem["title"]);
        Assert.Matches("127.0.0.1:1/: .+; http://127.0.0.1:2/: ", (string?)problem["detail"]);
    }

    [Fact]
    public async Task The_environment_names_the_member_and_the_option_overrides_it()
    {
        await using var service = await FakeService.StartAsync(Canned.Ok(EmptyRing));
        var variables = new Dictionary<string, string> { ["FHS_URL"] = service.Url };

        var named = await FhsRun.InAsync([], variables, "ring", "show");
        var overridden = await FhsRun.InAsync([], variables, "ring", "show", "--url", Nobody);

        Assert.Equal((ExitCode.Done, ExitCode.Failed), (named.ExitCode, overridden.ExitCode));
        Assert.Single(service.Requests);
    }

    [Theory]
    [InlineData("", "'fhs' needs one of the commands")]
    [InlineData("stat n1", "not 'stat'")]
    [InlineData("ring", "'fhs ring' needs one of the commands show, remove")]
    [InlineData("state", "'NODE'")]
    [InlineData("state n1 n2", "'n2'")]
    [InlineData("state n1 --consistency two", "--consistency is 'two'; expected one of one, majority")]
    [InlineData("state n1 --url ftp://x", "'ftp://x'")]
    [InlineData("state n1 --url ,", "--url is ','")]
    [InlineData("history n1 --limit 0", "--limit is '0'; expected a whole number from 1 on")]
    [InlineData("history n1 --limit many", "--limit is 'many'")]
    [InlineData("history n1 --from 12", "--from is '12'; expected a time")]
    [InlineData("nodes --min-probability 1.1", "--min-probability is '1.1'; expected a number from 0 to 1")]
    [InlineData("nodes --status down", "--status is 'down'")]
    [InlineData("report n1 broken", "KIND is 'broken'; expected one of failure, join, alive, leave")]
    [InlineData("report n1 failure", "--detector is missing")]
    [InlineData("report n1 join --label rack", "--label is 'rack'; expected key=value")]
    [InlineData("report n1 join --label a=1 --label a=2", "--label is 'a=2'")]
    [InlineData("detectors set x", "--accuracy")]
    [InlineData("detectors set x --accuracy 101", "--accuracy is '101'; expected a number from 0 to 100")]
    [InlineData("detectors set x --accuracy 1 --ttl soon", "--ttl is 'soon'; expected a span")]
    [InlineData("detectors remove ..", "which no URL can name")]
    [InlineData("watch", "--above")]
    [InlineData("watch --above 0", "--above is '0'; expected a number above 0 and at most 1")]
    [InlineData("watch --above 1.1", "--above is '1.1'; expected a number above 0 and at most 1")]
    [InlineData("watch --above 0.7 --below NaN", "--below is 'NaN'; expected a number above 0 and at most 1")]
    [InlineData("watch --above 0.7 --below 0.8", "--below is '0.8'; expected at most --above, which is 0.7")]
    [InlineData("watch --above 0.7 --for soon", "--for is 'soon'; expected a span")]
    [InlineData("watch --above 0.7 --count 0", "--count is '0'; expected a whole number from 1 on")]
    [InlineData("watch a --above 0.7 --blow 0.3", "Unknown option '--blow'")]
    [InlineData("import x", "--format")]
    [InlineData("import x --format xml", "--format is 'xml'")]
    [InlineData("import x --format lanl --patience -1s", "--patience")]
    public async Task Wrong_usage_says_what_was_expected_and_what_came(string line, string expected)
    {
        var args = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

        var people = await FhsRun.InAsync([], NoVariables, args);
        var programs = await FhsRun.InAsync([], NoVariables, [.. args, "--json"]);

        Assert.Equal((ExitCode.WrongUsage, ExitCode.WrongUsage), (people.ExitCode, programs.ExitCode));
        Assert.StartsWith("fhs: Wrong usage: ", people.Error, StringComparison.Ordinal);
        Assert.Contains(expected, people.Error, StringComparison.Ordinal);
        Assert.Single(people.Error.TrimEnd().Split('\n'));
        Assert.Contains(expected, (string?)JsonNode.Parse(programs.Error)!["detail"], StringComparison.Ordinal);
        Assert.Empty(people.Output);
    }

    [Theory]
    [InlineData("state")]
    [InlineData("history")]
    [InlineData("nodes")]
    [InlineData("report")]
    [InlineData("watch")]
    [InlineData("import")]
    [InlineData("detectors")]
    [InlineData("detectors set")]
    [InlineData("detectors remove")]
    [InlineData("detectors heartbeat")]
    [InlineData("remove")]
    [InlineData("cluster show")]
    [InlineData("ring show")]
    [InlineData("ring remove")]
    public async Task Every_command_has_help_with_an_example(string command)
    {
        var run = await FhsRun.InAsync([], NoVariables, [.. command.Split(' '), "--help"]);

        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Matches($@"Examples?:\r?\n  .*fhs {command}", run.Output);
    }
}
