using System.Net.Http.Json;
using System.Text.Json;

namespace FailureHistory.Load.Driving;

/// <summary>HTTP/1.1 with JSON, connections kept.</summary>
internal sealed class HttpService : IService
{
    private readonly HttpClient client = new(new SocketsHttpHandler { MaxConnectionsPerServer = 256 }) { Timeout = TimeSpan.FromSeconds(30) };
    private readonly IReadOnlyList<Uri> members;
    private int turn;

    public HttpService(IReadOnlyList<Uri> members) => this.members = members;

    public string Name => "HTTP";

    public async Task<Reported> Report(IReadOnlyList<Observed> observations, CancellationToken ct)
    {
        using var reply = await client.PostAsJsonAsync(Next("/v1/observations"), observations, JsonSerializerOptions.Web, ct).ConfigureAwait(false);
        await using var stream = await reply.Content.ReadAsStreamAsync(ct).ConfigureAwait(false);
        using var body = await JsonDocument.ParseAsync(stream, cancellationToken: ct).ConfigureAwait(false);
        if (!reply.IsSuccessStatusCode)
        {
            return new Reported(0, $"{(int)reply.StatusCode} {body.RootElement.GetProperty("title").GetString()}");
        }

        var acknowledged = body.RootElement.GetProperty("accepted").GetInt32() + body.RootElement.GetProperty("duplicates").GetInt32();
        return new Reported(acknowledged, acknowledged == observations.Count ? null : "not all acknowledged");
    }

    public async Task<bool?> Suspects(string node, string detector, CancellationToken ct)
    {
        using var reply = await client.GetAsync(Next($"/v1/nodes/{node}/state"), ct).ConfigureAwait(false);
        await using var stream = await reply.Content.ReadAsStreamAsync(ct).ConfigureAwait(false);
        using var body = await JsonDocument.ParseAsync(stream, cancellationToken: ct).ConfigureAwait(false);
        return reply.IsSuccessStatusCode
            ? body.RootElement.GetProperty("verdicts").EnumerateArray().Where(v => v.GetProperty("detector").GetString() == detector).Select(v => (bool?)v.GetProperty("suspects").GetBoolean()).FirstOrDefault()
            : null;
    }

    public async Task<IReadOnlyCollection<string>> Stored(string node, CancellationToken ct)
    {
        var page = await client.GetFromJsonAsync<JsonElement>(Next($"/v1/nodes/{node}/observations?consistency=majority&limit=10000"), ct).ConfigureAwait(false);
        return [.. page.GetProperty("observations").EnumerateArray().Select(o => o.GetProperty("id").GetString()!)];
    }

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }

    private Uri Next(string path) => new(members[(int)((uint)Interlocked.Increment(ref turn) % members.Count)], path);
}
