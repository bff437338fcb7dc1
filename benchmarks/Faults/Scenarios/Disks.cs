using FailureHistory.Members;
using Microsoft.Data.Sqlite;

namespace FailureHistory.Faults.Scenarios;

/// <summary>Logs that can't be written.</summary>
internal static class Disks
{
    public static IEnumerable<Scenario> All =>
    [
        new("full-disk", "the disk of 1 of 3 is full until /readyz says so and 8 s longer", new Ground(3) { SmallDiskMiB = 64 }, trial => FullDisk(trial, 8)),
        new("locked-log", "the SQLite file of 1 of 3 is locked by another process for 12 s", new Ground(3), LockedLog),
        new("postgres", "PostgreSQL, which all 3 keep their logs on, crashes; started again after 8 s", new Ground(3) { PostgreSql = true }, Postgres) { MajorityLives = false, Live = members => [.. members] },
    ];

    internal static async Task FullDisk(Trial trial, double seconds)
    {
        var member = trial.Members[^1];
        var ballast = Path.Combine(member.Folder, "ballast");
        Fill(ballast);
        trial.Say("full");
        await ReadOnly(trial, member).ConfigureAwait(false);
        await trial.Hold(seconds).ConfigureAwait(false);
        File.Delete(ballast);
        trial.Healed("room again");
        await Ready(trial, member).ConfigureAwait(false);
    }

    private static async Task LockedLog(Trial trial)
    {
        var member = trial.Members[^1];
        await using (var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(member.Folder, "log.db"), Pooling = false }.ToString()))
        {
            await connection.OpenAsync(trial.Cancelled).ConfigureAwait(false);
            await using var begin = connection.CreateCommand();
            begin.CommandText = "BEGIN IMMEDIATE";
            await begin.ExecuteNonQueryAsync(trial.Cancelled).ConfigureAwait(false);
            trial.Say("locked");
            await ReadOnly(trial, member).ConfigureAwait(false);
            await trial.Hold(4).ConfigureAwait(false);
            begin.CommandText = "ROLLBACK";
            await begin.ExecuteNonQueryAsync(trial.Cancelled).ConfigureAwait(false);
        }

        trial.Healed("unlocked");
        await Ready(trial, member).ConfigureAwait(false);
    }

    private static async Task Postgres(Trial trial)
    {
        await trial.Stage.Database!.Crash().ConfigureAwait(false);
        trial.Say("crashed");
        await Task.WhenAll(trial.Members.Select(member => ReadOnly(trial, member))).ConfigureAwait(false);
        await trial.Hold(8).ConfigureAwait(false);
        foreach (var member in trial.Members)
        {
            var (status, _) = await trial.Set.Ask(member, "/v1/nodes?limit=1", trial.Cancelled).ConfigureAwait(false);
            trial.Expect($"{member.Name} answers reads", status == 200, $"{status}");
        }

        await trial.Stage.Database.StartAgain().ConfigureAwait(false);
        trial.Healed("started again");
        await Task.WhenAll(trial.Members.Select(member => Ready(trial, member))).ConfigureAwait(false);
    }

    private static Task ReadOnly(Trial trial, MemberProcess member) => trial.ExpectWithin($"/readyz of {member.Name} says read-only", TimeSpan.FromSeconds(20), async () =>
    {
        var (code, status) = await trial.Readiness(member).ConfigureAwait(false);
        return (code == 503 && status == "read-only", $"{code} {status}");
    });

    private static Task Ready(Trial trial, MemberProcess member) => trial.ExpectWithin($"{member.Name} is ready again by itself", TimeSpan.FromSeconds(30), async () =>
    {
        var (code, status) = await trial.Readiness(member).ConfigureAwait(false);
        return (code == 200, $"{code} {status}");
    });

    private static void Fill(string file)
    {
        using var ballast = File.OpenHandle(file, FileMode.Create, FileAccess.Write);
        var (offset, size) = (0L, 1 << 20);
        while (size > 0)
        {
            try
            {
                RandomAccess.Write(ballast, new byte[size], offset);
                offset += size;
            }
            catch (IOException)
            {
                size /= 2; // ever smaller, to the last byte
            }
        }
    }
}
