using FailureHistory.Core.Time;
using FailureHistory.Messages;
using FailureHistory.Node.Http;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FailureHistory.Node.Tests.Http;

/// <summary>What a request for notifications asks for, and how it is refused.</summary>
[Trait("Rule", "R8.1")]
public sealed class NotificationRequestTests : EdgeTest
{
    private const string Path = "/v1/notifications?above=0.7";
    private readonly FakeTimeProvider time = new();

    private protected override HttpEdgeOptions Options => new() { Time = time };

    private Subscribe Asked => Assert.IsType<Subscribe>(Assert.Single(Service.Requests));

    [Theory]
    [InlineData("", null)]
    [InlineData("&nodes=a", "a")]
    [InlineData("&nodes=gpu-*,rack%201/b,hw:aa:bb", "gpu-*|rack 1/b|hw:aa:bb")]
    [InlineData("&nodes=a%2Cb,c", "a,b|c")]
    [InlineData("&nodes=a,b&nodes=c+d", "a|b|c d")]
    [InlineData("&n%6Fdes=%C3%A5", "å")]
    public async Task Nodes_are_separated_by_commas_or_repeated_and_a_comma_within_a_name_is_encoded(string query, string? expected)
    {
        Service.Replies(new FakeSubscription().End());

        using var stream = await Edge.Open(Path + query);

        Assert.Equal(expected?.Split('|'), Asked.Nodes);
    }

    [Fact]
    public async Task The_numbers_and_the_span_are_taken_as_given()
    {
        Service.Replies(new FakeSubscription().End());

        using (await Edge.Open("/v1/notifications?above=0.7&below=0.25&for=1.5m"))
        {
            Assert.Equal(new Subscribe(null, 0.7, 0.25, TimeSpan.FromSeconds(90)), Asked);
        }

        Service.Requests.Clear();
        using (await Edge.Open("/v1/notifications?above=1&below=1&for=0s"))
        {
            Assert.Equal(new Subscribe(null, 1, 1, TimeSpan.Zero), Asked);
        }

        Service.Requests.Clear();
        using (await Edge.Open("/v1/notifications?above=1e-3"))
        {
            Assert.Equal(new Subscribe(null, 0.001), Asked);
        }
    }

