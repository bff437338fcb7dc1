using Akka.Actor;
using FailureHistory.Messages;
using FailureHistory.Node.Http;
using Xunit;

namespace FailureHistory.Node.Tests.Http;

/// <summary>Errors are problem details (RFC 9457) that tell what to do.</summary>
public sealed class ProblemTests : EdgeTest
{
    private readonly TimeByHand time = new();

    private protected override HttpEdgeOptions Options => new() { RequestTimeout = TimeSpan.FromSeconds(15), Time = time };

    public static TheoryData<string, Exception> TimeOuts => new()
    {
        { "task", new TaskCanceledException() },
        { "time", new TimeoutException() },
        { "ask", new AskTimeoutException("ask") },
    };

    [Fact]
    [Trait("Rule", "R6.6")]
    public async Task An_unknown_node_is_a_404()
    {
        Service.Replies(new NodeNotFound("gpü\"7", "m1:8558"));

        var reply = await Edge.Get("/v1/nodes/x/state");

        Assert.Equal(
            """{"type":"urn:problem-type:failure-history:node-not-found","title":"Node not found","status":404,"detail":"nobody ever reported on node 'gpü\"7', or it was forgotten","node":"gpü\"7","answeredBy":"m1:8558"}""",
            reply.Body);
        AssertProblem(reply, 404, "node-not-found");
    }

    [Fact]
    public async Task An_unknown_detector_is_a_404()
    {
        Service.Replies(new DetectorNotFound("icmp"));

        var reply = await Edge.Get("/v1/detectors/icmp");

        Assert.Equal(
            """{"type":"urn:problem-type:failure-history:detector-not-found","title":"Detector not found","status":404,"detail":"no detector 'icmp' is registered","detector":"icmp"}""",
            reply.Body);
        AssertProblem(reply, 404, "detector-not-found");
    }

    [Theory]
    [InlineData(null, "1")]
    [InlineData(0, "1")]
    [InlineData(200, "1")]
    [InlineData(1_000, "1")]
    [InlineData(1_001, "2")]
    [InlineData(60_000, "60")]
    [Trait("Rule", "R6.6")]
    public async Task What_cannot_be_told_now_is_a_503_that_says_when_to_ask_again(int? retryAfterMs, string seconds)
    {
        Service.Replies(new TryAgain("1 of 3 replicas answered", retryAfterMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null));

        var reply = await Edge.Get("/v1/nodes/x/state");

        Assert.Equal(
            """{"type":"urn:problem-type:failure-history:try-again","title":"Try again","status":503,"detail":"1 of 3 replicas answered"}""", reply.Body);
        AssertProblem(reply, 503, "try-again");
        Assert.Equal(seconds, reply.RetryAfter);
    }

    [Theory]
    [InlineData("force", "the node is pinned", "force: the node is pinned")]
    [InlineData("cursor", "cursor is 'x'; expected one of ours", "cursor is 'x'; expected one of ours")]
    [Trait("Rule", "R2.8")]
    public async Task What_the_service_finds_invalid_is_a_400_that_names_the_field(string field, string came, string detail)
    {
        Service.Replies(new InvalidRequest(field, came));

        AssertBadRequest(await Edge.Delete("/v1/nodes/x"), field, detail);
    }

    [Theory]
    [MemberData(nameof(TimeOuts))]
    public async Task A_time_out_of_the_service_is_a_503(string kind, Exception timeOut)
    {
        Service.Answer = (_, _) => Task.FromException<object>(timeOut);

        var reply = await Edge.Get("/v1/nodes/x/state");

        Assert.True(AssertProblem(reply, 503, "try-again")["detail"]?.ToString() == "the service did not answer in time", kind);
        Assert.Equal("1", reply.RetryAfter);
    }

    [Fact]
    public async Task A_service_that_never_answers_and_overlooks_its_token_is_a_503_in_time()
    {
        Service.Answer = (_, _) => new TaskCompletionSource<object>().Task;

        var waiting = Edge.Get("/v1/nodes/x/state");
        await time.Armed.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(waiting.IsCompleted);
        Assert.Equal(TimeSpan.FromSeconds(15), time.Due);
        time.Fire();

        AssertProblem(await waiting, 503, "try-again");
    }

