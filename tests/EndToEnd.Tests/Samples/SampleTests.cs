using System.Text.Json.Nodes;
using FailureHistory.EndToEnd.Tests.Members;
using FailureHistory.EndToEnd.Tests.Members.Harness;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Samples;

/// <summary>Both samples as processes of their own, together: three applications that are members, and one outside that asks them.</summary>
[Collection(OwnMembersTests.Name)]
public sealed class SampleTests : IAsyncLifetime
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(90);

    private readonly string folder = Directory.CreateTempSubdirectory("fhs-samples-").FullName;
    private readonly List<(int Port, int Http)> places = [.. Enumerable.Range(0, 3).Select(_ => (Ports.Free(), Ports.Free()))];
    private readonly SampleProcess?[] applications = new SampleProcess?[3];
    private readonly HttpClient http = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var application in applications.OfType<SampleProcess>())
        {
            await application.DisposeAsync();
        }

        http.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    [Trait("Rule", "R9.2")]
    public async Task Three_applications_become_members_one_outside_reports_and_is_told_and_a_killed_one_comes_back_with_its_orders()
    {
        for (var i = 0; i < 3; i++)
        {
            Start(i);
        }

        await Ready();
        Assert.Equal(1, await Order(1, "tea"));
        Assert.Equal(2, await Order(1, "tea"));

        await using (var outside = SampleProcess.Of("Outside", "machine-7", Address(1)))
        {
            await outside.Wrote("machine-7 is up again", Bound);
            Assert.Equal(["machine-7: nobody ever reported on it", "watching"], outside.Lines.Take(2));
            Assert.Contains("reported failure: stored", outside.Lines);
            Assert.Contains("machine-7: failed, said by watchman", outside.Lines);
            Assert.Single(outside.Lines, l => l.StartsWith("machine-7 is down since", StringComparison.Ordinal));
        }

        // Whoever is killed is reported as failed by the others; what it had is still there when it is back.
        await applications[1]!.Kill();
        await Wait.Until("the killed application to be told as failed", Bound, async () =>
            (string?)(await Get(0, $"/v1/nodes/127.0.0.1:{places[1].Port}/state"))?["status"] is "failed" ? null : "not yet", Logs);
        await applications[1]!.DisposeAsync();
        await Wait.Until("the killed application to be removed from the cluster", Bound, async () =>
            (await Get(0, "/v1/cluster"))!["members"]!.AsArray().Any(m => (string?)m!["status"] == "missing") ? null : "not yet", Logs);
        Start(1);
        await Ready();
        Assert.Equal(2, (int)(await Get(1, "/orders"))!["tea"]!);
        Assert.Equal("up", (string?)(await Get(1, "/v1/nodes/machine-7/state"))!["status"]);
    }

    private void Start(int i) => applications[i] = SampleProcess.Of(
        "HostedMember", "--port", $"{places[i].Port}", "--http", $"http://127.0.0.1:{places[i].Http}", "--seed", Address(0), "--data", Path.Combine(folder, $"{i}"));

    private string Address(int i) => $"akka.tcp://orders@127.0.0.1:{places[i].Port}";

    private async Task Ready()
    {
        for (var i = 0; i < 3; i++)
        {
            var at = i;
            await Wait.Until($"application {at} to be ready in a ring of three", Bound, async () =>
            {
                var ring = await Get(at, "/v1/ring");
                var reply = await http.GetAsync(new Uri($"http://127.0.0.1:{places[at].Http}/readyz"));
                return reply.IsSuccessStatusCode && ring?["members"]?.AsArray().Count == 3 ? null : await reply.Content.ReadAsStringAsync();
            }, Logs);
        }
    }

    private async Task<JsonNode?> Get(int i, string path) => JsonNode.Parse(await (await http.GetAsync(new Uri($"http://127.0.0.1:{places[i].Http}{path}"))).Content.ReadAsStringAsync());

    private async Task<int> Order(int i, string item) =>
        int.Parse(await (await http.PostAsync(new Uri($"http://127.0.0.1:{places[i].Http}/orders/{item}"), null)).Content.ReadAsStringAsync(), System.Globalization.CultureInfo.InvariantCulture);

    private string Logs() => string.Join('\n', applications.OfType<SampleProcess>().Select((a, i) => $"--- {i}\n{a.Log}"));
}
