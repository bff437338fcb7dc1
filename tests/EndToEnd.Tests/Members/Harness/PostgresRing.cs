using FailureHistory.Tests.Shared;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Members.Harness;

/// <summary>A PostgreSQL server and three members, whose logs share one schema of one database on it. Not made where there is no PostgreSQL.</summary>
public sealed class PostgresRing : IAsyncLifetime
{
    internal PostgresServer Server { get; private set; } = null!;

    internal MemberRing Ring { get; private set; } = null!;

    /// <summary>Arguments of a member whose log is on a server.</summary>
    internal static string[] On(PostgresServer server, string database = "postgres") =>
        ["--journal", "postgresql", "--postgresql.connection", server.Connection(database), "--log.max-backoff", "2s"];

    public async Task InitializeAsync()
    {
        if (PostgresServer.Missing is null)
        {
            Server = await PostgresServer.Start();
            Ring = await MemberRing.Of(3, On(Server));
        }
    }

    public async Task DisposeAsync()
    {
        if (Ring is not null)
        {
            await Ring.DisposeAsync();
        }

        if (Server is not null)
        {
            await Server.DisposeAsync();
        }
    }
}

/// <summary>Tests on three members with their logs on PostgreSQL.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class PostgresTests : ICollectionFixture<PostgresRing>
{
    public const string Name = "members: three on PostgreSQL";
}
