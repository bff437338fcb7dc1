using System.Globalization;
using System.Net.Sockets;
using Akka.Configuration;
using FailureHistory.Node.Configuration;
using LinqToDB;
using Npgsql;

namespace FailureHistory.Node.Persistence;

/// <summary>
/// The log on PostgreSQL, as durable as that database is: <c>synchronous_commit</c> is on for each of its connections, whatever the server's
/// default. Members may share a database and a schema: their persistence ids differ.
/// </summary>
internal sealed class PostgreSqlLog(PostgreSqlSettings settings, DataFolder folder) : LogDatabase
{
    // Members that start at once take turns at making the tables: this number is theirs alone by agreement ("fhistory" in ASCII).
    private const long TablesLock = 0x6668_6973_746F_7279;

    private readonly string connection = settings.Connection.Reveal($"failure-history {folder.Id}");

    public override Config Settings =>
        ConfigurationFactory.ParseString(SettingsSource.EmbeddedText("journal-postgresql.conf").Replace("@schema@", settings.Schema, StringComparison.Ordinal));

    public override string Name => $"PostgreSQL {settings.Connection.Place}, schema {settings.Schema}";

    public override DataOptions Options => new DataOptions().UseConnectionString("PostgreSQL.15", connection);

    public override async Task<LogFound> Prepare(CancellationToken ct)
    {
        try
        {
            await using var open = new NpgsqlConnection(connection);
            await open.OpenAsync(ct).ConfigureAwait(false);
            var warning = await CheckDurability(open, ct).ConfigureAwait(false);
            if (!await HasTables(open, ct).ConfigureAwait(false))
            {
                await MakeTables(open, ct).ConfigureAwait(false);
            }

            var logId = await Scalar(open, $"SELECT log_id FROM {settings.Schema}.member_log WHERE member_id = @p", folder.Id.ToString(), ct).ConfigureAwait(false);
            var last = await Scalar(open, $"SELECT MAX(sequence_number) FROM {settings.Schema}.journal WHERE persistence_id = @p", $"log-{folder.Id}", ct).ConfigureAwait(false);
            var missing = await Scalar(
                open, $"SELECT MAX(sequence_number) - MIN(sequence_number) + 1 - COUNT(*) FROM {settings.Schema}.journal WHERE persistence_id = @p", $"log-{folder.Id}", ct).ConfigureAwait(false);
            return new LogFound((string?)logId, last is long row ? row : 0, warning, missing is long hole ? hole : 0);
        }
        catch (Exception e) when (e is NpgsqlException or SocketException or TimeoutException)
        {
            throw Told(e);
        }
    }

    public override async Task Claim(string logId, CancellationToken ct)
    {
        try
        {
            await using var open = new NpgsqlConnection(connection);
            await open.OpenAsync(ct).ConfigureAwait(false);
            await using var command = new NpgsqlCommand(
                $"INSERT INTO {settings.Schema}.member_log VALUES (@id, @log) ON CONFLICT (member_id) DO UPDATE SET log_id = excluded.log_id", open);
            command.Parameters.AddWithValue("id", folder.Id.ToString());
            command.Parameters.AddWithValue("log", logId);
            await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
        }
        catch (Exception e) when (e is NpgsqlException or SocketException or TimeoutException)
        {
            throw Told(e);
        }
    }

    public override bool Passes(Exception failure) => failure switch
    {
        AggregateException many => many.Flatten().InnerExceptions.Any(Passes),
        Akka.Pattern.OpenCircuitException or TimeoutException or SocketException or IOException => true,
        NpgsqlException { IsTransient: true } => true,
        _ => failure.InnerException is { } inner && Passes(inner),
    };

