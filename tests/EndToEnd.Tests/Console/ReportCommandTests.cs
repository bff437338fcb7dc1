using System.Text.Json.Nodes;
using FailureHistory.Fhs;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Fhs;

/// <summary><c>fhs report</c> (SPEC 11.3, R2.7).</summary>
public sealed class ReportCommandTests
{
    private const string Accepted = """{"accepted":1,"duplicates":0,"rejected":[],"retry":[]}""";

    [Fact]
    public async Task A_report_carries_what_was_given()
    {
        await using var service = await FakeService.StartAsync(Canned.Ok(Accepted));

        var run = await FhsRun.AgainstAsync(
            service, "report", "gpu/1", "failure", "--detector", "ipmi", "--hardware", "3c:ec", "--at", "2026-01-31T12:00:00Z", "--reason", "fan \"1\"", "--id", "o1",
            "--label", "rack=r=12", "--label", "note=");

        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Equal("failure of gpu/1 is stored, id o1\n", run.Output);
        Assert.Equal(
            new Received(
                "POST", "/v1/observations",
                """[{"id":"o1","node":"gpu/1","kind":"failure","detector":"ipmi","hardware":"3c:ec","at":"2026-01-31T12:00:00.0000000Z","reason":"fan \"1\"","labels":{"rack":"r=12","note":""}}]"""),
            service.Requests.Single());
    }

    [Fact]
    [Trait("Rule", "R2.4")]
    public async Task A_report_without_an_id_gets_one_that_stays_the_same_when_it_is_sent_again()
    {
        var calls = 0;
        await using var service = await FakeService.StartAsync(_ => calls++ == 0 ? Canned.Cut : Canned.Ok("""{"accepted":0,"duplicates":1,"rejected":[],"retry":[]}"""));

        var run = await FhsRun.AgainstAsync(service, "report", "n1", "leave");

        Assert.Equal(ExitCode.Done, run.ExitCode);
        var id = (string?)JsonNode.Parse(service.Requests[0].Body)![0]!["id"];
        Assert.NotNull(id);
        Assert.True(service.Requests.Count >= 2, "sent once only");
        Assert.All(service.Requests, request => Assert.Equal($$"""[{"id":"{{id}}","node":"n1","kind":"leave"}]""", request.Body));
        Assert.Equal($"leave of n1 was stored before, id {id}\n", run.Output);
    }

    [Fact]
    [Trait("Rule", "R2.7")]
    public async Task A_report_without_a_majority_is_sent_again()
    {
        var calls = 0;
        await using var service = await FakeService.StartAsync(_ => calls++ switch
        {
            0 => Canned.Ok("""{"accepted":0,"duplicates":0,"rejected":[],"retry":[0]}"""),
            1 => Canned.Problem(503, "Try again", "no majority"),
            _ => Canned.Ok(Accepted),
        });

        var run = await FhsRun.AgainstAsync(service, "report", "n1", "join", "--json");

        Assert.Equal(new FhsRun(ExitCode.Done, Accepted + Environment.NewLine, ""), run);
        Assert.Equal(3, service.Requests.Count);
    }

    [Fact]
    [Trait("Rule", "R2.8")]
    public async Task A_rejected_report_says_why()
    {
        const string Problem =
            """{"title":"Nothing usable","status":400,"detail":"1 of 1 rejected","accepted":0,"duplicates":0,"rejected":[{"index":0,"error":"reason has 2000 characters; expected at most 1024"}],"retry":[]}""";
        await using var service = await FakeService.StartAsync(new Canned(400, Problem, "application/problem+json"));

        var people = await FhsRun.AgainstAsync(service, "report", "n1", "join", "--reason", "long");
        var programs = await FhsRun.AgainstAsync(service, "report", "n1", "join", "--reason", "long", "--json");

        Assert.Equal(new FhsRun(ExitCode.WrongUsage, "", "fhs: Rejected: reason has 2000 characters; expected at most 1024\n"), people);
        Assert.Equal(Problem, programs.Error.TrimEnd());
    }
}
