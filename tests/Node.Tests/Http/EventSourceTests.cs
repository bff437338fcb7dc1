using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using FailureHistory.Messages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Xunit;

namespace FailureHistory.Node.Tests.Http;

/// <summary>A page of a browser subscribes with what browsers have for it.</summary>
[Trait("Rule", "R8.3")]
public sealed class EventSourceTests
{
    // A browser on a busy machine takes its time to start.
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private const string Page = """
        <!doctype html><meta charset="utf-8"><title>Notifications</title><script>
          let told = Promise.resolve();
          const tell = what => told = told.then(() => fetch('/saw', { method: 'POST', body: JSON.stringify(what) }));
          const query = new URLSearchParams({ above: 0.7, lastEventId: 'c0' });
          query.append('nodes', 'gpu-*');
          query.append('nodes', 'rack, 1');
          const source = new EventSource('/v1/notifications?' + query);
          for (const name of ['crossing', 'synced', 'gap'])
            source.addEventListener(name, event => tell({ event: name, id: event.lastEventId, data: JSON.parse(event.data) }));
          source.onmessage = event => tell({ event: 'unnamed', data: event.data });
          source.onerror = () => source.readyState === EventSource.CLOSED && tell({ event: 'gave up' });
        </script>
        """;

    private readonly Channel<string> saw = Channel.CreateUnbounded<string>();

    [BrowserFact]
    public async Task A_browser_gets_the_events_and_comes_back_with_the_last_id_when_the_stream_ends_or_breaks_or_the_member_restarts()
    {
        await using var edge = await EdgeHost.Start(more: MapPage);
        var broken = new FakeSubscription().Tell(FakeSubscription.Synced(2), FakeSubscription.Crossing(3));
        var subscriptions = new Queue<object>([
            new FakeSubscription().Tell(FakeSubscription.Crossing(1)).End(),
            new TryAgain("the actor system starts", TimeSpan.FromMilliseconds(200)),
            broken,
            new FakeSubscription().Tell(FakeSubscription.Gap(4, ended: false)),
        ]);
        edge.Service.Answer = (_, _) => Task.FromResult(subscriptions.TryDequeue(out var next) ? next : new TryAgain("no more of them"));

        await using var browser = new Browser(edge.At("/page"));

        await Expect(browser, "crossing", "c1", data => Assert.Equal("gpu-7/rack å", (string?)data["node"]!["name"]));
        await Expect(browser, "synced", "c2", data => Assert.Empty(data));
        await Expect(browser, "crossing", "c3", data => Assert.Equal("n3", (string?)data["id"]));
        broken.End(new InvalidOperationException("broken off"));
        await Expect(browser, "gap", "c4", data => Assert.Equal("away for \"too\"\nlong", (string?)data["reason"]));

        var asked = edge.Service.Requests.Cast<Subscribe>().ToList();
        Assert.All(asked, request => Assert.Equal(["gpu-*", "rack, 1"], request.Nodes!));
        Assert.Equal(["c0", "c1", "c1", "c3"], asked.Select(request => request.LastId));
    }

    private void MapPage(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/page", () => Results.Content(Page, "text/html; charset=utf-8"));
        routes.MapPost("/saw", async (HttpRequest request) =>
        {
            using var reader = new StreamReader(request.Body, Encoding.UTF8);
            saw.Writer.TryWrite(await reader.ReadToEndAsync());
        });
    }

    private async Task Expect(Browser browser, string name, string id, Action<JsonObject> data)
    {
        string seen;
        try
        {
            seen = await saw.Reader.ReadAsync().AsTask().WaitAsync(Bound);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"expected the page to see {name} {id} within {Bound}; the browser said: {browser.Said}");
        }

        var told = JsonNode.Parse(seen)!;
        Assert.True((name, id) == ((string?)told["event"], (string?)told["id"]), $"expected {name} {id}, but the page saw {seen}");
        data(told["data"]!.AsObject());
    }
}
