using FailureHistory.Node.Configuration;
using FailureHistory.Tests.Shared;
using Xunit;

namespace FailureHistory.Node.Tests.Persistence;

/// <summary>One server for all tests that want one; each test has a schema of its own.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private int schemas;

    /// <summary>The server; only where there is one.</summary>
    public PostgresServer Server { get; private set; } = null!;

    /// <summary>Settings of a member with a schema that nobody has used.</summary>
    internal PostgreSqlSettings Fresh(string? connection = null) =>
        NodeSettings.Load(["--journal", "postgresql", "--postgresql.connection", connection ?? Server.Connection(), "--postgresql.schema", $"s{Interlocked.Increment(ref schemas)}"]).PostgreSql;

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        if (PostgresServer.Missing is null)
        {
            Server = await PostgresServer.Start();
        }
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        if (Server is not null)
        {
            await Server.DisposeAsync();
        }
    }
}

/// <summary>Tests on the one server.</summary>
[CollectionDefinition(Name)]
public sealed class OnPostgres : ICollectionFixture<PostgresFixture>
{
    public const string Name = "on PostgreSQL";
}
