using FailureHistory.Messages;
using Xunit;

namespace FailureHistory.Node.Tests.Http;

/// <summary>The bodies of SPEC 11.2, to the letter.</summary>
public sealed class ShapeTests : EdgeTest
{
    public static TheoryData<string> SampleNames => [.. Samples.All.Select(sample => sample.Name)];

    [Theory]
    [MemberData(nameof(SampleNames))]
    public async Task A_reply_becomes_exactly_its_shape(string name)
    {
        var sample = Samples.All.Single(candidate => candidate.Name == name);
        Service.Replies(sample.Reply);

        var reply = await Edge.Send(new HttpMethod(sample.Method), sample.Path);

        Assert.Equal(sample.Json, reply.Body);
        Assert.Equal(200, reply.Status);
        Assert.Equal("application/json", reply.MediaType);
        Assert.Single(Service.Requests);
    }

    [Theory]
    [InlineData(NodeStatus.Up, "up")]
    [InlineData(NodeStatus.Suspected, "suspected")]
    [InlineData(NodeStatus.Failed, "failed")]
    [InlineData(NodeStatus.Left, "left")]
    [InlineData(NodeStatus.Unknown, "unknown")]
    [Trait("Rule", "R6.1")]
    public async Task A_status_is_a_lower_case_word(NodeStatus status, string word)
    {
        Service.Replies(new NodeState(new NodeRef("00", null, null), Samples.At(0), status, 0, null, [], true, 1, "m"));

        Assert.Contains($"\"status\":\"{word}\",\"probability\":0,", (await Edge.Get("/v1/nodes/a/state")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_are_not_cached_and_not_sniffed()
    {
        Service.Replies(new DetectorList([]));

        var reply = await Edge.Get("/v1/detectors");

        Assert.True(reply.Head.Headers.CacheControl?.NoStore);
        Assert.Equal("nosniff", reply.Head.Headers.GetValues("X-Content-Type-Options").Single());
    }
}
