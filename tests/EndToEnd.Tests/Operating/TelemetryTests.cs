using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using FailureHistory.EndToEnd.Tests.Members.Harness;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Operating;

/// <summary>What a member tells those who operate it: Prometheus, an OpenTelemetry collector, systemd, and readers of its log.</summary>
[Collection(OwnMembersTests.Name)]
public sealed class TelemetryTests : IAsyncLifetime
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    private readonly string folder = Directory.CreateTempSubdirectory("fhs-telemetry-").FullName;
    private ServiceManagerSocket systemd = null!;
    private Collector collector = null!;
    private MemberProcess member = null!;

    public async Task InitializeAsync()
    {
        systemd = new ServiceManagerSocket(Path.Combine(folder, "notify"));
        collector = await Collector.Start();
        member = new MemberProcess(Path.Combine(folder, "data"), [], "--output", "json")
        {
            Variables =
            {
                ["NOTIFY_SOCKET"] = systemd.Path,
                ["WATCHDOG_USEC"] = "1000000",
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Url,
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
                ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
            },
        };
        await member.StartReady();
    }

    public async Task DisposeAsync()
    {
        await member.DisposeAsync();
        await collector.DisposeAsync();
        systemd.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_member_tells_Prometheus_a_collector_systemd_and_its_log_what_it_does()
    {
        await CountsAppearInMetrics();
        await SpansBelongToTheAskersTrace();
        await SystemdIsToldOfItsLife();
        LogLinesAreJson();
    }

    private async Task CountsAppearInMetrics()
    {
        const string Accepted = "failure_history_observations_total{outcome=\"accepted\"}";
        await Wait.Until("the member's own join to be reported (R3.4)", Bound, async () => (await Metrics()).GetValueOrDefault(Accepted) == 1 ? null : "it is not counted");
        var before = await Metrics();

        (await member.Http.Report(
            new { id = "1", node = "a", kind = "join" }, new { id = "2", node = "a", detector = "d", kind = "failure" },
            new { id = "1", node = "a", kind = "join" }, new { node = "b", kind = "gone" })).Ok();
        (await member.Http.Get("/v1/nodes/a/state")).Ok();
        await member.Http.Get("/v1/nodes/nobody-knows/history");

        // The exporter gives out what it has for a moment.
        double Grown(Dictionary<string, double> after, string series) => after.GetValueOrDefault(series) - before.GetValueOrDefault(series);
        var expected = new Dictionary<string, double>
        {
            [Accepted] = 2,
            ["failure_history_observations_total{outcome=\"duplicate\"}"] = 1,
            ["failure_history_observations_total{outcome=\"rejected\"}"] = 1,
            ["failure_history_query_duration_seconds_count{outcome=\"answered\",query=\"state\"}"] = 1,
            ["failure_history_query_duration_seconds_count{outcome=\"not_found\",query=\"history\"}"] = 1,
        };
        await Wait.Until("the counters to grow by what was asked", Bound, async () =>
        {
            var after = await Metrics();
            var wrong = expected.Where(pair => Grown(after, pair.Key) != pair.Value).Select(pair => $"{pair.Key} grew by {Grown(after, pair.Key)}, not {pair.Value}").ToList();
            return wrong.Count == 0 ? null : string.Join("; ", wrong);
        });
        var now = await Metrics();
        Assert.Equal(1, now["failure_history_ready"]);
        Assert.Equal(256, now["failure_history_copies{phase=\"serving\"}"]);
        Assert.Equal(1, now["failure_history_ring_members_reachable"]);
        Assert.True(now["failure_history_log_write_duration_seconds_count"] > 0);
        Assert.True(now["failure_history_log_written_bytes_total"] > 0);
        Assert.Equal(0, now["failure_history_gate_in_flight_bytes"]);
    }

    private async Task SpansBelongToTheAskersTrace()
    {
        var trace = Guid.NewGuid().ToString("n");
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{member.Http.Url}/v1/nodes/a/state?consistency=majority");
        request.Headers.Add("traceparent", $"00-{trace}-00f067aa0ba902b7-01");

        using var reply = await http.SendAsync(request);
        Assert.True(reply.IsSuccessStatusCode, $"expected 200; came {reply.StatusCode}");

        var id = Convert.FromHexString(trace);
        foreach (var span in new[] { "/v1/nodes/{node}/state", "failure_history.state", "failure_history.replica" })
        {
            await Wait.Until($"a span {span} in trace {trace} at the collector", Bound, () =>
                Task.FromResult(collector.Holds("/v1/traces", id, Encoding.UTF8.GetBytes(span)) ? null : "no message with both"));
        }

        await Wait.Until("metrics at the collector", Bound, () =>
            Task.FromResult(collector.Holds("/v1/metrics", "failure_history.observations"u8.ToArray()) ? null : "no message that names the instrument"));
    }

    private async Task SystemdIsToldOfItsLife()
    {
        int Signs() => systemd.Lines.Count(line => line == "WATCHDOG=1");
        var soFar = Signs();
        await Wait.Until("further signs of life", Bound, () => Task.FromResult(Signs() >= soFar + 2 ? null : $"{Signs()} after {soFar}"));
        await Wait.Until("the status line of a ready member", Bound, () => Task.FromResult(systemd.Lines.Contains("STATUS=ready") ? null : string.Join(", ", systemd.Lines)));
        Assert.Equal("READY=1", systemd.Lines[0]);

        await member.Stop();

        await Wait.Until("the end to be announced", Bound, () => Task.FromResult(systemd.Lines.Contains("STOPPING=1") ? null : string.Join(", ", systemd.Lines)));
        Assert.StartsWith("STATUS=stopping", systemd.Lines.Last(line => line.StartsWith("STATUS=", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    private void LogLinesAreJson()
    {
        var entries = member.Output.Select(line => JsonNode.Parse(line)!.AsObject()).ToList();

        Assert.All(entries, entry => Assert.Equal(["time", "level", "source", "message"], entry.Take(4).Select(pair => pair.Key)));
        Assert.All(entries, entry => DateTimeOffset.Parse((string)entry["time"]!, CultureInfo.InvariantCulture));
        var ring = entries.First(entry => (string)entry["source"]! == "/user/fh-ring");
        Assert.Equal("ring version {0} is in force: {1} members", (string)ring["template"]!);
        Assert.Equal("""{"0":"1","1":"1"}""", ring["values"]!.ToJsonString());
    }

    // Series by name and labels, without those of the instrumentation scope.
    private async Task<Dictionary<string, double>> Metrics()
    {
        using var http = new HttpClient();
        var text = await http.GetStringAsync(new Uri($"{member.Http.Url}/metrics"));
        var series = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n').Where(line => line.StartsWith("failure_history_", StringComparison.Ordinal)))
        {
            var at = line.LastIndexOf(' ');
            var labels = line.Contains('{', StringComparison.Ordinal)
                ? line[(line.IndexOf('{', StringComparison.Ordinal) + 1)..line.LastIndexOf('}')].Split(',').Where(label => !label.StartsWith("otel_scope", StringComparison.Ordinal)).ToList()
                : [];
            var name = line.Split('{', ' ')[0];
            series[labels.Count == 0 ? name : $"{name}{{{string.Join(',', labels)}}}"] = double.Parse(line[(at + 1)..], CultureInfo.InvariantCulture);
        }

        return series;
    }
}
