namespace FailureHistory.Load.Members;

/// <summary>How members are started.</summary>
/// <param name="PostgreSql">The connection to the logs' database, or null for SQLite.</param>
/// <param name="Folder">Where their data folders are made; null for the temporary folder of the system.</param>
internal sealed record MemberOptions(string? PostgreSql, string? Folder)
{
    public string Journal => PostgreSql is null ? "sqlite, synchronous=FULL" : "postgresql";
}
