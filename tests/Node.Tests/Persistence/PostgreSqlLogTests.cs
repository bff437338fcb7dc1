using FailureHistory.Node.Configuration;
using FailureHistory.Node.Persistence;
using FailureHistory.Tests.Shared;
using Npgsql;
using Xunit;

namespace FailureHistory.Node.Tests.Persistence;

/// <summary>What an operator is told of a PostgreSQL that does not serve, and what is made sure of one that does.</summary>
[Collection(OnPostgres.Name)]
public sealed class PostgreSqlLogTests(PostgresFixture postgres) : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("fh-pg-").FullName;
    private readonly List<DataFolder> folders = [];

    private string Here => $"database postgres on 127.0.0.1:{postgres.Server.Port}";

    [PostgresFact]
    public async Task A_wrong_password_an_unknown_database_user_or_host_are_errors_of_the_configuration_and_show_no_password()
    {
        var good = postgres.Server.Connection();
        await Refused(good.Replace(PostgresServer.Password, "wr0ng", StringComparison.Ordinal), Here, "password authentication failed");
        await Refused(good.Replace("Database=postgres", "Database=nowhere", StringComparison.Ordinal), "database nowhere on", "\"nowhere\" does not exist");
        await Refused(good.Replace("Username=fhs", "Username=stranger", StringComparison.Ordinal), Here, "\"stranger\"");
        await Refused(good.Replace("Host=127.0.0.1", "Host=no-such-host.invalid", StringComparison.Ordinal), "there is no host of that name", "no-such-host.invalid");
        await Refused(good.Replace($"Password={PostgresServer.Password}", "SSL Mode=Require;Password=x", StringComparison.Ordinal), "SSL");
    }

    [PostgresFact]
    public async Task A_server_that_does_not_listen_is_waited_for()
    {
        var elsewhere = postgres.Server.Connection().Replace($"Port={postgres.Server.Port}", "Port=1", StringComparison.Ordinal);
        var told = await Assert.ThrowsAsync<LogUnavailableException>(() => Log(postgres.Fresh(elsewhere)).Prepare(CancellationToken.None));
        Assert.Contains("database postgres on 127.0.0.1:1 can't be reached", told.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(PostgresServer.Password, told.ToString(), StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task A_server_that_takes_no_writes_for_now_is_waited_for()
    {
        await postgres.Server.Sql("CREATE DATABASE standby");
        await postgres.Server.Sql("ALTER DATABASE standby SET default_transaction_read_only = on");
        var told = await Assert.ThrowsAsync<LogUnavailableException>(() => Log(postgres.Fresh(postgres.Server.Connection("standby"))).Prepare(CancellationToken.None));
        Assert.Contains("takes no writes", told.Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    [Trait("Rule", "R9.3")]
    public async Task Commits_are_synchronous_though_the_database_says_otherwise()
    {
        await postgres.Server.Sql("CREATE DATABASE hasty");
        await postgres.Server.Sql("ALTER DATABASE hasty SET synchronous_commit = off");
        Assert.Equal("off", await postgres.Server.Sql("SHOW synchronous_commit", "hasty"));

        var settings = postgres.Fresh(postgres.Server.Connection("hasty"));
        Assert.Null((await Log(settings).Prepare(CancellationToken.None)).Warning);
        await using var connection = new NpgsqlConnection(settings.Connection.Reveal("test"));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SHOW synchronous_commit", connection);
        Assert.Equal("on", await command.ExecuteScalarAsync());
    }

    [PostgresFact]
    public async Task A_server_without_fsync_is_warned_of()
    {
        await Set("off");
        try
        {
            var warning = (await Log(postgres.Fresh()).Prepare(CancellationToken.None)).Warning;
            Assert.Equal($"{Here} runs with fsync = off: a power cut there can lose or damage what this member has acknowledged", warning);
        }
        finally
        {
            await Set("on");
        }

        async Task Set(string value)
        {
            await postgres.Server.Sql($"ALTER SYSTEM SET fsync = {value}");
            await postgres.Server.Sql("SELECT pg_reload_conf()");
            for (var i = 0; i < 100 && (string?)await postgres.Server.Sql("SHOW fsync") != value; i++)
            {
                await Task.Delay(50); // the server reads its configuration a moment later
            }

            Assert.Equal(value, await postgres.Server.Sql("SHOW fsync"));
        }
    }

    [PostgresFact]
    public async Task Members_that_start_at_once_make_the_tables_together_and_each_has_a_log_of_its_own()
    {
        var settings = postgres.Fresh();
        var logs = Enumerable.Range(0, 8).Select(_ => Log(settings)).ToList();

        Assert.All(await Task.WhenAll(logs.Select(log => log.Prepare(CancellationToken.None))), found => Assert.Equal(new LogFound(null, 0), found));
        await Task.WhenAll(logs.Select((log, i) => log.Claim($"log {i}", CancellationToken.None)));
        var claimed = await Task.WhenAll(logs.Select(log => log.Prepare(CancellationToken.None)));

        Assert.Equal(Enumerable.Range(0, 8).Select(i => $"log {i}"), claimed.Select(found => found.LogId));
    }

    [PostgresFact]
    public async Task A_role_that_may_make_nothing_works_on_tables_made_for_it_and_is_told_what_it_lacks_without()
    {
        await postgres.Server.Sql("CREATE ROLE modest LOGIN PASSWORD 'm0dest'");
        var settings = postgres.Fresh(postgres.Server.Connection().Replace("Username=fhs", "Username=modest", StringComparison.Ordinal).Replace(PostgresServer.Password, "m0dest", StringComparison.Ordinal));
        var log = Log(settings);
        var told = await Assert.ThrowsAsync<StartupException>(() => log.Prepare(CancellationToken.None));
        Assert.Contains($"the role needs SELECT, INSERT, UPDATE, DELETE on the tables in schema {settings.Schema}", told.Message, StringComparison.Ordinal);

        await postgres.Server.Sql($"CREATE SCHEMA {settings.Schema}");
        await postgres.Server.Sql(SettingsSource.EmbeddedText("postgresql.sql").Replace("@schema@", settings.Schema, StringComparison.Ordinal));
        await postgres.Server.Sql($"GRANT USAGE ON SCHEMA {settings.Schema} TO modest; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {settings.Schema} TO modest");
        Assert.Equal(new LogFound(null, 0), await log.Prepare(CancellationToken.None));
        await log.Claim("mine", CancellationToken.None);
        Assert.Equal("mine", (await log.Prepare(CancellationToken.None)).LogId);
    }

    public void Dispose()
    {
        folders.ForEach(folder => folder.Dispose());
        Directory.Delete(root, recursive: true);
    }

    private PostgreSqlLog Log(PostgreSqlSettings settings)
    {
        var folder = DataFolder.Open(Path.Combine(root, $"{folders.Count}"));
        folders.Add(folder);
        return new PostgreSqlLog(settings, folder);
    }

    private async Task Refused(string connection, params string[] words)
    {
        var told = await Assert.ThrowsAsync<StartupException>(() => Log(postgres.Fresh(connection)).Prepare(CancellationToken.None));
        Assert.StartsWith("failure-history.postgresql: ", told.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', told.Message);
        Assert.All(words, word => Assert.Contains(word, told.Message, StringComparison.Ordinal));
        Assert.DoesNotContain("wr0ng", told.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(PostgresServer.Password, told.ToString(), StringComparison.Ordinal);
    }
}