    // Asked of this very session: a pooler in between may have dropped what the connection string says.
    private async Task<string?> CheckDurability(NpgsqlConnection open, CancellationToken ct)
    {
        var commit = (string?)await Scalar(open, "SELECT current_setting('synchronous_commit')", null, ct).ConfigureAwait(false);
        if (commit == "off")
        {
            throw new StartupException(
                $"failure-history.postgresql: synchronous_commit is off at {settings.Connection.Place} though the connection asks for on; what a member acknowledges must be on disk. "
                + $"A connection pooler may drop it: ALTER ROLE {settings.Connection.User} SET synchronous_commit = on");
        }

        var unsafeOnes = new List<string>();
        foreach (var setting in new[] { "fsync", "full_page_writes" })
        {
            if ((string?)await Scalar(open, "SELECT current_setting(@p)", setting, ct).ConfigureAwait(false) == "off")
            {
                unsafeOnes.Add($"{setting} = off");
            }
        }

        return unsafeOnes.Count == 0
            ? null
            : $"{settings.Connection.Place} runs with {string.Join(" and ", unsafeOnes)}: a power cut there can lose or damage what this member has acknowledged";
    }

    private async Task<bool> HasTables(NpgsqlConnection open, CancellationToken ct)
    {
        foreach (var table in new[] { "journal", "snapshot", "tags", "member_log" })
        {
            if (await Scalar(open, "SELECT to_regclass(@p)::text", $"{settings.Schema}.{table}", ct).ConfigureAwait(false) is null)
            {
                return false;
            }
        }

        return true;
    }

    private async Task MakeTables(NpgsqlConnection open, CancellationToken ct)
    {
        await using var all = await open.BeginTransactionAsync(ct).ConfigureAwait(false);
        await Execute(open, string.Create(CultureInfo.InvariantCulture, $"SELECT pg_advisory_xact_lock({TablesLock})"), ct).ConfigureAwait(false);

        // IF NOT EXISTS asks for the right to make schemas also where there is one.
        if (await Scalar(open, "SELECT to_regnamespace(@p)::text", settings.Schema, ct).ConfigureAwait(false) is null)
        {
            await Execute(open, $"CREATE SCHEMA {settings.Schema}", ct).ConfigureAwait(false);
        }

        await Execute(open, SettingsSource.EmbeddedText("postgresql.sql").Replace("@schema@", settings.Schema, StringComparison.Ordinal), ct).ConfigureAwait(false);
        await all.CommitAsync(ct).ConfigureAwait(false);
    }

    // Two kinds of trouble: what an operator must correct, and what passes. The driver's messages hold no password.
    private Exception Told(Exception failure)
    {
        var place = settings.Connection.Place;
        return failure switch
        {
            PostgresException { SqlState: "42501" or "3F000" } refused => new StartupException(
                $"failure-history.postgresql: {refused.MessageText} ({place}, as {settings.Connection.User}); the role needs SELECT, INSERT, UPDATE, DELETE on the tables in schema {settings.Schema}, and CREATE where they are to be made",
                failure),
            PostgresException { SqlState: "25006" } => new LogUnavailableException($"{place} takes no writes: it is a stand-by, or read-only", failure),
            PostgresException { IsTransient: false, SqlState: [not '5', ..] } refused => new StartupException(
                $"failure-history.postgresql: {place} refuses: {refused.MessageText} ({refused.SqlState}); correct postgresql.connection or the database", failure),
            PostgresException waits => new LogUnavailableException($"{place} can't serve at present: {waits.MessageText}", failure),
            _ when Inner<SocketException>(failure) is { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData } unknown => new StartupException(
                $"failure-history.postgresql: there is no host of that name: {place}: {unknown.Message}; correct postgresql.connection", failure),
            _ when Passes(failure) => new LogUnavailableException($"{place} can't be reached: {(Inner<SocketException>(failure) ?? failure).Message}", failure),
            _ => new StartupException($"failure-history.postgresql: {place}: {failure.Message}; correct postgresql.connection or the database", failure),
        };
    }

    private static T? Inner<T>(Exception? failure)
        where T : Exception => failure switch
    {
        null => null,
        T found => found,
        AggregateException many => many.Flatten().InnerExceptions.Select(Inner<T>).FirstOrDefault(found => found is not null),
        _ => Inner<T>(failure.InnerException),
    };

    private static async Task<object?> Scalar(NpgsqlConnection open, string sql, string? parameter, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, open);
        if (parameter is not null)
        {
            command.Parameters.AddWithValue("p", parameter);
        }

        return await command.ExecuteScalarAsync(ct).ConfigureAwait(false) is { } value and not DBNull ? value : null;
    }

    private static async Task Execute(NpgsqlConnection open, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, open);
        await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
    }
}
