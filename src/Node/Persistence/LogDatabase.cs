using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Persistence.Sql.Config;
using FailureHistory.Node.Configuration;
using LinqToDB;

namespace FailureHistory.Node.Persistence;

/// <summary>
/// The database of a member's log, through Akka.Persistence.Sql: what its actor system must know of it, and what must be done before it is
/// used. The law of all of them: what a write said is durable is on disk.
/// </summary>
public abstract class LogDatabase
{
    /// <summary>The settings of the journal and the snapshot store.</summary>
    public abstract Config Settings { get; }

    /// <summary>How both connect.</summary>
    public Setup Connections => new DataOptionsSetup(Options);

    /// <summary>What it is, for messages.</summary>
    public abstract string Name { get; }

    /// <summary>Gives freed space back; null where the database does so itself.</summary>
    public virtual Action? Shrink => null;

    /// <summary>The driver's options.</summary>
    public abstract DataOptions Options { get; }

    /// <summary>The log's database that the settings name.</summary>
    public static LogDatabase Of(NodeSettings settings, DataFolder folder) => settings.Journal == JournalKind.PostgreSql
        ? new PostgreSqlLog(settings.PostgreSql, folder)
        : new SqliteLog(folder);

    /// <summary>Makes it ready and says which log is in it.</summary>
    /// <exception cref="StartupException">It can't be used as it was told to: an operator must correct that.</exception>
    /// <exception cref="LogUnavailableException">It can't be reached at present.</exception>
    public abstract Task<LogFound> Prepare(CancellationToken ct);

    /// <summary>Notes that the log which begins, or goes on, there is this one.</summary>
    public abstract Task Claim(string logId, CancellationToken ct);

    /// <summary>Whether a failure passes by itself, so that trying again is right however often it happened.</summary>
    public virtual bool Passes(Exception failure) => false;
}

/// <summary>What is in the database of this member.</summary>
/// <param name="LogId">The log that was claimed there, or null for none.</param>
/// <param name="LastRow">The last row of the log there, 0 for none.</param>
/// <param name="Warning">What an operator should know of it, or null.</param>
/// <param name="Missing">How many rows lack between the first and the last one. Old rows go from the first on, so that nothing leaves a hole but a database that came back without its last commits and was written on.</param>
public sealed record LogFound(string? LogId, long LastRow, string? Warning = null, long Missing = 0);

/// <summary>The log's database can't be reached at present: the member waits for it.</summary>
public sealed class LogUnavailableException : Exception
{
    /// <summary>Why, in words for an operator.</summary>
    public LogUnavailableException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
