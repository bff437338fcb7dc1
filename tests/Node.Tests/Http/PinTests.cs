using System.Text.Json.Nodes;
using FailureHistory.Messages;
using Xunit;

namespace FailureHistory.Node.Tests.Http;

/// <summary>Pins and reliability at the HTTP edge (SPEC 11.2).</summary>
public sealed class PinTests : EdgeTest
{
    private static readonly PinChanged Done = new(new NodeRef("00", "gpu-7", null), new PinInfo("on loan", "ann", Samples.At(3)));

    [Fact]
    public async Task A_pin_has_a_reason_and_who_and_is_answered_R10_1()
    {
        Service.Replies(Done);

        var reply = await Edge.Put("/v1/nodes/gpu-7/pin", """{"reason":"on loan","by":"ann","unknown":1}""");

        Assert.Equal(new PinNode("gpu-7", "on loan", "ann"), Assert.Single(Service.Requests));
        Assert.Equal((200, """{"node":{"id":"00","name":"gpu-7","hardware":null},"pinned":{"reason":"on loan","by":"ann","since":"2026-01-31T12:00:03.0000000Z"}}"""), (reply.Status, reply.Body));
    }

    [Fact]
    public async Task Who_pins_is_the_asker_where_nobody_is_named_R10_1()
    {
        Service.Replies(Done);
        await Edge.Put("/v1/nodes/gpu-7/pin", """{"reason":"on loan"}""");
        await Edge.Send(HttpMethod.Delete, "/v1/nodes/gpu-7/pin");
        await Edge.Send(HttpMethod.Delete, "/v1/nodes/gpu-7/pin?by=bob");

        Assert.False(string.IsNullOrEmpty(Assert.IsType<PinNode>(Service.Requests[0]).By));
        Assert.False(string.IsNullOrEmpty(Assert.IsType<UnpinNode>(Service.Requests[1]).By));
        Assert.Equal(new UnpinNode("gpu-7", "bob"), Service.Requests[2]);
    }

    [Theory]
    [InlineData("{}", "reason is missing")]
    [InlineData("""{"reason":7}""", "reason is a number; expected a text")]
    [InlineData("""{"reason":"  "}""", "reason has 0 characters; expected 1 to 1,024")]
    [InlineData("""{"reason":"x","by":""}""", "by ")]
    [InlineData("[]", "the body is")]
    [InlineData("", "the body is empty")]
    [InlineData("{", "malformed")]
    public async Task A_pin_without_a_usable_reason_is_refused_with_what_was_expected(string body, string detail)
    {
        var reply = await Edge.Put("/v1/nodes/gpu-7/pin", body);

        Assert.Equal(400, reply.Status);
        Assert.Contains(detail, JsonNode.Parse(reply.Body)!["detail"]!.GetValue<string>() + reply.Body, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(Service.Requests);
    }

    [Fact]
    public async Task A_reason_has_at_most_1024_characters()
    {
        Service.Replies(Done);

        Assert.Equal(200, (await Edge.Put("/v1/nodes/gpu-7/pin", $$"""{"reason":"{{new string('x', 1024)}}"}""")).Status);
        Assert.Equal(400, (await Edge.Put("/v1/nodes/gpu-7/pin", $$"""{"reason":"{{new string('x', 1025)}}"}""")).Status);
    }

    [Fact]
    public async Task Removing_a_pinned_node_is_a_conflict_that_says_who_pinned_it_and_why_R10_2()
    {
        Service.Replies(new NodeIsPinned(new NodeRef("00", "gpu-7", null), new PinInfo("on loan", "ann", Samples.At(3))));

        var reply = await Edge.Send(HttpMethod.Delete, "/v1/nodes/gpu-7");

        var problem = JsonNode.Parse(reply.Body)!;
        Assert.Equal((409, "application/problem+json", "urn:problem-type:failure-history:node-pinned"), (reply.Status, reply.MediaType, problem["type"]!.GetValue<string>()));
        Assert.Contains("ann", problem["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("on loan", problem["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(("gpu-7", "ann"), (problem["node"]!.GetValue<string>(), problem["pinned"]!["by"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Reliability_is_of_a_year_unless_a_window_is_named_R7_1()
    {
        Service.Replies(Samples.All.First(s => s.Name == "reliability").Reply);
        await Edge.Get("/v1/nodes/gpu-7/reliability");
        await Edge.Get("/v1/nodes/gpu-7/reliability?window=12h&consistency=majority");
        Assert.Equal(200, (await Edge.Get("/v1/nodes/gpu-7/reliability?duration=24h&window=365d")).Status);

        var year = new GetReliability("gpu-7", TimeSpan.FromDays(365));
        Assert.Equal([year, new GetReliability("gpu-7", TimeSpan.FromHours(12), Consistency.Majority), year], Service.Requests);
    }

    [Theory]
    [InlineData("window=0s")]
    [InlineData("window=-1h")]
    [InlineData("window=year")]
    [InlineData("duration=0s")]
    [InlineData("duration=-1h")]
    [InlineData("duration=")]
    [InlineData("duration=day&window=365d")]
    [InlineData("survival=24h")]
    public async Task A_window_that_is_none_and_a_parameter_that_is_unknown_are_refused(string query)
    {
        Assert.Equal(400, (await Edge.Get("/v1/nodes/gpu-7/reliability?" + query)).Status);
        Assert.Empty(Service.Requests);
    }
}
