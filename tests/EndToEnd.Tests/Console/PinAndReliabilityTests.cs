using FailureHistory.Fhs;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Fhs;

/// <summary><c>fhs reliability</c>, <c>pin</c>, <c>unpin</c>, and <c>remove</c> of a pinned node (SPEC 11.3).</summary>
public sealed class PinAndReliabilityTests
{
    private const string Node = """{"id":"00112233445566778899aabbccddeeff","name":"gpu-17","hardware":null}""";

    [Fact]
    public async Task Reliability_shows_what_it_got_and_hands_on_the_window_R7_1()
    {
        await using var service = await FakeService.StartAsync(Canned.Ok($$"""
            {"node":{{Node}},"window":{"from":"2026-01-01T00:00:00.0000000Z","to":"2026-01-31T00:00:00.0000000Z"},"availability":0.9875,"failures":2,
            "mtbfSeconds":1279800,"mttrSeconds":5400,"lastFailure":{"from":"2026-01-20T00:00:00.0000000Z","to":"2026-01-20T02:00:00.0000000Z"},
            "sinceLastFailureSeconds":943200,"flapping":true,"observedSeconds":2592000,"upSeconds":2559600,"failedSeconds":32400,"plannedSeconds":0,
            "unknownSeconds":0,"complete":true,"replicas":2,"answeredBy":"m1"}
            """));

        var run = await FhsRun.AgainstAsync(service, "reliability", "gpu-17", "--window", "30d", "--consistency", "majority");

        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Equal("GET /v1/nodes/gpu-17/reliability?window=30d&consistency=majority", service.Requests.Single().ToString());
        Assert.Contains("gpu-17: availability 98.75%, 2 failures, flapping", run.Output, StringComparison.Ordinal);
        Assert.Contains("last failure from 2026-01-20 00:00:00 to 2026-01-20 02:00:00 UTC, 10d 22h ago", run.Output, StringComparison.Ordinal);
        Assert.Contains("14d 19h", run.Output, StringComparison.Ordinal);
        Assert.Contains("1h 30m", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reliability_of_a_node_that_never_failed_has_no_means()
    {
        await using var service = await FakeService.StartAsync(Canned.Ok($$"""
            {"node":{{Node}},"window":{"from":"2026-01-01T00:00:00.0000000Z","to":"2026-01-31T00:00:00.0000000Z"},"availability":null,"failures":0,
            "mtbfSeconds":null,"mttrSeconds":null,"lastFailure":null,"sinceLastFailureSeconds":null,"flapping":false,"observedSeconds":0,"upSeconds":0,
            "failedSeconds":0,"plannedSeconds":0,"unknownSeconds":0,"complete":true,"replicas":1,"answeredBy":"m1"}
            """));

        var run = await FhsRun.AgainstAsync(service, "reliability", "gpu-17");

        Assert.Equal("GET /v1/nodes/gpu-17/reliability", service.Requests.Single().ToString());
        Assert.Contains("gpu-17: availability unknown, 0 failures", run.Output, StringComparison.Ordinal);
        Assert.Contains("never failed", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pin_says_why_and_who_R10_1()
    {
        await using var service = await FakeService.StartAsync(Canned.Ok($$"""{"node":{{Node}},"pinned":{"reason":"on loan","by":"ann","since":"2026-01-31T12:00:00.0000000Z"} }"""));

        var run = await FhsRun.AgainstAsync(service, "pin", "gpu-17", "--reason", "on loan", "--by", "ann");

        Assert.Equal(ExitCode.Done, run.ExitCode);
        var request = service.Requests.Single();
        Assert.Equal("PUT /v1/nodes/gpu-17/pin", request.ToString());
        Assert.Equal("""{"reason":"on loan","by":"ann"}""", request.Body);
        Assert.Contains("gpu-17 is pinned by ann", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pin_without_a_reason_is_wrong_usage()
    {
        await using var service = await FakeService.StartAsync(Canned.Ok("{}"));

        Assert.Equal(ExitCode.WrongUsage, (await FhsRun.AgainstAsync(service, "pin", "gpu-17")).ExitCode);
        Assert.Empty(service.Requests);
    }

    [Fact]
    public async Task Unpin_ends_it()
    {
        await using var service = await FakeService.StartAsync(Canned.Ok($$"""{"node":{{Node}},"pinned":null}"""));

        var run = await FhsRun.AgainstAsync(service, "unpin", "gpu-17", "--by", "bob");

        Assert.Equal("DELETE /v1/nodes/gpu-17/pin?by=bob", service.Requests.Single().ToString());
        Assert.Contains("gpu-17 is not pinned", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Removing_a_pinned_node_fails_and_says_who_pinned_it_and_why_R10_2()
    {
        await using var service = await FakeService.StartAsync(Canned.Problem(409, "Node pinned", "node 'gpu-17' was pinned by ann: on loan"));

        var run = await FhsRun.AgainstAsync(service, "remove", "gpu-17");

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("was pinned by ann: on loan", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task State_shows_the_pin_R10_1()
    {
        await using var service = await FakeService.StartAsync(Canned.Ok($$"""
            {"node":{{Node}},"asOf":"2026-01-31T12:00:00.0000000Z","status":"failed","probability":1,"incident":null,"verdicts":[],"complete":true,"replicas":1,
            "answeredBy":"m1","pinned":{"reason":"on loan","by":"ann","since":"2026-01-31T12:00:00.0000000Z"} }
            """));

        Assert.Contains("pinned by ann on 2026-01-31 12:00:00 UTC: on loan", (await FhsRun.AgainstAsync(service, "state", "gpu-17")).Output, StringComparison.Ordinal);
    }
}
