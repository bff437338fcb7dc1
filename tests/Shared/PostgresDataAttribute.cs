using System.Reflection;
using Xunit.Sdk;

namespace FailureHistory.Tests.Shared;

/// <summary>The row of a theory that runs on PostgreSQL: skipped, and says so, where none can be started.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PostgresDataAttribute : DataAttribute
{
    /// <summary>The argument of the theory.</summary>
    public const string Name = "PostgreSQL";

    /// <summary>Skips the row where PostgreSQL is missing.</summary>
    public PostgresDataAttribute() => Skip = PostgresServer.Missing;

    /// <inheritdoc/>
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [[Name]];
}
