using FailureHistory.Simulator.Tests.Seeds;
using Xunit;

namespace FailureHistory.Simulator.Tests;

/// <summary>Members under faults, from seeds: what SPEC §9 promises holds after every step, and one seed is one run.</summary>
public sealed class RunTests
{
    [Theory]
    [InlineData(1UL)]
    [InlineData(116UL)]
    public void One_seed_is_one_run_step_by_step_R12_1(ulong seed)
    {
        var options = new SimulationOptions { Seed = seed, Steps = 3000 };
        var (once, again, other) = (Simulation.Run(options), Simulation.Run(options), Simulation.Run(options with { Seed = seed + 1 }));
        Assert.True(once.Hash == again.Hash && once.Steps == again.Steps, $"seed {seed} gave {once.Hash:x16} after {once.Steps} steps, then {again.Hash:x16} after {again.Steps}");
        Assert.NotEqual(once.Hash, other.Hash);
    }

    [Fact]
    public void Small_clusters_keep_their_promises_under_all_faults_R9_3()
    {
        for (var seed = 1000UL; seed < 1030; seed++)
        {
            Holds(Simulation.Run(new SimulationOptions { Seed = seed, Steps = 2500, Members = 3 + (int)(seed % 4) }));
        }
    }

    [Fact]
    public void A_run_does_something_acknowledges_changes_the_ring_and_loses_disks()
    {
        var runs = Enumerable.Range(2000, 8).Select(seed => Simulation.Run(new SimulationOptions { Seed = (ulong)seed, Steps = 4000 })).ToList();
        Assert.All(runs, Holds);
        Assert.True(runs.Sum(r => r.Acknowledged) > 1000, $"expected over 1000 acknowledged observations in 8 runs; saw {runs.Sum(r => r.Acknowledged)}");
        Assert.True(runs.Sum(r => r.DisksLost) > 3, $"expected over 3 lost disks; saw {runs.Sum(r => r.DisksLost)}");
        Assert.True(runs.Max(r => r.RingVersion) > 2, $"expected a ring that changed twice; saw version {runs.Max(r => r.RingVersion)}");
    }

    [Fact]
    public void Without_faults_everything_is_acknowledged_and_nothing_waits()
    {
        var run = Simulation.Run(new SimulationOptions { Seed = 3, Steps = 3000, Faults = Faults.None });
        Holds(run);
        Assert.True(run.Acknowledged > 200, $"expected over 200 acknowledged observations; saw {run.Acknowledged}");
    }

    [Theory]
    [MemberData(nameof(FailedOnce.Seeds), MemberType = typeof(FailedOnce))]
    public void A_seed_that_once_failed_holds_now(ulong seed, int members, int steps, string found) =>
        Assert.True(Simulation.Run(new SimulationOptions { Seed = seed, Members = members, Steps = steps }) is { Violation: null }, $"seed {seed}, which once found: {found}");

    [Fact]
    public void A_run_that_fails_says_how_to_replay_it()
    {
        var run = Simulation.Run(new SimulationOptions { Seed = 1 }, Mutations.Mutation.ByName("acknowledges-before-it-is-on-disk"));
        Assert.NotNull(run.Violation);
        Assert.Contains("run --seed 1 --members 5", run.Report, StringComparison.Ordinal);
        Assert.Contains("R2.7", run.Report, StringComparison.Ordinal);
        Assert.InRange(run.Last.Count, 20, 50);
    }

    private static void Holds(RunResult run) => Assert.True(run.Violation is null, run.Report);
}
