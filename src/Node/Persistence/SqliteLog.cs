using Akka.Configuration;
using FailureHistory.Node.Configuration;
using LinqToDB;
using LinqToDB.Data;
using Microsoft.Data.Sqlite;

namespace FailureHistory.Node.Persistence;

/// <summary>The log in a SQLite file in the data folder, durable against power loss: WAL with <c>synchronous=FULL</c> on every connection.</summary>
internal sealed class SqliteLog(DataFolder folder) : LogDatabase
{
    private const string Durable = "PRAGMA synchronous = FULL;";

    public override Config Settings =>
        ConfigurationFactory.ParseString(
            SettingsSource.EmbeddedText("journal-sqlite.conf").Replace("@connection@", folder.LogConnection.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal), StringComparison.Ordinal));

    public override string Name => "the SQLite file log.db in the data folder";

    public override Action? Shrink => () => Run("PRAGMA incremental_vacuum(2000);");

    public override DataOptions Options => new DataOptions()
        .UseConnectionString("SQLite.MS", folder.LogConnection)
        .UseAfterConnectionOpened(connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = Durable;
            command.ExecuteNonQuery();
        });

    public override Task<LogFound> Prepare(CancellationToken ct)
    {
        try
        {
            using var connection = Open();

            // auto_vacuum only takes effect before the first table, and the journal mode is a property of the file (DESIGN D14, §4).
            Execute(connection, "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS member_log (member_id TEXT PRIMARY KEY, log_id TEXT NOT NULL);");
            var logId = (string?)Scalar(connection, "SELECT log_id FROM member_log WHERE member_id = @id", folder.Id.ToString());
            var hasJournal = Scalar(connection, "SELECT name FROM sqlite_master WHERE type = 'table' AND name = @id", "journal") is not null;
            var last = hasJournal ? Scalar(connection, "SELECT MAX(sequence_number) FROM journal WHERE persistence_id = @id", $"log-{folder.Id}") : null;
            var missing = last is null ? null : Scalar(connection, "SELECT MAX(sequence_number) - MIN(sequence_number) + 1 - COUNT(*) FROM journal WHERE persistence_id = @id", $"log-{folder.Id}");
            return Task.FromResult(new LogFound(logId, last is long row ? row : 0, Missing: missing is long hole ? hole : 0));
        }
        catch (SqliteException e)
        {
            throw new StartupException($"data folder {folder.Path}: log.db can't be used: {e.Message}", e);
        }
    }

    public override Task Claim(string logId, CancellationToken ct)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"{Durable} INSERT INTO member_log VALUES (@id, @log) ON CONFLICT (member_id) DO UPDATE SET log_id = excluded.log_id";
        command.Parameters.AddWithValue("@id", folder.Id.ToString());
        command.Parameters.AddWithValue("@log", logId);
        command.ExecuteNonQuery();
        return Task.CompletedTask;
    }

    private void Run(string sql)
    {
        using var connection = Open();
        Execute(connection, sql);
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(folder.LogConnection);
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static object? Scalar(SqliteConnection connection, string sql, string id)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddWithValue("@id", id);
        return command.ExecuteScalar() is { } value and not DBNull ? value : null;
    }
}