    [Fact]
    public async Task A_report_that_is_not_answered_in_time_is_to_be_sent_again()
    {
        Service.Answer = async (_, ct) =>
        {
            // An answer that never comes.
            await Task.Delay(Timeout.Infinite, ct);
            return "never";
        };

        var waiting = Edge.Post("/v1/observations", """[{"node":"a"},{"node":"b"}]""");
        await time.Armed.WaitAsync(TimeSpan.FromSeconds(30));
        time.Fire();

        var body = AssertProblem(await waiting, 503, "try-again");
        Assert.Equal("""{"accepted":0,"duplicates":0,"rejected":[],"retry":[0,1]}""", ReportOutcomeTests.FourMembers(body));
    }

    [Theory]
    [InlineData("GET", "/v1/ring")]
    [InlineData("POST", "/v1/observations")]
    [InlineData("GET", "/readyz")]
    public async Task An_error_of_the_service_is_a_500_that_gives_nothing_away(string method, string path)
    {
        Service.Answer = (_, _) => throw new InvalidOperationException("secret");
        using var json = new StringContent("{}", System.Text.Encoding.UTF8, "application/json");

        var reply = await Edge.Send(new HttpMethod(method), path, method == "POST" ? json : null);

        AssertProblem(reply, 500, "internal-error");
        Assert.DoesNotContain("secret", reply.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/ring")]
    [InlineData("/readyz")]
    public async Task A_reply_that_no_request_expects_is_a_500(string path)
    {
        Service.Replies("what?");

        AssertProblem(await Edge.Get(path), 500, "internal-error");
    }

    [Fact]
    public async Task A_path_that_leads_nowhere_is_a_problem()
    {
        var body = AssertProblem(await Edge.Get("/v2/nodes"), 404, "no-such-path");

        Assert.Equal("there is nothing at /v2/nodes; /openapi/v1.json lists what there is", (string?)body["detail"]);
        Assert.Empty(Service.Requests);
    }

    [Fact]
    public async Task A_method_that_a_path_does_not_take_is_a_problem()
    {
        var reply = await Edge.Put("/v1/nodes/x", "{}");

        Assert.Equal("/v1/nodes/x does not take PUT; expected DELETE", (string?)AssertProblem(reply, 405, "method-not-allowed")["detail"]);
        Assert.Equal(["DELETE"], reply.Head.Content.Headers.Allow);
    }

    [Fact]
    public async Task A_HEAD_has_no_body()
    {
        var reply = await Edge.Send(HttpMethod.Head, "/v1/ring");

        Assert.Equal(405, reply.Status);
        Assert.Equal("", reply.Body);
    }

    [Theory]
    [InlineData("0123")]
    [InlineData("0123456789abcdef0123456789abcdeg")]
    [Trait("Rule", "R9.2")]
    public async Task A_member_is_removed_by_its_id_only(string id)
    {
        AssertBadRequest(
            await Edge.Delete("/v1/ring/members/" + id), "id", $"id is '{id}'; expected the 32 hex digits of a member, as /v1/ring shows them");
        Assert.Empty(Service.Requests);
    }

    [Fact]
    [Trait("Rule", "R9.2")]
    public async Task A_member_may_be_named_in_capitals()
    {
        Service.Replies(new RingChanged(2));

        await Edge.Delete("/v1/ring/members/0123456789ABCDEF0123456789ABCDEF");

        Assert.Equal(new RemoveRingMember("0123456789abcdef0123456789abcdef"), Assert.Single(Service.Requests));
    }

    /// <summary>Timers that end when the test says so.</summary>
    private sealed class TimeByHand : TimeProvider
    {
        private readonly TaskCompletionSource armed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Action fire = () => { };

        public Task Armed => armed.Task;

        public TimeSpan Due { get; private set; }

        public void Fire() => fire();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Due = dueTime;
            fire = () => callback(state);
            armed.TrySetResult();
            return new Disarmed();
        }

        private sealed class Disarmed : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
