using FailureHistory.Simulator.Mutations;
using Xunit;

namespace FailureHistory.Simulator.Tests;

/// <summary>
/// That the simulation can see: each decision that is broken on purpose is found, by the check that should find it, in a few runs that the unbroken
/// code passes.
/// </summary>
public sealed class MutationTests
{
    /// <summary>The mutation, where to begin looking, with how many members and steps, and the checks that may find it.</summary>
    public static TheoryData<string, ulong, int, int, string> Mutations { get; } = new()
    {
        { "drops-a-merge", 10, 5, 5000, "MajorityReadsSeeWhatWasAcknowledged NothingAcknowledgedIsLost" },
        { "answers-while-fetching", 2, 5, 5000, "NobodyAnswersWhileFetching" },
        { "acknowledges-before-it-is-on-disk", 1, 5, 5000, "AcknowledgedIsOnAMajorityOfDisks" },
        { "forgets-tombstones", 1, 5, 5000, "RemovedStaysRemoved ReplicasBecomeEqual" },
        { "counts-answers-of-other-versions", 6, 5, 5000, "MajorityReadsSeeWhatWasAcknowledged NothingAcknowledgedIsLost" },
        { "fetches-from-too-few", 2, 5, 5000, "NobodyAnswersWhileFetching MajorityReadsSeeWhatWasAcknowledged" },
        { "compacts-too-early", 1, 5, 5000, "OnlySettledRepeatsGo" },
        { "reads-from-who-does-not-count", 42, 5, 5000, "MajorityReadsSeeWhatWasAcknowledged" },
        { "vouches-after-a-lost-log", 30, 5, 5000, "MajorityReadsSeeWhatWasAcknowledged NothingAcknowledgedIsLost" },
        { "deletes-the-log-too-early", 1, 5, 5000, "MajorityReadsSeeWhatWasAcknowledged NothingAcknowledgedIsLost" },
    };

    [Theory]
    [MemberData(nameof(Mutations))]
    public void A_decision_that_is_broken_on_purpose_is_found(string name, ulong first, int members, int steps, string checks)
    {
        var mutation = Mutation.ByName(name) ?? throw new ArgumentException($"no mutation {name}", nameof(name));
        for (var seed = first; seed < first + 4; seed++)
        {
            var options = new SimulationOptions { Seed = seed, Members = members, Steps = steps };
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

    [Fact]
    public void Every_mutation_is_tried() => Assert.Equal(Mutation.All.Select(m => m.Name).Order(StringComparer.Ordinal), Mutations.Select(row => row.Data.Item1).Order(StringComparer.Ordinal));
}
