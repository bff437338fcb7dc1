using Xunit;

namespace FailureHistory.Tests.Shared;

/// <summary>A test that needs a PostgreSQL of its own: skipped, and says so, where none can be started.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PostgresFactAttribute : FactAttribute
{
    /// <summary>Skips the test where PostgreSQL is missing.</summary>
    public PostgresFactAttribute() => Skip = PostgresServer.Missing;
}
