using FailureHistory.Messages;
using FailureHistory.Node.Http;
using Xunit;

namespace FailureHistory.Node.Tests.Http;

[Trait("Rule", "R3.1")]
public sealed class DetectorTests : EdgeTest
{
    private static readonly DetectorInfo Registered = new("icmp", 80, ["gpu-*"], TimeSpan.FromSeconds(60), true, "pings", true, null, false);

    private RegisterDetector Asked => Assert.IsType<RegisterDetector>(Assert.Single(Service.Requests));

    [Fact]
    public async Task A_registration_is_read_with_all_its_members()
    {
        Service.Replies(Registered);

        var reply = await Edge.Put(
            "/v1/detectors/icmp", """{"accuracy":80.5,"scope":["gpu-*","cpu-?"],"ttl":"60s","timestamps":"reported","description":"two\nlines","owner":7}""");

        Assert.Equal(200, reply.Status);
        Assert.Equal(["gpu-*", "cpu-?"], Asked.Scope!);
        Assert.Equal(new RegisterDetector("icmp", 80.5, Asked.Scope, TimeSpan.FromSeconds(60), true, "two\nlines"), Asked);
        Assert.Equal(
            """{"id":"icmp","accuracy":80,"scope":["gpu-*"],"ttl":"60s","timestamps":"reported","description":"pings","explicit":true,"lastHeard":null,"stale":false}""",
            reply.Body);
    }

    [Theory]
    [InlineData("""{"accuracy":0}""")]
    [InlineData("""{"accuracy":0,"scope":null,"ttl":null,"timestamps":null,"description":null}""")]
    [InlineData("""{"accuracy":0,"timestamps":"received"}""")]
    public async Task Only_the_accuracy_must_be_there(string json)
    {
        Service.Replies(Registered);

        await Edge.Put("/v1/detectors/icmp", json);

        Assert.Equal(new RegisterDetector("icmp", 0), Asked);
    }

    [Fact]
    public async Task What_was_shown_may_be_sent_back()
    {
        Service.Replies(Registered);
        var shown = await Edge.Get("/v1/detectors/icmp");
        Service.Requests.Clear();

        await Edge.Put("/v1/detectors/icmp", shown.Body);

        Assert.Equal((80, TimeSpan.FromSeconds(60), true, "pings"), (Asked.Accuracy, Asked.Ttl, Asked.ReportedTimestamps, Asked.Description));
        Assert.Equal(["gpu-*"], Asked.Scope!);
    }

    [Theory]
    [InlineData("{}", "accuracy", "accuracy is missing; expected a number from 0 to 100")]
    [InlineData("""{"accuracy":100.1}""", "accuracy", "accuracy is 100.1; expected a number from 0 to 100")]
    [InlineData("""{"accuracy":-1}""", "accuracy", "accuracy is -1; expected a number from 0 to 100")]
    [InlineData("""{"accuracy":1e999}""", "accuracy", "accuracy is 1e999; expected a number from 0 to 100")]
    [InlineData("""{"accuracy":"80"}""", "accuracy", "accuracy is a text; expected a number from 0 to 100")]
    [InlineData("""{"accuracy":80,"scope":"gpu-*"}""", "scope", "scope is a text; expected an array of globs of node names")]
    [InlineData("""{"accuracy":80,"scope":["a",7]}""", "scope[1]", "scope[1] is a number; expected a text")]
    [InlineData("""{"accuracy":80,"scope":[""]}""", "scope[0]", "scope[0] is empty; expected 1 to 256 printable characters")]
    [InlineData("""{"accuracy":80,"ttl":60}""", "ttl", "ttl is a number; expected a text")]
    [InlineData("""{"accuracy":80,"ttl":"0s"}""", "ttl", "ttl is '0s'; expected a number with a unit of ms, s, m, h or d, such as 500ms, 60s, 10m, 2h or 7d, above 0")]
    [InlineData("""{"accuracy":80,"ttl":"soon"}""", "ttl", "ttl is 'soon'; expected a number with a unit of ms, s, m, h or d, such as 500ms, 60s, 10m, 2h or 7d, above 0")]
    [InlineData("""{"accuracy":80,"timestamps":"own"}""", "timestamps", "timestamps is 'own'; expected received or reported")]
    [InlineData("""{"accuracy":80,"description":{}}""", "description", "description is an object; expected a text")]
    [InlineData("""{"accuracy":80,"description":"\ud800"}""", "description", "description is no valid Unicode text")]
    [InlineData("[80]", "body", "the body is an array; expected an object such as {\"accuracy\":80}")]
    [Trait("Rule", "R2.8")]
    public async Task A_bad_member_names_itself_what_was_expected_and_what_came(string json, string field, string detail)
    {
        AssertBadRequest(await Edge.Put("/v1/detectors/icmp", json), field, detail);
        Assert.Empty(Service.Requests);
    }

