using Xunit;

namespace FailureHistory.EndToEnd.Tests.Members.Harness;

/// <summary>Three members without a trace. Tests that share them leave them ready, and use nodes and detectors of their own.</summary>
public sealed class Ring3 : IAsyncLifetime
{
    internal MemberRing Ring { get; private set; } = null!;

    public async Task InitializeAsync() => Ring = await MemberRing.Of(3);

    /// <summary>Starts what a failed test left dead, so that it fails alone.</summary>
    internal async Task Whole()
    {
        foreach (var member in Ring.Members.Where(m => !m.IsRunning).ToList())
        {
            await member.StartReady();
        }

        await Ring.Ready(3);
    }

    public async Task DisposeAsync()
    {
        if (Ring is not null)
        {
            await Ring.DisposeAsync();
        }
    }
}

/// <summary>Tests on three members without a trace.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class BareClusterTests : ICollectionFixture<Ring3>
{
    public const string Name = "members: three without a trace";
}
