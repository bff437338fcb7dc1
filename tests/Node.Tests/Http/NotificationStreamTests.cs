using System.Text.Json.Nodes;
using FailureHistory.Messages;
using FailureHistory.Node.Http;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using static FailureHistory.Node.Tests.Http.FakeSubscription;

namespace FailureHistory.Node.Tests.Http;

/// <summary>The stream of SPEC 11.2, to the byte, and how it ends.</summary>
public sealed class NotificationStreamTests : EdgeTest
{
    private const string Path = "/v1/notifications?above=0.7";
    private const string Start = ":\n\nretry: 1000\n\n";
    private const string Comment = ":\n\n";

    private const string FirstCrossing =
        """{"id":"n1","node":{"id":"0123456789abcdef0123456789abcdef","name":"gpu-7/rack å","hardware":"aa:bb"},"direction":"up","probability":0.75,"at":"2026-01-31T12:00:09.0000001Z","observation":"o1"}""";

    private readonly FakeTimeProvider time = new();
    private readonly FakeSubscription subscription = new();

    private protected override HttpEdgeOptions Options => new() { Time = time };

    [Fact]
    [Trait("Rule", "R8.2")]
    public async Task Each_item_becomes_exactly_its_event()
    {
        using var stream = await Open();
        await stream.Expect(Start);

        subscription.Tell(Crossing(1));
        await stream.Expect($"event: crossing\nid: c1\ndata: {FirstCrossing}\n\n");
        subscription.Tell(Crossing(2, observation: "two\nlines\r\u2028"));
        await stream.Expect(
            "event: crossing\nid: c2\ndata: "
            + FirstCrossing.Replace("n1", "n2", StringComparison.Ordinal).Replace("up", "down", StringComparison.Ordinal).Replace("o1", "two\\nlines\\r\\u2028", StringComparison.Ordinal) + "\n\n");
        subscription.Tell(Synced(3));
        await stream.Expect("event: synced\nid: c3\ndata: {}\n\n");
        subscription.Tell(Gap(4, ended: false));
        await stream.Expect("event: gap\nid: c4\ndata: {\"reason\":\"away for \\\"too\\\"\\nlong\",\"ended\":false}\n\n");
        Assert.False(subscription.Disposed.IsCompleted, "the subscription is ended while it is read");
    }

