using System.Diagnostics;
using FailureHistory.EndToEnd.Tests.Fhs;
using FailureHistory.EndToEnd.Tests.Lanl;
using Xunit;

namespace FailureHistory.EndToEnd.Tests.Members.Harness;

/// <summary>
/// Three members, and at the first of them the LANL trace imported (the made-up one where the real one is not there). Tests that share it
/// leave it as they found it: three members ready, the trace stored.
/// </summary>
public sealed class Cluster3 : IAsyncLifetime
{
    internal MemberRing Ring { get; private set; } = null!;

    /// <summary>The file that was imported.</summary>
    internal string TraceFile { get; } = SharedData.LanlCsv ?? Path.Combine(AppContext.BaseDirectory, "Lanl", "made-up.csv");

    /// <summary>What the file says, by the independent reader.</summary>
    internal LanlReference Trace { get; private set; } = null!;

    /// <summary>The first import.</summary>
    internal FhsRun Import { get; private set; } = null!;

    internal TimeSpan ImportTook { get; private set; }

    public async Task InitializeAsync()
    {
        Trace = LanlReference.ReadFile(TraceFile);
        Ring = await MemberRing.Of(3);
        var begun = Stopwatch.GetTimestamp();
        Import = await FhsRun.RunAsync("import", TraceFile, "--format", "lanl", "--url", Ring[0].Http.Url);
        ImportTook = Stopwatch.GetElapsedTime(begun);
    }

    public async Task DisposeAsync()
    {
        if (Ring is not null)
        {
            await Ring.DisposeAsync();
        }
    }
}

/// <summary>Tests on the shared three. No two clusters run at once: two cores have enough to do with one.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SharedClusterTests : ICollectionFixture<Cluster3>
{
    public const string Name = "members: the shared three";
}

/// <summary>Tests that start members of their own.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class OwnMembersTests
{
    public const string Name = "members: their own";
}
