using FailureHistory.EndToEnd.Tests.Members.Harness;
using FailureHistory.Tests.Shared;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.EndToEnd.Tests.Members;

/// <summary>Members with their logs on PostgreSQL, and what is killed is a member, all of them, or the database (R9.3).</summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresCrashTests(PostgresRing shared, ITestOutputHelper output)
{
    private MemberRing Ring => shared.Ring;

    [PostgresFact]
    [Trait("Rule", "R9.3")]
    public async Task All_three_killed_under_load_keep_everything_that_was_acknowledged()
    {
        var burst = new Burst(Ring);
        try
        {
            await burst.More(3_000);
            await Task.WhenAll(Ring.Members.Select(member => member.Kill()));
        }
        finally
        {
            await burst.End();
        }

        output.WriteLine($"{burst.Acknowledged} observations were acknowledged when all were killed");
        Ring.Members.ToList().ForEach(member => member.Start());
        await Ring.Ready(3);
        await burst.NothingIsLost();
    }

    [PostgresFact]
    [Trait("Rule", "R9.3")]
    public async Task While_the_database_is_down_members_are_read_only_and_with_it_they_come_back_by_themselves_with_everything_acknowledged()
    {
        var burst = new Burst(Ring);
        try
        {
            await burst.More(2_000);
            await shared.Server.Crash();
            foreach (var member in Ring.Members)
            {
                await Wait.Until($"{member.Name} to be read-only", TimeSpan.FromSeconds(20), async () =>
                {
                    var readiness = await member.Http.Get("/readyz");
                    return readiness.Status == 503 && (string?)readiness["status"] == "read-only" ? null : readiness.ToString();
                }, () => member.Log);
                Assert.Contains($"on 127.0.0.1:{shared.Server.Port}", (await member.Http.Get("/readyz")).ToString(), StringComparison.Ordinal);
                Assert.Equal(200, (await member.Http.Get("/v1/nodes?limit=1")).Status); // reads go on
            }

            var refused = await Ring[0].Http.Report(new { node = "while-down", detector = "d", kind = "failure" });
            Assert.Equal(503, refused.Status);

            await shared.Server.StartAgain();
            await Ring.Ready(3);
            await burst.More(500);
            await shared.Server.Crash();
        }
        finally
        {
            await burst.End();
        }

        // Once more, now with the members as well: what the database has, and nothing else, is what there is.
        await Task.WhenAll(Ring.Members.Select(member => member.Kill()));
        await shared.Server.StartAgain();
        Ring.Members.ToList().ForEach(member => member.Start());
        await Ring.Ready(3);
        output.WriteLine($"{burst.Acknowledged} observations were acknowledged");
        await burst.NothingIsLost();
        Assert.DoesNotContain(PostgresServer.Password, Ring.Logs, StringComparison.Ordinal);
    }
}
