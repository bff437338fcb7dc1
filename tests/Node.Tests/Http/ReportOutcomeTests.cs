using System.Text.Json.Nodes;
using FailureHistory.Messages;
using Xunit;

namespace FailureHistory.Node.Tests.Http;

/// <summary>What a reporter is told (R2.7, R2.8).</summary>
[Trait("Rule", "R2.7")]
public sealed class ReportOutcomeTests : EdgeTest
{
    private const string Path = "/v1/observations";
    private const string Three = """[{"node":"a","kind":"join"},{"node":7},{"node":"c","kind":"join"}]""";

    internal static string FourMembers(JsonObject body) => new JsonObject(
        new[] { "accepted", "duplicates", "rejected", "retry" }.Select(name => KeyValuePair.Create(name, body[name]?.DeepClone()))).ToJsonString();

    [Theory]
    [InlineData(3, 0)]
    [InlineData(0, 3)]
    public async Task What_is_stored_or_known_makes_a_200(int accepted, int duplicates)
    {
        Service.Replies(new ObservationsRecorded(accepted, duplicates, [new Rejection(1, "node is \"empty\"")], [2, 4]));

        var reply = await Edge.Post(Path, Three);

        Assert.Equal(200, reply.Status);
        Assert.Equal("application/json", reply.MediaType);
        Assert.Equal($$"""{"accepted":{{accepted}},"duplicates":{{duplicates}},"rejected":[{"index":1,"error":"node is \"empty\""}],"retry":[2,4]}""", reply.Body);
    }

    [Fact]
    public async Task An_empty_batch_is_no_error()
    {
        Service.Replies(new ObservationsRecorded(0, 0, [], []));

        var reply = await Edge.Post(Path, "[]");

        Assert.Equal(200, reply.Status);
        Assert.Equal("""{"accepted":0,"duplicates":0,"rejected":[],"retry":[]}""", reply.Body);
    }

    [Fact]
    [Trait("Rule", "R2.8")]
    public async Task Only_when_all_is_rejected_it_is_a_400()
    {
        Service.Replies(new ObservationsRecorded(0, 0, [new Rejection(0, "kind is 'x'"), new Rejection(1, "node is empty")], []));

        var reply = await Edge.Post(Path, """[{"kind":"x"},{}]""");

        Assert.Equal(
            """{"type":"urn:problem-type:failure-history:nothing-usable","title":"Nothing usable","status":400,"detail":"all 2 observations are rejected; the first, at index 0: kind is 'x'","accepted":0,"duplicates":0,"rejected":[{"index":0,"error":"kind is 'x'"},{"index":1,"error":"node is empty"}],"retry":[]}""",
            reply.Body);
        AssertProblem(reply, 400, "nothing-usable");
        Assert.Null(reply.RetryAfter);
    }

    [Fact]
    public async Task With_nothing_but_retries_it_is_a_503()
    {
        Service.Replies(new ObservationsRecorded(0, 0, [new Rejection(1, "node is empty")], [0, 2]));

        var reply = await Edge.Post(Path, Three);

        Assert.Equal(
            """{"type":"urn:problem-type:failure-history:try-again","title":"Try again","status":503,"detail":"no majority of their replicas could be reached for the observations in retry","accepted":0,"duplicates":0,"rejected":[{"index":1,"error":"node is empty"}],"retry":[0,2]}""",
            reply.Body);
        AssertProblem(reply, 503, "try-again");
        Assert.Equal("1", reply.RetryAfter);
    }

    [Fact]
    [Trait("Rule", "R9.9")]
    public async Task While_the_member_starts_all_that_could_be_read_is_to_be_sent_again()
    {
        Service.Replies(new TryAgain("the member is starting", TimeSpan.FromSeconds(2.5)));

        var reply = await Edge.Post(Path, Three);

        var body = AssertProblem(reply, 503, "try-again");
        Assert.Equal("the member is starting", (string?)body["detail"]);
        Assert.Equal("""{"accepted":0,"duplicates":0,"rejected":[{"index":1,"error":"node is a number; expected a text"}],"retry":[0,2]}""", FourMembers(body));
        Assert.Equal("3", reply.RetryAfter);
    }

    [Fact]
    public async Task A_busy_gate_is_a_503()
    {
        Service.Replies(new ReportRejected(ReportFault.Busy, "32 MiB are in flight"));

        var reply = await Edge.Post(Path, """{"node":"a","kind":"join"}""");

        var body = AssertProblem(reply, 503, "try-again");
        Assert.Equal("32 MiB are in flight", (string?)body["detail"]);
        Assert.Equal("""{"accepted":0,"duplicates":0,"rejected":[],"retry":[0]}""", FourMembers(body));
        Assert.Equal("1", reply.RetryAfter);
    }

    [Fact]
    [Trait("Rule", "R2.8")]
    public async Task A_batch_that_the_gate_finds_too_large_is_a_413()
    {
        Service.Replies(new ReportRejected(ReportFault.TooLarge, "the batch has 12 MiB; expected at most 8"));

        var body = AssertProblem(await Edge.Post(Path, Three), 413, "too-large");

        Assert.Equal("the batch has 12 MiB; expected at most 8", (string?)body["detail"]);
    }

    [Fact]
    public async Task A_parameter_is_unknown_here()
    {
        var body = AssertBadRequest(await Edge.Post(Path + "?dryRun=true", Three), "dryRun", "unknown query parameter 'dryRun'; known here: restore");

        Assert.Equal("""{"accepted":0,"duplicates":0,"rejected":[],"retry":[]}""", FourMembers(body));
    }

    [Theory]
    [InlineData("text/plain", "the content type is 'text/plain'")]
    [InlineData("application/cloudevents+xml", "the content type is 'application/cloudevents+xml'")]
    [InlineData("application/json; charset=utf-16", "the character set is 'utf-16'")]
    [InlineData("application/cloudevents+json; charset=latin1", "the character set is 'latin1'")]
    [InlineData(null, "no content type was given")]
    public async Task Another_content_type_is_a_415(string? type, string came)
    {
        using var content = new ByteArrayContent("{}"u8.ToArray());
        if (type is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        var reply = await Edge.Send(HttpMethod.Post, Path, content);

        Assert.Equal(
            $"{came}; expected application/json, application/cloudevents+json or application/cloudevents-batch+json in UTF-8, not compressed",
            (string?)AssertProblem(reply, 415, "unsupported-media-type")["detail"]);
        Assert.Equal("application/json, application/cloudevents+json, application/cloudevents-batch+json", reply.Head.Headers.GetValues("Accept-Post").Single());
        Assert.Empty(Service.Requests);
    }

    [Theory]
    [InlineData("Application/JSON")]
    [InlineData("application/json; charset=\"UTF-8\"")]
    public async Task The_content_type_is_read_as_the_standard_has_it(string type)
    {
        Service.Replies(new ObservationsRecorded(1, 0, [], []));
        using var content = new ByteArrayContent("{}"u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", type);

        Assert.Equal(200, (await Edge.Send(HttpMethod.Post, Path, content)).Status);
    }

    [Fact]
    public async Task A_compressed_body_is_a_415()
    {
        using var content = new ByteArrayContent([0x1f, 0x8b]);
        content.Headers.ContentType = new("application/json");
        content.Headers.ContentEncoding.Add("gzip");

        var body = AssertProblem(await Edge.Send(HttpMethod.Post, Path, content), 415, "unsupported-media-type");

        Assert.Equal("the content encoding is 'gzip'; expected application/json, application/cloudevents+json or application/cloudevents-batch+json in UTF-8, not compressed", (string?)body["detail"]);
    }
}
