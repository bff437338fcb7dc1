using FailureHistory.EndToEnd.Tests.Fhs;
using FailureHistory.EndToEnd.Tests.Members.Harness;
using FailureHistory.Fhs;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Members;

/// <summary>An administrator takes members that will not come back out of the ring (R9.2, R9.9).</summary>
[Collection(OwnMembersTests.Name)]
[Trait("Rule", "R9.2")]
public sealed class RingRemovalTests
{
    private const int Nodes = 40;

    [Fact]
    public async Task Dead_members_are_taken_out_with_a_majority_and_without_one_and_reports_are_acknowledged_again()
    {
        await using var ring = await MemberRing.Of(3);
        var (a, b, c) = (ring[0], ring[1], ring[2]);
        await ReportAll(a, "first");

        Assert.Equal(400, (await a.Http.Delete($"/v1/ring/members/{b.Id}")).Status);
        Assert.Equal(404, (await a.Http.Delete($"/v1/ring/members/{new string('e', 32)}")).Status);

        await c.Kill();
        await TakenOut(a, c);
        foreach (var member in new[] { a, b })
        {
            await RingIs(member, a, b);
            await ReportAll(member, $"second at {member.Port}");
            await AllIsThere(member);
        }

        await b.Kill();
        await Wait.Until("the last member to refuse reports", TimeSpan.FromSeconds(40), async () =>
        {
            var refused = await a.Http.Report(new { node = "removal-0", detector = "d", kind = "failure", id = "refused" });
            return refused.Status == 503 && refused.RetryAfter is not null ? null : refused.ToString();
        });
        await Wait.Until("the last member to say what to do", TimeSpan.FromSeconds(40), async () =>
        {
            var readiness = await a.Http.Get("/readyz");
            var waitsFor = readiness["waitsFor"].ToJsonString();
            return readiness.Status == 503 && waitsFor.Contains("fhs ring remove", StringComparison.Ordinal) && waitsFor.Contains(b.Id, StringComparison.Ordinal) ? null : readiness.ToString();
        }, () => a.Log);
        Assert.Equal(503, (await a.Http.State("removal-1", "majority")).Status);

        await TakenOut(a, b);
        await RingIs(a, a);
        await a.Ready();
        await ReportAll(a, "third");
        await AllIsThere(a);

        // They come back all the same, with what they have on disk.
        b.Start();
        c.Start();
        await ring.Ready(3);
        foreach (var member in ring.Members)
        {
            await AllIsThere(member);
        }
    }

    private readonly List<string> acknowledged = [];

    private async Task ReportAll(MemberProcess member, string what)
    {
        var observations = Enumerable.Range(0, Nodes).Select(node => new { id = what, node = $"removal-{node}", detector = "d " + what, kind = "failure" });
        await member.Http.ReportSurely([.. observations]);
        acknowledged.Add(what);
    }

    private async Task AllIsThere(MemberProcess member)
    {
        for (var node = 0; node < Nodes; node++)
        {
            var page = (await member.Http.Observations($"removal-{node}", "majority")).Ok();
            var have = page["observations"].AsArray().Select(o => (string)o!["id"]!).ToList();
            Assert.True(acknowledged.All(have.Contains), $"{member.Name}, removal-{node}: expected {string.Join(", ", acknowledged)}; came {string.Join(", ", have)}");
        }
    }

    // Refused while the member still counts as up, which is so for the seconds that it takes to miss it.
    private static Task TakenOut(MemberProcess by, MemberProcess dead) => Wait.Until($"{dead.Name} to be taken out of the ring", TimeSpan.FromSeconds(60), async () =>
    {
        var run = await FhsRun.RunAsync("ring", "remove", dead.Id, "--url", by.Http.Url);
        return run.ExitCode is ExitCode.Done or ExitCode.NotFound ? null : run.Error;
    }, () => by.Log);

    private static Task RingIs(MemberProcess member, params MemberProcess[] expected) => Wait.Until($"{member.Name} to see a ring of {expected.Length}", TimeSpan.FromSeconds(30), async () =>
    {
        var ring = await member.Http.Get("/v1/ring");
        if (!ring.IsOk)
        {
            return ring.ToString();
        }

        var ids = ring["members"].AsArray().Select(m => (string)m!["id"]!).Order(StringComparer.Ordinal).ToList();
        return ids.SequenceEqual(expected.Select(m => m.Id).Order(StringComparer.Ordinal)) ? null : string.Join(", ", ids);
    }, () => member.Log);
}
