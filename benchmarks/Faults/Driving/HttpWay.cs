using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace FailureHistory.Faults.Driving;

/// <summary>HTTP with JSON, connections kept: to one member, or to the next where one refuses or does not answer in time.</summary>
internal sealed class HttpWay(IReadOnlyList<Uri> members, int first, TimeSpan patience) : IWay, IDisposable
{
    private readonly HttpClient client = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2) }) { Timeout = Timeout.InfiniteTimeSpan };
    private int turn = first;

    public void Dispose() => client.Dispose();

    public async Task<IReadOnlyList<Reported>> Report(IReadOnlyList<Reported> observations, CancellationToken ct)
    {
        var (status, body) = await Send(HttpMethod.Post, "/v1/observations", JsonContent.Create(observations, options: JsonSerializerOptions.Web), ct).ConfigureAwait(false);
        if (status is not (200 or 503))
        {
            throw new WrongAnswerException($"a report was answered with {status}: {body}");
        }

        if (body.GetProperty("rejected").GetArrayLength() > 0)
        {
            throw new WrongAnswerException($"a report was rejected: {body}");
        }

        var again = body.GetProperty("retry").EnumerateArray().Select(i => observations[i.GetInt32()]).ToList();
        if (again.Count > 0)
        {
            turn++;
        }

        return status == 503 && again.Count == observations.Count ? throw new NoProperAnswerException($"503 {body.GetProperty("detail")}") : again;
    }

    public async Task<long?> Verdict(string node, bool majority, CancellationToken ct)
    {
        var (status, body) = await Send(HttpMethod.Get, $"/v1/nodes/{node}/state?consistency={(majority ? "majority" : "one")}", null, ct).ConfigureAwait(false);
        switch (status)
        {
            case 200 when !body.GetProperty("complete").GetBoolean():
                throw new NoProperAnswerException("an answer marked incomplete");
            case 200:
                return body.GetProperty("verdicts").EnumerateArray().Where(v => v.GetProperty("detector").GetString() == Ledger.Detector)
                    .Select(v => (long?)long.Parse(v.GetProperty("observation").GetString()!, CultureInfo.InvariantCulture)).FirstOrDefault() ?? 0;
            case 404:
                return null;
            case 503:
                turn++;
                throw new NoProperAnswerException($"503 {body.GetProperty("detail")}");
            default:
                throw new WrongAnswerException($"the state of {node} was answered with {status}: {body}");
        }
    }

    private async Task<(int Status, JsonElement Body)> Send(HttpMethod method, string path, HttpContent? content, CancellationToken ct)
    {
        using var patient = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patient.CancelAfter(patience);
        using var request = new HttpRequestMessage(method, new Uri(members[turn % members.Count], path)) { Content = content };
        try
        {
            using var reply = await client.SendAsync(request, patient.Token).ConfigureAwait(false);
            using var body = JsonDocument.Parse(await reply.Content.ReadAsStringAsync(patient.Token).ConfigureAwait(false));
            return ((int)reply.StatusCode, body.RootElement.Clone());
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            turn++;
            throw new NoProperAnswerException(e is OperationCanceledException ? $"no answer within {patience.TotalSeconds:0.#} s" : e.Message);
        }
    }
}
