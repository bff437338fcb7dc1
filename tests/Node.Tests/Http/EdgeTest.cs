using System.Text.Json.Nodes;
using FailureHistory.Node.Http;
using Xunit;

namespace FailureHistory.Node.Tests.Http;

/// <summary>A test with an edge of its own.</summary>
public abstract class EdgeTest : IAsyncLifetime
{
    private protected EdgeHost Edge { get; private set; } = null!;

    private protected FakeService Service => Edge.Service;

    private protected virtual HttpEdgeOptions? Options => null;

    public async Task InitializeAsync() => Edge = await EdgeHost.Start(Options);

    public async Task DisposeAsync() => await Edge.DisposeAsync();

    /// <summary>Checks a problem's type, status and media type, and returns its body.</summary>
    private protected static JsonObject AssertProblem(Reply reply, int status, string slug)
    {
        Assert.True(status == reply.Status, $"expected {status}, got {reply.Status}: {reply.Body}");
        Assert.Equal("application/problem+json", reply.MediaType);
        var body = JsonNode.Parse(reply.Body)!.AsObject();
        Assert.Equal("urn:problem-type:failure-history:" + slug, (string?)body["type"]);
        Assert.Equal(status, (int?)body["status"]);
        return body;
    }

    private protected static JsonObject AssertBadRequest(Reply reply, string field, string detail)
    {
        var body = AssertProblem(reply, 400, "invalid-request");
        Assert.Equal(detail, (string?)body["detail"]);
        Assert.Equal(field, (string?)body["field"]);
        return body;
    }
}
