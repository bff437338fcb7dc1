using FailureHistory.EndToEnd.Tests.Fhs;
using FailureHistory.EndToEnd.Tests.Members.Harness;
using FailureHistory.Fhs;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Members;

/// <summary>Most of the ring is gone at once, so that taking out one of them leaves no majority either (R9.2, R9.9).</summary>
[Collection(OwnMembersTests.Name)]
[Trait("Rule", "R9.9")]
public sealed class ForcedRemovalTests
{
    [Fact]
    public async Task Two_of_three_that_died_at_once_are_taken_out_together_when_both_are_given_up()
    {
        await using var ring = await MemberRing.Of(3);
        var (a, b, c) = (ring[0], ring[1], ring[2]);
        await a.Http.ReportSurely(new { id = "before", node = "forced", detector = "d", kind = "failure" });
        var version = (long)(await a.Http.Get("/v1/ring")).Ok()["version"];
        await Task.WhenAll(b.Kill(), c.Kill());

        // The survivor downs itself, starts again and forms provisionally; until then nobody can take the request.
        await Wait.Until($"the removal of {c.Name} to be noted, and {b.Name} to be named as missing too", TimeSpan.FromSeconds(90), async () =>
        {
            var run = await Remove(a, c);
            return run.ExitCode == ExitCode.Failed && run.Error.Contains("noted", StringComparison.Ordinal) && run.Error.Contains(b.Id, StringComparison.Ordinal)
                ? null
                : $"exit code {run.ExitCode}: {run.Output}{run.Error}";
        }, () => a.Log);
        Assert.Equal(version, (long)(await a.Http.Get("/v1/ring")).Ok()["version"]);

        await Wait.Until($"the removal of {b.Name} too to leave a ring of {a.Name} alone", TimeSpan.FromSeconds(60), async () =>
        {
            var run = await Remove(a, b);
            return run.ExitCode is ExitCode.Done or ExitCode.NotFound ? null : $"exit code {run.ExitCode}: {run.Output}{run.Error}";
        }, () => a.Log);
        var after = (await a.Http.Get("/v1/ring")).Ok();
        Assert.Equal([a.Id], after["members"].AsArray().Select(m => (string)m!["id"]!));
        Assert.Equal(version + 1, (long)after["version"]);

        await a.Ready();
        await a.Http.ReportSurely(new { id = "after", node = "forced", detector = "d", kind = "alive" });
        var page = (await a.Http.Observations("forced", "majority")).Ok();
        Assert.Equal(["before", "after"], page["observations"].AsArray().Select(o => (string)o!["id"]!));
    }

    private static Task<FhsRun> Remove(MemberProcess by, MemberProcess dead) => FhsRun.RunAsync("ring", "remove", dead.Id, "--url", by.Http.Url);
}
