using System.Data.Common;
using Npgsql;

namespace FailureHistory.Node.Configuration;

/// <summary>The database of a member's log.</summary>
public enum JournalKind
{
    /// <summary>A SQLite file in the data folder.</summary>
    Sqlite,

    /// <summary>PostgreSQL.</summary>
    PostgreSql,
}

/// <summary>The keys below <c>failure-history.postgresql</c>, explained in <c>hocon/reference.conf</c>.</summary>
/// <param name="Connection">How to reach the database.</param>
/// <param name="Schema">The schema of the tables.</param>
public sealed record PostgreSqlSettings(PostgreSqlConnection Connection, string Schema)
{
    internal const string ConnectionKey = "postgresql.connection";

    internal static PostgreSqlSettings From(SettingsReader read, JournalKind journal)
    {
        var text = read.Text(ConnectionKey, allowEmpty: true);
        if (text.Length == 0 && journal == JournalKind.PostgreSql)
        {
            throw new StartupException($"failure-history.{ConnectionKey}: expected how to reach the database, such as Host=db;Database=fhs;Username=fhs, since failure-history.journal is postgresql; came nothing");
        }

        return new PostgreSqlSettings(PostgreSqlConnection.Parse(text), read.Identifier("postgresql.schema"));
    }
}

/// <summary>
/// How to reach the database. It holds a password, so that it shows itself without, and nothing of a text that can't be read is told on.
/// What an operator leaves open is set such that a log is safe and a member modest.
/// </summary>
public sealed class PostgreSqlConnection
{
    private const string Durable = "-c synchronous_commit=on";
    private readonly NpgsqlConnectionStringBuilder parts;

    private PostgreSqlConnection(NpgsqlConnectionStringBuilder parts) => this.parts = parts;

    /// <summary>Where it leads, for messages: <c>database fhs on db:5432</c>.</summary>
    public string Place => $"database {(string.IsNullOrEmpty(parts.Database) ? parts.Username : parts.Database)} on {parts.Host}:{parts.Port}";

    /// <summary>The user name that it signs in with.</summary>
    public string User => parts.Username ?? string.Empty;

    /// <exception cref="StartupException">It can't be read, or it makes commits unsafe.</exception>
    public static PostgreSqlConnection Parse(string text)
    {
        NpgsqlConnectionStringBuilder parts;
        try
        {
            parts = new NpgsqlConnectionStringBuilder(text);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException)
        {
            // Neither the text nor what the reader says of it: both may hold a password.
            throw new StartupException($"failure-history.{PostgreSqlSettings.ConnectionKey}: can't be read; expected pairs such as Host=db;Port=5432;Database=fhs;Username=fhs");
        }

        var options = parts.Options ?? string.Empty;
        if (options.Replace(" ", string.Empty, StringComparison.Ordinal).Contains("synchronous_commit=off", StringComparison.OrdinalIgnoreCase))
        {
            throw new StartupException(
                $"failure-history.{PostgreSqlSettings.ConnectionKey}: its Options switch synchronous_commit off; what a member acknowledges must be on disk: leave it out, or set on or remote_apply");
        }

        if (!options.Contains("synchronous_commit", StringComparison.OrdinalIgnoreCase))
        {
            parts.Options = $"{options} {Durable}".TrimStart();
        }

        var given = new DbConnectionStringBuilder { ConnectionString = text }.Keys.Cast<string>()
            .Select(key => key.Replace(" ", string.Empty, StringComparison.Ordinal).ToLowerInvariant()).ToHashSet(StringComparer.Ordinal);
        parts.MaxPoolSize = given.Overlaps(["maximumpoolsize", "maxpoolsize"]) ? parts.MaxPoolSize : 10;
        parts.Timeout = given.Contains("timeout") ? parts.Timeout : 5;
        parts.CommandTimeout = given.Contains("commandtimeout") ? parts.CommandTimeout : 20;
        parts.KeepAlive = given.Contains("keepalive") ? parts.KeepAlive : 10;
        return new PostgreSqlConnection(parts);
    }

    /// <summary>The whole of it, password and all: for the driver alone.</summary>
    internal string Reveal(string application) => new NpgsqlConnectionStringBuilder(parts.ConnectionString)
    {
        ApplicationName = string.IsNullOrEmpty(parts.ApplicationName) ? application : parts.ApplicationName,
    }.ToString();

    /// <summary>Without the password.</summary>
    public override string ToString()
    {
        if (string.IsNullOrEmpty(parts.Host))
        {
            return "none";
        }

        return $"{Place} as {User}";
    }
}
