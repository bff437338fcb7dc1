using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Members.Harness;

/// <summary>What came back: the status, the body, how long it took, and when to ask again.</summary>
internal sealed record Reply(int Status, JsonNode Body, TimeSpan Took, TimeSpan? RetryAfter)
{
    public JsonNode this[string name] => Body[name] ?? throw new InvalidDataException($"expected a value at '{name}'; came {this}");

    public bool IsOk => Status == 200;

    /// <summary>This reply, where it is a 200.</summary>
    public Reply Ok()
    {
        Assert.True(IsOk, $"expected 200; came {this}");
        return this;
    }

    public override string ToString() => $"{Status} {Body.ToJsonString()}";
}

/// <summary>Asks one member over HTTP, in the words of SPEC 11.2.</summary>
internal sealed class MemberClient(int port) : IDisposable
{
    private readonly HttpClient http = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2) })
    {
        BaseAddress = new Uri($"http://127.0.0.1:{port}"),
        Timeout = TimeSpan.FromSeconds(30),
    };

    public string Url { get; } = $"http://127.0.0.1:{port}";

    public void Dispose() => http.Dispose();

    public Task<Reply> Get(string path) => Send(HttpMethod.Get, path);

    public Task<Reply> Delete(string path) => Send(HttpMethod.Delete, path);

    public Task<Reply> Put(string path, object body) => Send(HttpMethod.Put, path, body);

    public Task<Reply> Report(params object[] observations) => Send(HttpMethod.Post, "/v1/observations", observations);

    /// <summary>Reports, and again while there is no majority, until all of it is acknowledged.</summary>
    public async Task ReportSurely(params object[] observations) =>
        await Wait.Until("the report to be acknowledged", TimeSpan.FromSeconds(20), async () =>
        {
            var reply = await Report(observations);
            return reply.IsOk && (int)reply["accepted"] + (int)reply["duplicates"] == observations.Length ? null : reply.ToString();
        });

    public Task<Reply> State(string node, string consistency = "one") => Get($"/v1/nodes/{Uri.EscapeDataString(node)}/state?consistency={consistency}");

    /// <summary>All pages of a node's history, as one: the pages' periods behind each other.</summary>
    public Task<Reply> History(string node, string consistency = "one", int limit = 1000) => Pages(node, "history", "periods", consistency, limit);

    /// <summary>All pages of a node's raw observations, as one.</summary>
    public Task<Reply> Observations(string node, string consistency = "one", int limit = 1000) => Pages(node, "observations", "observations", consistency, limit);

    public async Task<Reply> Send(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = JsonContent.Create(body, options: JsonSerializerOptions.Web);
        }

        var begun = Stopwatch.GetTimestamp();
        try
        {
            using var response = await http.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            var took = Stopwatch.GetElapsedTime(begun);
            return new Reply((int)response.StatusCode, JsonNode.Parse(text)!, took, response.Headers.RetryAfter?.Delta);
        }
        catch (TaskCanceledException)
        {
            throw new InvalidOperationException($"{method} {Url}{path} got no answer within {http.Timeout.TotalSeconds} s");
        }
    }

    // The first page that is not 200 is what is given back.
    private async Task<Reply> Pages(string node, string what, string items, string consistency, int limit)
    {
        var path = $"/v1/nodes/{Uri.EscapeDataString(node)}/{what}?consistency={consistency}&limit={limit}";
        var whole = await Get(path);
        var page = whole;
        var slowest = whole.Took;
        while (page.IsOk && (string?)page.Body["next"] is { } next)
        {
            page = await Get($"{path}&cursor={Uri.EscapeDataString(next)}");
            slowest = page.Took > slowest ? page.Took : slowest;
            if (!page.IsOk)
            {
                return page;
            }

            foreach (var item in page[items].AsArray())
            {
                whole[items].AsArray().Add(item?.DeepClone());
            }
        }

        return whole with { Took = slowest };
    }
}
