using System.Text.Json.Nodes;
using FailureHistory.EndToEnd.Tests.Members.Harness;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Members;

/// <summary>The detectors' registry is the same at every member, whatever happens to members, and what it says today rewrites no history (R2.5, R3.2).</summary>
[Collection(BareClusterTests.Name)]
[Trait("Rule", "R3.2")]
public sealed class RegistryTests(Ring3 three) : IAsyncLifetime
{
    private const int Races = 10;
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(15);

    private readonly MemberRing ring = three.Ring;
    private readonly string run = $"r{Random.Shared.Next():x}";

    public Task InitializeAsync() => three.Whole();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    [Trait("Rule", "R3.3")]
    public async Task An_accuracy_set_at_one_member_wins_everywhere_while_the_detector_registers_itself_at_another()
    {
        // At once, so that neither knows of the other; and the other way round, where the report comes first.
        for (var i = 0; i < Races; i++)
        {
            var id = $"{run}-race-{i}";
            var report = ring[1].Http.ReportSurely(new { node = $"{run}-{i}", detector = id, kind = "failure" });
            if (i % 2 == 1)
            {
                await report;
            }

            var put = ring[0].Http.Put($"/v1/detectors/{id}", new { accuracy = 70 + i, scope = new[] { run + "-*" } });
            await report;
            (await put).Ok();
        }

        foreach (var member in ring.Members)
        {
            for (var i = 0; i < Races; i++)
            {
                var (id, accuracy) = ($"{run}-race-{i}", 70 + i);
                await Wait.Until($"{id} to be explicit with {accuracy} at {member.Name}", Bound, async () =>
                {
                    var detector = await member.Http.Get($"/v1/detectors/{id}");
                    return detector.IsOk && (bool)detector["explicit"] && (double)detector["accuracy"] == accuracy ? null : detector.ToString();
                });
            }
        }

        // A report by it now does not put it back.
        await ring[2].Http.ReportSurely(new { node = $"{run}-0", detector = $"{run}-race-0", kind = "alive" });
        Assert.Equal(70, (double)(await ring[2].Http.Get($"/v1/detectors/{run}-race-0")).Ok()["accuracy"]);
        await AllAgree();
    }

    [Fact]
    [Trait("Rule", "R2.5")]
    public async Task What_was_deleted_while_a_member_was_away_stays_so_a_restart_of_all_loses_nothing_and_old_periods_keep_their_P()
    {
        var (kept, deleted, changed, node) = ($"{run}-kept", $"{run}-deleted", $"{run}-changed", $"{run}-node");
        foreach (var (id, accuracy) in new[] { (kept, 50), (deleted, 30), (changed, 20) })
        {
            (await ring[0].Http.Put($"/v1/detectors/{id}", new { accuracy, scope = new[] { run + "-*" }, description = "made for this" })).Ok();
        }

        await AllAgree();
        await ring[1].Http.ReportSurely(new { node, detector = kept, kind = "failure" }, new { node, detector = deleted, kind = "failure" });
        await ring[1].Http.ReportSurely(new { node, kind = "join" });
        await ring[1].Http.ReportSurely(new { node, detector = deleted, kind = "failure" });
        var before = await History(node);
        Assert.Equal([0.5, 0.8, 0, 0.3], before["periods"]!.AsArray().Select(p => (double)p!["probability"]!));

        var away = ring[2];
        await away.Kill();
        (await ring[0].Http.Delete($"/v1/detectors/{deleted}")).Ok();
        (await ring[1].Http.Put($"/v1/detectors/{changed}", new { accuracy = 95, scope = new[] { run + "-*" }, description = "made for this" })).Ok();
        await away.StartReady();
        await ring.Ready(3);
        await AllAgree();
        await Holds();

        await Task.WhenAll(ring.Members.Select(m => m.Kill()));
        foreach (var member in ring.Members)
        {
            member.Start();
        }

        await ring.Ready(3);
        await AllAgree();
        await Holds();

        async Task Holds()
        {
            foreach (var member in ring.Members)
            {
                Assert.Equal(404, (await member.Http.Get($"/v1/detectors/{deleted}")).Status);
                Assert.Equal(50, (double)(await member.Http.Get($"/v1/detectors/{kept}")).Ok()["accuracy"]);
                Assert.Equal(95, (double)(await member.Http.Get($"/v1/detectors/{changed}")).Ok()["accuracy"]);

                // Today's verdicts are of today's detectors: the deleted one's suspicion is withdrawn.
                var state = (await member.Http.State(node, "majority")).Ok();
                Assert.Equal(("up", 0.0), ((string?)state["status"], (double)state["probability"]));
                Assert.Equal([changed, kept], state["verdicts"].AsArray().Select(v => (string?)v!["detector"]));
                var after = await History(node);
                Assert.True(JsonNode.DeepEquals(before, after), $"expected the history as it was before:\n{before}\ncame\n{after}");
            }
        }
    }

    // Without who answered and from how many copies.
    private async Task<JsonObject> History(string node)
    {
        var body = (await ring[1].Http.History(node, "majority")).Ok().Body.DeepClone().AsObject();
        body.Remove("answeredBy");
        body.Remove("replicas");
        return body;
    }

    private Task AllAgree() => Wait.Until("all members to show the same detectors", Bound, async () =>
    {
        var lists = new List<string>();
        foreach (var member in ring.Members)
        {
            var detectors = (await member.Http.Get("/v1/detectors")).Ok()["detectors"].DeepClone().AsArray();
            foreach (var detector in detectors)
            {
                detector!.AsObject().Remove("lastHeard"); // spread now and then, not agreed
                detector.AsObject().Remove("stale");
            }

            lists.Add(detectors.ToJsonString());
        }

        return lists.Distinct().Count() == 1 ? null : string.Join('\n', lists);
    });
}
