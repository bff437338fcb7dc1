using FailureHistory.Simulator.Mutations;
using FailureHistory.Simulator.Tests.Scenes;
using Xunit;

namespace FailureHistory.Simulator.Tests;

/// <summary>
/// That the simulation can see: each decision that is broken on purpose is found, by the check that should find it, in a few runs that the unbroken
/// code passes.
/// </summary>
public sealed class MutationTests
{
    private static readonly SimulationOptions Usual = new() { Steps = 5000 };
    private static readonly SimulationOptions Growing = new() { Steps = 4000, Growth = 1, FaultWithin = TimeSpan.FromSeconds(1) };
    private static readonly SimulationOptions Restarting = new() { Steps = 4000, Faults = Faults.Crashes | Faults.Clocks, FaultWithin = TimeSpan.FromSeconds(0.6) };

    /// <summary>The mutation, where to begin looking and in which runs, and the checks that may find it.</summary>
    public static TheoryData<string, ulong, string, string> Mutations { get; } = new()
    {
        { "drops-a-merge", 5, nameof(Usual), "OrphansGoOnceAllHaveThem MajorityReadsSeeWhatWasAcknowledged NothingAcknowledgedIsLost" },
        { "answers-while-fetching", 2, nameof(Usual), "NobodyAnswersWhileFetching" },
        { "acknowledges-before-it-is-on-disk", 1, nameof(Usual), "AcknowledgedIsOnAMajorityOfDisks" },
        { "forgets-tombstones", 1, nameof(Usual), "RemovedStaysRemoved ReplicasBecomeEqual" },
        { "counts-answers-of-other-versions", 81, nameof(Growing), "MajorityReadsSeeWhatWasAcknowledged NothingAcknowledgedIsLost" },
        { "fetches-from-too-few", 1, nameof(Usual), "NobodyCountsTooEarly MajorityReadsSeeWhatWasAcknowledged NothingAcknowledgedIsLost" },
        { "compacts-too-early", 1, nameof(Usual), "OnlySettledRepeatsGo" },
        { "reuses-stamps", 7, nameof(Restarting), "StampsAreNeverReused" },
        { "reads-from-who-does-not-count", 18, nameof(Usual), "MajorityReadsSeeWhatWasAcknowledged" },
        { "vouches-after-a-lost-log", 2, nameof(Usual), "NobodyCountsTooEarly MajorityReadsSeeWhatWasAcknowledged NothingAcknowledgedIsLost" },
        { "changes-the-ring-any-time", 79, nameof(Growing), "MajorityReadsSeeWhatWasAcknowledged NothingAcknowledgedIsLost" },
        { "deletes-the-log-too-early", 11, nameof(Usual), "MajorityReadsSeeWhatWasAcknowledged NothingAcknowledgedIsLost" },
        { "counts-no-votes", 1, nameof(Usual), "MostRequestsAreAnswered" },
    };

    [Theory]
    [MemberData(nameof(Mutations))]
    public void A_decision_that_is_broken_on_purpose_is_found(string name, ulong first, string runs, string checks)
    {
        var mutation = Mutation.ByName(name) ?? throw new ArgumentException($"no mutation {name}", nameof(name));
        var usual = runs switch { nameof(Growing) => Growing, nameof(Restarting) => Restarting, _ => Usual };
        for (var seed = first; seed < first + 4; seed++)
        {
            var options = usual with { Seed = seed };
            var sound = Simulation.Run(options);
            Assert.True(sound.Violation is null, sound.Report);
            if (Simulation.Run(options, mutation) is { Violation: { } found })
            {
                Assert.Contains(found.Broken.Name, checks.Split(' '));
                return;
            }
        }

        Assert.Fail($"no seed of {first}..{first + 3} found the mutation {name}");
    }

    [Theory]
    [InlineData(232, nameof(Usual), "NobodyAnswersWhileFetching")]
    [InlineData(72, nameof(Growing), "MajorityReadsSeeWhatWasAcknowledged")]
    public void A_copy_that_fetches_from_too_few_is_found_by_others_than_the_check_that_counts_whom_it_met_R9_4(ulong seed, string runs, string check)
    {
        var options = (runs == nameof(Growing) ? Growing : Usual) with { Seed = seed, Without = "NobodyCountsTooEarly" };
        var sound = Simulation.Run(options);
        Assert.True(sound.Violation is null, sound.Report);
        Assert.Equal(check, Simulation.Run(options, Mutation.ByName("fetches-from-too-few")).Violation?.Broken.Name);
    }

    [Fact]
    public void Every_mutation_is_tried() => Assert.Equal(Mutation.All.Select(m => m.Name).Order(StringComparer.Ordinal), Mutations.Select(row => (string)row[0]).Concat(SceneTests.Mutations.Select(row => (string)row[0])).Order(StringComparer.Ordinal));
}