    [Fact]
    [Trait("Rule", "R2.8")]
    public async Task A_description_ends_at_1024_characters()
    {
        Service.Replies(Registered);
        Assert.Equal(200, (await Edge.Put("/v1/detectors/icmp", $$"""{"accuracy":80,"description":"{{new string('x', 1024)}}"}""")).Status);

        AssertBadRequest(
            await Edge.Put("/v1/detectors/icmp", $$"""{"accuracy":80,"description":"{{new string('x', 1025)}}"}"""), "description",
            "description has 1025 characters; expected at most 1,024");
    }

    [Theory]
    [InlineData("", "the body is empty; expected an object such as {\"accuracy\":80}")]
    [InlineData("{\"accuracy\":80", "the body is not JSON at line 1, byte 15: ")]
    [InlineData("{\"accuracy\":80}}", "the body is not JSON at line 1, byte 16: ")]
    public async Task Malformed_JSON_is_told_where(string json, string detail)
    {
        var body = AssertProblem(await Edge.Put("/v1/detectors/icmp", json), 400, "malformed-json");

        Assert.StartsWith(detail, (string?)body["detail"], StringComparison.Ordinal);
        Assert.Empty(Service.Requests);
    }

    [Fact]
    public async Task A_name_that_is_no_text_is_a_400()
    {
        var body = AssertProblem(await Edge.Put("/v1/detectors/icmp", """{"accuracy":80,"\ud800ccuracy":1}"""), 400, "malformed-json");

        Assert.Equal("the body has a member whose name is no valid Unicode text", (string?)body["detail"]);
    }

    [Fact]
    public async Task A_registration_over_64_KiB_is_a_413()
    {
        var body = AssertProblem(await Edge.Put("/v1/detectors/icmp", new string(' ', ReportLimits.MaxBodyBytes + 1)), 413, "too-large");

        Assert.Equal(ReportLimits.MaxBodyBytes, (long?)body["limit"]);
    }

    [Fact]
    public async Task A_registration_that_is_no_JSON_is_a_415()
    {
        using var form = new FormUrlEncodedContent([KeyValuePair.Create("accuracy", "80")]);

        AssertProblem(await Edge.Send(HttpMethod.Put, "/v1/detectors/icmp", form), 415, "unsupported-media-type");
    }

    [Fact]
    public async Task Every_verb_asks_for_what_it_says()
    {
        Service.Replies(new DetectorNotFound("icmp"));

        await Edge.Get("/v1/detectors/icmp");
        await Edge.Delete("/v1/detectors/icmp");
        await Edge.Post("/v1/detectors/icmp/heartbeat", "ignored");
        await Edge.Send(HttpMethod.Post, "/v1/detectors/icmp/heartbeat");
        await Edge.Get("/v1/detectors");

        Assert.Equal(
            [new GetDetector("icmp"), new DeleteDetector("icmp"), new DetectorHeartbeat("icmp"), new DetectorHeartbeat("icmp"), new GetDetectors()], Service.Requests);
    }
}