    [Fact]
    public async Task The_head_keeps_proxies_from_collecting_and_browsers_from_guessing()
    {
        using var stream = await Open();

        Assert.Equal(200, (int)stream.Head.StatusCode);
        Assert.Equal("text/event-stream", stream.Head.Content.Headers.ContentType?.ToString());
        Assert.Equal((true, true), (stream.Head.Headers.CacheControl?.NoCache, stream.Head.Headers.CacheControl?.NoTransform));
        Assert.Equal("no", stream.Head.Headers.GetValues("X-Accel-Buffering").Single());
        Assert.Equal("nosniff", stream.Head.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Null(stream.Head.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task A_comment_line_comes_every_15_s_whatever_else_is_sent()
    {
        using var stream = await Open();
        await stream.Expect(Start);
        for (var round = 1; round <= 3; round++)
        {
            // An event in between neither replaces the comment line nor puts it off.
            time.Advance(TimeSpan.FromSeconds(14.9));
            subscription.Tell(Synced(round));
            await stream.Expect($"event: synced\nid: c{round}\ndata: {{}}\n\n");

            time.Advance(TimeSpan.FromSeconds(0.1));
            await stream.Expect(Comment);
        }
    }

    [Fact]
    public async Task The_response_ends_with_the_stream()
    {
        using var stream = await Open();
        await stream.Expect(Start);

        subscription.Tell(Gap(1, ended: true)).End();

        Assert.EndsWith("\"ended\":true}\n\n", await stream.Rest(), StringComparison.Ordinal);
        await subscription.Disposed.WaitAsync(OpenStream.Bound);
    }

    [Fact]
    [Trait("Rule", "R8.5")]
    public async Task A_client_that_leaves_ends_its_subscription()
    {
        var stream = await Open();
        await stream.Expect(Start);

        stream.Dispose();

        await subscription.Disposed.WaitAsync(OpenStream.Bound);
    }

    [Fact]
    [Trait("Rule", "R8.5")]
    public async Task A_client_that_no_longer_reads_takes_no_more_items_and_is_dropped_after_30_s()
    {
        var endless = new EndlessSubscription();
        Service.Replies(endless);
        using var stream = await Edge.Open(Path);
        await stream.Expect(Start);
        await endless.Stalled();

        time.Advance(TimeSpan.FromSeconds(29.9));
        await endless.Stalled();
        Assert.False(endless.Disposed.IsCompleted, "dropped too early");

        // More than once: on a busy machine the edge may have begun to wait only after the first quiet moment.
        for (var i = 0; i < 20 && !endless.Disposed.IsCompleted; i++)
        {
            time.Advance(TimeSpan.FromSeconds(30));
            await Task.WhenAny(endless.Disposed, Task.Delay(TimeSpan.FromSeconds(1)));
        }

        Assert.True(endless.Disposed.IsCompleted, "expected the subscription to be ended 30 s after the client stopped reading; it lives");
        await Assert.ThrowsAnyAsync<IOException>(stream.Rest);
    }

    [Fact]
    [Trait("Rule", "R8.3")]
    public async Task A_host_that_stops_ends_the_streams_at_once_and_takes_no_new_ones()
    {
        using var stream = await Open();
        await stream.Expect(Start);

        Edge.AnnounceStop();

        await stream.ExpectEnd();
        await subscription.Disposed.WaitAsync(OpenStream.Bound);
        var reply = await Edge.Get(Path);
        Assert.Equal("this member is stopping; another one serves", (string?)AssertProblem(reply, 503, "try-again")["detail"]);
        Assert.Single(Service.Requests);
        await Edge.Stop().WaitAsync(OpenStream.Bound);
    }

    [Fact]
    public async Task A_host_that_stops_does_not_wait_for_a_client_that_no_longer_reads()
    {
        var endless = new EndlessSubscription();
        Service.Replies(endless);
        using var stream = await Edge.Open(Path);
        await stream.Expect(Start);
        await endless.Stalled();

        await Edge.Stop().WaitAsync(OpenStream.Bound);

        Assert.True(endless.Disposed.IsCompleted, "the host has stopped and the subscription lives");
    }

    [Fact]
    [Trait("Rule", "R8.3")]
    public async Task A_stream_that_fails_breaks_off_so_that_the_client_knows_it_is_not_the_end()
    {
        using var stream = await Open();
        await stream.Expect(Start);

        subscription.End(new InvalidOperationException("lost"));

        await Assert.ThrowsAnyAsync<IOException>(stream.Rest);
        await subscription.Disposed.WaitAsync(OpenStream.Bound);
    }

    [Fact]
    public async Task A_cursor_that_would_forge_fields_breaks_the_stream_off()
    {
        using var stream = await Open();
        await stream.Expect(Start);

        subscription.Tell(Synced(1) with { Cursor = "c1\ndata: forged" });

        await Assert.ThrowsAnyAsync<IOException>(stream.Rest);
        await subscription.Disposed.WaitAsync(OpenStream.Bound);
    }

    [Fact]
    [Trait("Rule", "R8.3")]
    public async Task Thousands_that_wait_come_in_order_and_none_is_left_out()
    {
        subscription.Tell(Enumerable.Range(1, 5_000).Select(number => Crossing(number))).End();

        using var stream = await Open();
        var ids = (await stream.Rest()).Split('\n').Where(line => line.StartsWith("id: ", StringComparison.Ordinal));

        Assert.Equal(Enumerable.Range(1, 5_000).Select(number => $"id: c{number}"), ids);
    }

    [Fact]
    public async Task The_data_of_each_event_has_the_shape_that_is_described()
    {
        var document = JsonNode.Parse((await Edge.Get("/openapi/v1.json")).Body)!.AsObject();
        subscription.Tell(Crossing(1), Synced(2), Gap(3, ended: true)).End();

        using var stream = await Open();
        var data = (await stream.Rest()).Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(line => JsonNode.Parse(line[6..]));

        var check = new ShapeCheck(document);
        var faults = data.Zip(["Crossing", "Synced", "Gap"], (value, schema) =>
            string.Join("; ", check.Faults(new JsonObject { ["$ref"] = "#/components/schemas/" + schema }, value, schema)));
        Assert.Equal(["", "", ""], faults);
    }

    [Fact]
    public async Task Only_GET_is_taken()
    {
        AssertProblem(await Edge.Send(HttpMethod.Post, Path), 405, "method-not-allowed");
    }

    private Task<OpenStream> Open()
    {
        Service.Replies(subscription);
        return Edge.Open(Path);
    }
}
