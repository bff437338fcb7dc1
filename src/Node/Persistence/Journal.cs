using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Persistence.Sql.Config;
using FailureHistory.Node.Configuration;
using LinqToDB;
using LinqToDB.Data;
using Microsoft.Data.Sqlite;

namespace FailureHistory.Node.Persistence;

/// <summary>Akka.Persistence.Sql on SQLite in the data folder, durable against power loss: WAL with <c>synchronous=FULL</c> on every connection.</summary>
internal static class Journal
{
    public static Config Settings(DataFolder folder) =>
        ConfigurationFactory.ParseString(
            SettingsSource.EmbeddedText("journal-sqlite.conf").Replace("@connection@", folder.LogConnection.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal), StringComparison.Ordinal));

    public static Setup Connections(DataFolder folder) =>
        new DataOptionsSetup(Options(folder));

    /// <summary>The driver's options.</summary>
    public static DataOptions Options(DataFolder folder) =>
        new DataOptions()
            .UseConnectionString("SQLite.MS", folder.LogConnection)
            .UseAfterConnectionOpened(connection =>
            {
                using var command = connection.CreateCommand();
                command.CommandText = "PRAGMA synchronous = FULL;";
                command.ExecuteNonQuery();
            });

    /// <summary>Gives freed pages of the log back to the file system.</summary>
    public static void Shrink(DataFolder folder)
    {
        using var connection = new SqliteConnection(folder.LogConnection);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA incremental_vacuum(2000);";
        command.ExecuteNonQuery();
    }
}
