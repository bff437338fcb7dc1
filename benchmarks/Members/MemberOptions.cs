namespace FailureHistory.Members;

/// <summary>How members are started.</summary>
/// <param name="PostgreSql">The connection to the logs' database, or null for SQLite.</param>
/// <param name="Folder">Where their data folders are made; null for the temporary folder of the system.</param>
internal sealed record MemberOptions(string? PostgreSql, string? Folder)
{
    public string Journal => PostgreSql is null ? "sqlite, synchronous=FULL" : "postgresql";

    /// <summary>Further arguments of each member.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Whether the others reach each member by a port of its own on which somebody else listens, who passes on to the member's (see <see cref="MemberProcess.PublicPort"/>).</summary>
    public bool IsRelayed { get; init; }
}
