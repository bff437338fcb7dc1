using FailureHistory.Messages;
using Xunit;

namespace FailureHistory.Node.Tests.Http;

/// <summary>What orchestrators ask.</summary>
[Trait("Rule", "R9.11")]
public sealed class ProbeTests : EdgeTest
{
    [Fact]
    public async Task Healthz_is_200_whatever_the_service_does()
    {
        Service.Answer = (_, _) => throw new InvalidOperationException("no answer");

        var reply = await Edge.Get("/healthz?from=loadbalancer");

        Assert.Equal(200, reply.Status);
        Assert.Equal("""{"status":"alive"}""", reply.Body);
        Assert.Empty(Service.Requests);
    }

    [Fact]
    public async Task Readyz_is_200_when_the_member_is_ready()
    {
        Service.Replies(new Readiness(true, "ready", 7, []));

        var reply = await Edge.Get("/readyz?x=1");

        Assert.Equal(200, reply.Status);
        Assert.Equal("""{"status":"ready","ringVersion":7,"waitsFor":[]}""", reply.Body);
        Assert.Equal(new GetReadiness(), Assert.Single(Service.Requests));
    }

    [Fact]
    public async Task Readyz_is_503_and_tells_what_is_missing()
    {
        Service.Replies(new Readiness(false, "no-majority", 7, ["start m2:8558", "or remove it"]));

        var reply = await Edge.Get("/readyz");

        Assert.Equal(503, reply.Status);
        Assert.Equal("application/json", reply.MediaType);
        Assert.Equal("""{"status":"no-majority","ringVersion":7,"waitsFor":["start m2:8558","or remove it"]}""", reply.Body);
    }

    [Fact]
    public async Task Readyz_keeps_its_shape_while_the_actor_system_starts()
    {
        Service.Replies(new TryAgain("the actor system restarts"));

        var reply = await Edge.Get("/readyz");

        Assert.Equal(503, reply.Status);
        Assert.Equal("""{"status":"starting","ringVersion":0,"waitsFor":["the actor system restarts"]}""", reply.Body);
    }

    [Fact]
    public async Task Readyz_keeps_its_shape_when_nothing_answers()
    {
        Service.Answer = (_, _) => Task.FromException<object>(new TimeoutException());

        var reply = await Edge.Get("/readyz");

        Assert.Equal(503, reply.Status);
        Assert.Equal("""{"status":"starting","ringVersion":0,"waitsFor":["the service did not answer in time"]}""", reply.Body);
    }
}