    [Theory]
    [InlineData("", null, null)]
    [InlineData("", "c7", "c7")]
    [InlineData("", "å", "å")]
    [InlineData("", "", null)]
    [InlineData("&lastEventId=c%2B7", null, "c+7")]
    [InlineData("&lastEventId=c7", "", "c7")]
    [InlineData("&lastEventId=c7", "c8", "c8")]
    [Trait("Rule", "R8.3")]
    public async Task The_last_id_comes_by_header_or_by_query_and_the_header_wins(string query, string? header, string? expected)
    {
        Service.Replies(new FakeSubscription().End());

        // Past the client library, which would write the header in Latin-1 or leave it out when it is empty.
        var line = header is null ? "" : $"Last-Event-ID: {Utf8(header)}\r\n";
        var answer = await Edge.SendRaw($"GET {Path}{query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{line}\r\n");

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer, StringComparison.Ordinal);
        Assert.Equal(expected, Asked.LastId);
    }

    [Theory]
    [InlineData("", "above", "above is missing; expected the probability to be told of, above 0 and at most 1")]
    [InlineData("?above=", "above", "above is empty; expected 1 to 256 printable characters")]
    [InlineData("?above=0", "above", "above is '0'; expected a number above 0 and at most 1")]
    [InlineData("?above=1.01", "above", "above is '1.01'; expected a number above 0 and at most 1")]
    [InlineData("?above=NaN", "above", "above is 'NaN'; expected a number above 0 and at most 1")]
    [InlineData("?above=70%25", "above", "above is '70%'; expected a number above 0 and at most 1")]
    [InlineData("?above=0.7&above=0.8", "above", "above was given 2 times; expected once")]
    [InlineData("?above=0.7&below=0.71", "below", "below is '0.71'; expected a number above 0 and at most above, which is 0.7")]
    [InlineData("?above=0.7&below=0", "below", "below is '0'; expected a number above 0 and at most above, which is 0.7")]
    [InlineData("?above=0.7&for=30", "for", "for is '30'; expected a number with a unit of ms, s, m, h or d, such as 500ms, 60s, 10m, 2h or 7d")]
    [InlineData("?above=0.7&for=-1s", "for", "for is '-1s'; expected a number with a unit of ms, s, m, h or d, such as 500ms, 60s, 10m, 2h or 7d")]
    [InlineData("?above=0.7&nodes=", "nodes", "nodes is empty; expected 1 to 256 printable characters")]
    [InlineData("?above=0.7&nodes=a,,b", "nodes", "nodes is empty; expected 1 to 256 printable characters")]
    [InlineData("?above=0.7&nodes=a%0A", "nodes", "nodes has an unprintable character (U+000A) at position 1; expected 1 to 256 printable characters")]
    [InlineData("?above=0.7&lastEventId=", "lastEventId", "lastEventId is empty; expected 1 to 4096 printable characters")]
    [InlineData("?Above=0.7", "Above", "unknown query parameter 'Above'; known here: nodes, above, below, for, lastEventId")]
    [Trait("Rule", "R2.8")]
    public async Task A_bad_parameter_names_itself_what_was_expected_and_what_came(string query, string field, string detail)
    {
        AssertBadRequest(await Edge.Get("/v1/notifications" + query), field, detail);
        Assert.Empty(Service.Requests);
    }

    [Fact]
    public async Task What_the_service_refuses_is_a_400_before_the_stream_begins()
    {
        Service.Replies(new InvalidRequest("lastId", "is of another subscription"));

        AssertBadRequest(await Edge.Get(Path + "&lastEventId=x"), "lastId", "lastId: is of another subscription");
    }

    [Fact]
    public async Task A_member_that_can_not_serve_now_says_when_to_ask_again()
    {
        Service.Replies(new TryAgain("the actor system starts", TimeSpan.FromSeconds(3)));

        var reply = await Edge.Get(Path);

        Assert.Equal("the actor system starts", (string?)AssertProblem(reply, 503, "try-again")["detail"]);
        Assert.Equal("3", reply.RetryAfter);
    }

    [Theory]
    [InlineData("text/event-stream", 200)]
    [InlineData("Text/Event-Stream", 200)]
    [InlineData("text/event-stream, application/problem+json", 503)]
    [InlineData("text/event-stream, */*;q=0.1", 503)]
    [InlineData("*/*", 503)]
    [InlineData("nonsense", 503)]
    public async Task A_client_that_takes_events_alone_gets_an_empty_stream_since_it_would_give_up_at_a_503(string accept, int status)
    {
        Service.Replies(new TryAgain("the actor\nsystem starts", TimeSpan.FromSeconds(3)));

        using var stream = await Edge.Open(Path, ("Accept", accept));

        Assert.Equal(status, (int)stream.Head.StatusCode);
        if (status == 200)
        {
            Assert.Equal("text/event-stream", stream.Head.Content.Headers.ContentType?.ToString());
            await stream.Expect(": try again: the actor system starts\n\nretry: 3000\n\n");
            await stream.ExpectEnd();
        }
    }

    [Fact]
    public async Task A_subscription_that_opens_after_the_request_timed_out_is_ended()
    {
        var opened = new TaskCompletionSource<object>();
        var asked = new TaskCompletionSource();
        Service.Answer = (_, _) =>
        {
            asked.SetResult();
            return opened.Task;
        };
        var reply = Edge.Get(Path);
        await asked.Task.WaitAsync(OpenStream.Bound);

        time.Advance(Options.RequestTimeout);
        AssertProblem(await reply, 503, "try-again");
        var subscription = new FakeSubscription();
        opened.SetResult(subscription);

        await subscription.Disposed.WaitAsync(OpenStream.Bound);
    }

    [Fact]
    [Trait("Rule", "R8.5")]
    public async Task A_subscription_that_opens_after_its_client_has_gone_is_ended()
    {
        var opened = new TaskCompletionSource<object>();
        var asked = new TaskCompletionSource<CancellationToken>();
        Service.Answer = (_, ct) =>
        {
            asked.SetResult(ct);
            return opened.Task;
        };
        using var client = new HttpClient();
        using var leave = new CancellationTokenSource();
        var reply = client.GetAsync(Edge.At(Path), leave.Token);
        var told = new TaskCompletionSource();
        (await asked.Task.WaitAsync(OpenStream.Bound)).Register(told.SetResult);

        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reply);
        await told.Task.WaitAsync(OpenStream.Bound);
        var subscription = new FakeSubscription();
        opened.SetResult(subscription);

        await subscription.Disposed.WaitAsync(OpenStream.Bound);
    }

    private static string Utf8(string text) => string.Concat(System.Text.Encoding.UTF8.GetBytes(text).Select(b => (char)b));
}
