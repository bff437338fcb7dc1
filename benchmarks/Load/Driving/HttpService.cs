using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace FailureHistory.Load.Driving;

/// <summary>HTTP/1.1 with JSON, connections kept. As little is done with an answer as tells whether it is right: the driver has the cores to share.</summary>
internal sealed class HttpService(IReadOnlyList<Uri> members) : IService
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private readonly HttpClient client = new(new SocketsHttpHandler { MaxConnectionsPerServer = 512, UseProxy = false, UseCookies = false }) { Timeout = TimeSpan.FromSeconds(30) };
    private readonly Uri[] observations = [.. members.Select(member => new Uri(member, "/v1/observations"))];

    public string Name => "HTTP";

    public async Task<string?> Report(Batch batch, int turn, CancellationToken ct)
    {
        using var content = new ReadOnlyMemoryContent(batch.ToJson());
        content.Headers.ContentType = Json;
        using var reply = await client.PostAsync(observations[turn % observations.Length], content, ct).ConfigureAwait(false);
        var body = await reply.Content.ReadAsByteArrayAsync(ct).ConfigureAwait(false);
        return !reply.IsSuccessStatusCode ? $"{(int)reply.StatusCode}" : Acknowledged(body) == batch.Count ? null : "not all acknowledged";
    }

    public async Task<bool?> Suspects(string node, int turn, CancellationToken ct)
    {
        var body = await Get(turn, $"/v1/nodes/{node}/state", ct).ConfigureAwait(false);
        return body is null ? null : Verdict(body);
    }

    public async Task<int> Periods(string node, int turn, CancellationToken ct)
    {
        var periods = 0;
        for (string? cursor = string.Empty; cursor is not null;)
        {
            var body = await Get(turn, $"/v1/nodes/{node}/history{(cursor.Length == 0 ? "" : $"?cursor={Uri.EscapeDataString(cursor)}")}", ct).ConfigureAwait(false);
            if (body is null)
            {
                return 0;
            }

            periods += body.AsSpan().Count("\"probability\":"u8);
            cursor = Next(body);
        }

        return periods;
    }

    /// <summary>The ids of the observations of a node, from a majority.</summary>
    public async Task<IReadOnlyCollection<string>> Stored(string node, CancellationToken ct)
    {
        var ids = new List<string>();
        for (string? cursor = string.Empty; cursor is not null;)
        {
            var body = await Get(0, $"/v1/nodes/{node}/observations?consistency=majority&limit=10000{(cursor.Length == 0 ? "" : $"&cursor={Uri.EscapeDataString(cursor)}")}", ct).ConfigureAwait(false);
            if (body is null)
            {
                break;
            }

            using var page = JsonDocument.Parse(body);
            ids.AddRange(page.RootElement.GetProperty("observations").EnumerateArray().Select(o => o.GetProperty("id").GetString()!));
            cursor = page.RootElement.GetProperty("next").GetString();
        }

        return ids;
    }

    /// <summary>Registers the detector of the load at all members, with this accuracy.</summary>
    public async Task Register(CancellationToken ct)
    {
        using var content = new ByteArrayContent("""{"accuracy":80}"""u8.ToArray());
        content.Headers.ContentType = Json;
        using var reply = await client.PutAsync(new Uri(members[0], $"/v1/detectors/{Workload.Detector}"), content, ct).ConfigureAwait(false);
        reply.EnsureSuccessStatusCode();
    }

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<byte[]?> Get(int turn, string path, CancellationToken ct)
    {
        using var reply = await client.GetAsync(new Uri(members[turn % members.Count], path), ct).ConfigureAwait(false);
        var body = await reply.Content.ReadAsByteArrayAsync(ct).ConfigureAwait(false);
        return reply.IsSuccessStatusCode ? body : null;
    }

    private static int Acknowledged(ReadOnlySpan<byte> body)
    {
        var sum = 0;
        for (var reader = new Utf8JsonReader(body); reader.Read();)
        {
            if (reader.TokenType == JsonTokenType.PropertyName && (reader.ValueTextEquals("accepted"u8) || reader.ValueTextEquals("duplicates"u8)))
            {
                reader.Read();
                sum += reader.GetInt32();
            }
        }

        return sum;
    }

    // "detector", "accuracy", "suspects": in this order within a verdict.
    private static bool? Verdict(ReadOnlySpan<byte> body)
    {
        var isOurs = false;
        for (var reader = new Utf8JsonReader(body); reader.Read();)
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            if (reader.ValueTextEquals("detector"u8))
            {
                reader.Read();
                isOurs = reader.ValueTextEquals(Workload.Detector);
            }
            else if (isOurs && reader.ValueTextEquals("suspects"u8))
            {
                reader.Read();
                return reader.GetBoolean();
            }
        }

        return null;
    }

    private static string? Next(ReadOnlySpan<byte> body)
    {
        var at = body.LastIndexOf("\"next\":\""u8);
        if (at < 0)
        {
            return null;
        }

        var rest = body[(at + "\"next\":\""u8.Length)..];
        return Encoding.UTF8.GetString(rest[..rest.IndexOf((byte)'"')]);
    }
}
