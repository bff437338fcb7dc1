using System.Text.Json.Nodes;
using FailureHistory.EndToEnd.Tests.Members.Harness;
using FailureHistory.Fhs;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Members;

/// <summary>
/// <c>fhs export</c> of everything and <c>fhs import --restore</c> into an empty cluster (SPEC 11.4): the histories are the same byte for byte.
/// </summary>
[Collection(OwnMembersTests.Name)]
[Trait("Rule", "11.4")]
public sealed class RestoreTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task What_is_restored_into_an_empty_cluster_is_the_same_byte_for_byte_and_raises_only_what_is_so_now()
    {
        await using var source = await MemberRing.Of(2);
        await Tell(source[0].Http);
        await Settled(source);
        await using var target = await MemberRing.Of(1, "--exchange-interval", "500ms");
        await using var watcher = new EventStream("above=0.5", target[0]);
        await watcher.Synced();

        var run = JsonNode.Parse((await Backup.PlayBack(source[1], target[0], source.Folder)).Output)!;

        var ids = await Backup.StoredIds(source[1]);
        Assert.Equal(16 + source.Members.Count, ids.Count);
        Assert.Equal((0, 0), ((int)run["duplicates"]!, (int)run["rejected"]!));
        Assert.Empty(ids.Except(await Backup.StoredIds(target[0])));
        Assert.Null(await Backup.Difference(source[0], target[0], ids.Concat(Machines).SelectMany(Backup.PathsOf)));

        // P as it is now, too: of those that registered themselves by the reports that came back as of the others.
        foreach (var node in (string[])["n-plain", "n-auto", "n-left", "n-down", "moved-2", "taken", "clash-1", "no-such"])
        {
            Assert.Equal(await Now(source[0], node), await Now(target[0], node));
        }

        var down = ids.Where(id => IsDown(source[0], id)).ToList();
        await Wait.Until($"the watcher to be told of {down.Count} nodes", Bound, () => Task.FromResult(watcher.Crossings.Count >= down.Count ? null : $"{watcher.Crossings.Count} crossings"));
        Assert.Equal(down.Order(), watcher.Crossings.Select(crossing => (string)crossing.Data["node"]!["id"]!).Order());
        Assert.All(watcher.Crossings, crossing => Assert.True(crossing.IsUp, $"expected only nodes that are down; came {crossing}"));

        await OnceMore(source, target, (int)run["accepted"]!);
        await RemovedStaysRemoved(source, target);
        await InParts(target);
        await HeardLongAgo(source);
    }

    // R9.3, R4.6: between the two parts of a machine's history copies are compared and compacted, and the first part looks like a run of repeats.
    private static async Task InParts(MemberRing target)
    {
        await Restored(target[0], Part("part-a", 1), Part("part-a", 3), Part("part-a", 4));
        await Task.Delay(TimeSpan.FromSeconds(2));
        await Restored(target[0], Part("part-b", 2));

        var stored = (await target[0].Http.Get("/v1/nodes/part-a/observations?stored=true")).Ok()["observations"].AsArray().Select(o => (string)o!["id"]!);
        Assert.Equal(["1", "3", "4"], stored.Order().Where(id => id != "2"));

        static object Part(string node, int hour) =>
            new { id = $"{hour}", node, kind = "join", hardware = "aa:00:00:00:00:99", at = $"2001-01-01T0{hour}:00:00Z", receivedAt = $"2001-01-01T0{hour}:00:00Z", total = 0 };
    }

    // R3.1: what a detector said long ago does not take the place of what it says now at the other members.
    private static async Task HeardLongAgo(MemberRing ring)
    {
        (await ring[0].Http.Put("/v1/detectors/d.live", new { accuracy = 50, ttl = "60s" })).Ok();
        await Restored(ring[0], Row("1"));
        (await ring[0].Http.Send(HttpMethod.Post, "/v1/detectors/d.live/heartbeat")).Ok();
        await Restored(ring[0], Row("2"));
        await Wait.Until("the other member to have heard of the heartbeat", Bound, async () =>
        {
            var detector = await ring[1].Http.Get("/v1/detectors/d.live");
            return detector.IsOk && (string?)detector.Body["lastHeard"] is { } heard && !heard.StartsWith("2001", StringComparison.Ordinal) ? null : detector.ToString();
        });

        static object Row(string id) =>
            new { id, node = "n-live", kind = "failure", detector = "d.live", at = "2001-01-01T01:00:00Z", receivedAt = "2001-01-01T01:00:00Z", accuracy = 50, total = 50, @explicit = true };
    }

    private static async Task Restored(MemberProcess member, params object[] rows)
    {
        var reply = (await member.Http.Send(HttpMethod.Post, "/v1/observations?restore=true", rows)).Ok();
        Assert.True((int)reply["accepted"] == rows.Length, $"expected {rows.Length} rows to be accepted; came {reply}");
    }

    // The addresses by which machines are found that hold no id any more.
    private static string[] Machines => ["hw:aa:00:00:00:00:01", "hw:aa:00:00:00:00:02", "hw:aa:00:00:00:00:03", "hw:aa:00:00:00:00:04", "hw:aa:00:00:00:00:05"];

    private static async Task OnceMore(MemberRing source, MemberRing target, int accepted)
    {
        var again = await Backup.Fhs(target[0], ExitCode.Done, "import", Path.Combine(source.Folder, "backup.csv.gz"), "--format", "csv", "--restore", "--json");

        Assert.Equal((0, accepted), ((int)JsonNode.Parse(again.Output)!["accepted"]!, (int)JsonNode.Parse(again.Output)!["duplicates"]!));
    }

    // R9.7: an old backup must not bring back what an administrator removed.
    private static async Task RemovedStaysRemoved(MemberRing source, MemberRing target)
    {
        (await target[0].Http.Delete("/v1/nodes/n-plain")).Ok();

        var file = Path.Combine(source.Folder, "backup.csv.gz");
        var refused = await Backup.Fhs(target[0], ExitCode.Failed, "import", file, "--format", "csv", "--restore");

        Assert.Contains("what is removed stays removed", refused.Error, StringComparison.Ordinal);
        Assert.Equal(404, (await target[0].Http.State("n-plain", "majority")).Status);
    }

    private static bool IsDown(MemberProcess member, string id)
    {
        var history = member.Http.History(id).GetAwaiter().GetResult().Ok();
        return (string?)history["node"]["id"] == id && (double?)history["periods"].AsArray()[^1]!["probability"] >= 0.5;
    }

    private static async Task<string> Now(MemberProcess member, string node)
    {
        var state = await member.Http.State(node, "majority");
        return state.IsOk ? $"{state["status"]} {state.Body["probability"]} {state["verdicts"]} {state.Body["incident"]}" : state.Status.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    // Repeats are kept for a minute (R2.6) and members' own joins come late: what is exported must not change while it is compared.
    private static Task Settled(MemberRing ring) => Wait.Until("the members' own joins to be stored", Bound, async () =>
    {
        var stored = new List<int>();
        foreach (var member in ring.Members)
        {
            var reply = await ring[0].Http.Observations(member.Name);
            stored.Add(reply.IsOk ? reply["observations"].AsArray().Count : 0);
        }

        return stored.All(count => count > 0) ? null : string.Join(", ", stored);
    });

    private static async Task Tell(MemberClient member)
    {
        (await member.Put("/v1/detectors/d.explicit", new { accuracy = 80.5, scope = new[] { "n-*", "moved-*" } })).Ok();
        (await member.Put("/v1/detectors/d.trace", new { accuracy = 100, timestamps = "reported", description = "a, \"trace\"" })).Ok();
        await Explicit(member, "n-plain", "failure", reason: "a reason, \"quoted\",\nof two lines ", labels: new { rack = "r,1", owner = "\"me\" " });
        await Explicit(member, "n-plain", "alive", labels: new { rack = "r2" });
        await Explicit(member, "N-Plain", "failure", at: "2020-02-02T02:02:02.1234567Z");
        await Explicit(member, "n-plain", "join");
        await One(member, new { node = "n-auto", kind = "failure", detector = "d.auto", reason = "by itself" });
        await Explicit(member, "n-down", "failure", reason: "still down");
        await One(member, new { node = "n-down", kind = "failure", detector = "d.auto", signature = "c2lnbmVk" });
        await One(member, new { node = "n-left", kind = "join", hardware = "Serial 12/34" });
        await One(member, new { node = "n-left", kind = "leave", reason = "=HYPERLINK(1)" });
        foreach (var i in Enumerable.Range(0, 4))
        {
            await Explicit(member, "n-repeats", "failure", reason: $"repeat {i}");
        }

        foreach (var (node, kind, hour) in new[] { ("n-trace", "failure", 1), ("n-trace", "join", 2), ("n-trace", "failure", 5), ("n-trace", "join", 6), ("n-trace-down", "failure", 7) })
        {
            await One(member, new { id = $"{node}/{kind}/{hour}", node, kind, detector = "d.trace", at = $"2001-01-01T0{hour}:00:00Z" });
        }

        await One(member, new { node = "a/b ü日本", kind = "join", id = " blanks at its ends ", reason = "", labels = Enumerable.Range(0, 32).ToDictionary(i => $"{i}", _ => new string('"', 200)) });
        await One(member, new { node = "00112233445566778899aabbccddeeff", kind = "failure", detector = "d.auto" });
        await Identities(member);
    }

    private static async Task Identities(MemberClient member)
    {
        // A machine that moved, with what was said under either id.
        await Join(member, "moved-1", "aa:00:00:00:00:01");
        await Explicit(member, "moved-1", "failure", reason: "before the move");
        await Join(member, "moved-2", "AA:00:00:00:00:01");
        await Explicit(member, "moved-2", "failure", reason: "after it");

        // A machine that was replaced, and is reachable by its address alone.
        await Join(member, "taken", "aa:00:00:00:00:02");
        await One(member, new { node = "taken", kind = "failure", detector = "d.auto", reason = "the old one" });
        await Join(member, "taken", "aa:00:00:00:00:03");

        // One that moved on and was replaced there: no id answers for it any more, and none is listed that names its first.
        await Join(member, "lost-1", "aa:00:00:00:00:04");
        await Join(member, "lost-2", "aa:00:00:00:00:04");
        await Join(member, "lost-2", "aa:00:00:00:00:05");

        // Two machines that show one address.
        foreach (var node in (string[])["clash-1", "clash-2", "clash-1"])
        {
            await Join(member, node, "aa:00:00:00:00:06");
        }
    }

    private static Task Join(MemberClient member, string node, string hardware) => One(member, new { node, kind = "join", hardware });

    private static Task Explicit(MemberClient member, string node, string kind, string? reason = null, object? labels = null, string? at = null) =>
        One(member, new { node, kind, detector = "d.explicit", reason, labels, at });

    private static Task One(MemberClient member, object observation) => member.ReportSurely(observation);
}
