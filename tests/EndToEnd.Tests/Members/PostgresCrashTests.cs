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
    public async Task Database_and_members_killed_under_load_one_by_one_and_together_lose_nothing_that_was_acknowledged()
    {
        var burst = new Burst(Ring);
        try
        {
            await burst.More(2_000);
            await shared.Server.Crash();

            // The members live on: read-only, and whole again by themselves with the database.
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
            await burst.More(2_000);

            // Now all at once: what the disk of the database has, and nothing else, is what there is.
            await Task.WhenAll(Ring.Members.Select(member => member.Kill()).Append(shared.Server.Crash()));
        }
        finally
        {
            await burst.End();
        }

        await shared.Server.StartAgain();
        Ring.Members.ToList().ForEach(member => member.Start());
        await Ring.Ready(3);
        output.WriteLine($"{burst.Acknowledged} observations were acknowledged");
        await burst.NothingIsLost();
        Assert.DoesNotContain(PostgresServer.Password, Ring.Logs, StringComparison.Ordinal);
    }

    [PostgresFact]
    [Trait("Rule", "R9.3")]
    public async Task A_member_whose_rows_are_gone_counts_for_nothing_until_it_has_fetched_them_anew() =>
        await LostLog.IsNoticed(Ring, async member =>
        {
            foreach (var table in new[] { "journal", "snapshot" })
            {
                await shared.Server.Sql($"DELETE FROM failure_history.{table} WHERE persistence_id LIKE '%{member.Id}'");
            }

            await shared.Server.Sql($"DELETE FROM failure_history.member_log WHERE member_id = '{member.Id}'");
        });

    [PostgresFact]
    public async Task A_member_that_starts_before_its_database_waits_for_it_and_one_with_a_wrong_password_ends()
    {
        var folder = Directory.CreateTempSubdirectory("fhs-early-").FullName;
        try
        {
            var (exitCode, error) = await MemberProcess.RunToEnd(
                "--data", Path.Combine(folder, "wrong"), "--port", "0", "--http", "off", "--journal", "postgresql",
                "--postgresql.connection", shared.Server.Connection().Replace(PostgresServer.Password, "wr0ng", StringComparison.Ordinal));
            Assert.True(exitCode == 2, $"expected exit code 2; came {exitCode}: {error}");
            Assert.True(error.TrimEnd('\n').Split('\n') is [{ Length: > 0 }], $"expected one line on standard error; came {error}");
            Assert.Contains("password authentication failed", error, StringComparison.Ordinal);
            Assert.DoesNotContain("wr0ng", error, StringComparison.Ordinal);

            await using var server = await PostgresServer.Start();
            await server.Crash();
            await using var early = new MemberProcess(Path.Combine(folder, "early"), [], PostgresRing.On(server));
            early.Start();
            await Wait.Until("the member to say that it waits for its database", TimeSpan.FromSeconds(20), async () =>
            {
                var ready = await early.Http.Get("/readyz");
                return ready.Status == 503 && $"{ready["waitsFor"].AsArray()[0]}".Contains($"database postgres on 127.0.0.1:{server.Port} can't be reached", StringComparison.Ordinal) ? null : ready.ToString();
            }, () => early.Log);
            Assert.Equal(200, (await early.Http.Get("/healthz")).Status);
            Assert.Equal(503, (await early.Http.Report(new { node = "n", detector = "d", kind = "failure" })).Status);

            await server.StartAgain();
            await early.Ready();
            await early.Http.ReportSurely(new { node = "n", detector = "d", kind = "failure" });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
