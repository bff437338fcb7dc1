using FailureHistory.EndToEnd.Tests.Members.Harness;
using FailureHistory.Faults;
using FailureHistory.Faults.Results;
using FailureHistory.Faults.Scenarios;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.EndToEnd.Tests.Faults;

/// <summary>
/// A real cluster of three, under reports and questions, while something breaks (docs/FAILURE_MODES.md). The measured form, and more of it:
/// <c>dotnet run -c Release --project benchmarks/Faults -- all</c>.
/// </summary>
[Collection(OwnMembersTests.Name)]
public sealed class FaultTests(FaultStage stage, ITestOutputHelper output) : IClassFixture<FaultStage>
{
    // Far more than anybody waits on a machine at rest, and less than the failure detector takes to notice a dead member.
    private const double LongestGapMs = 2_500;

    // Who was at the victim and asks nobody else for 2 s waits for so long: its patience, not the service's.
    private const double LongestGapRoamingMs = LongestGapMs + 2_000;

    [Fact]
    [Trait("Rule", "R9.3")]
    public async Task With_one_of_three_killed_nothing_acknowledged_is_lost_no_request_fails_and_nobody_waits_until_it_is_removed()
    {
        var outcome = await Good(Quick.KillOne);
        NobodyWaited(outcome);
    }

    [Fact]
    [Trait("Rule", "R9.9")]
    public async Task With_two_of_three_killed_at_once_reports_are_refused_and_when_they_are_back_nothing_acknowledged_is_lost() => await Good(Quick.KillTwo);

    [Fact]
    [Trait("Rule", "R9.10")]
    public async Task A_member_that_is_paused_and_goes_on_costs_no_request_and_is_back_by_itself()
    {
        var outcome = await Good(Quick.Pause);
        NobodyWaited(outcome);
    }

    [Fact]
    [Trait("Rule", "R9.9")]
    public async Task A_member_that_is_cut_off_for_a_while_costs_no_request_and_lacks_nothing_afterwards()
    {
        var outcome = await Good(Quick.Partition);
        NobodyWaited(outcome);
    }

    [SmallDiskFact]
    [Trait("Rule", "R9.3")]
    public async Task A_member_whose_disk_is_full_says_that_it_is_read_only_costs_no_request_and_is_whole_again_when_there_is_room()
    {
        var outcome = await Good(Quick.FullDisk);
        NobodyWaited(outcome);
    }

    private async Task<Outcome> Good(Scenario scenario)
    {
        var outcome = await stage.Run(scenario, output);
        Assert.True(outcome.Acknowledged > 100 && outcome.Reads > 100, $"expected load; {outcome.Acknowledged} observations were acknowledged, {outcome.Reads} reads answered");
        Assert.True(outcome.Lost == 0, $"expected all {outcome.Acknowledged} acknowledged observations at every member; {outcome.Lost} are lost");
        Assert.True(outcome.Wrong.Count == 0, $"expected no wrong answer; seen {outcome.Wrong.Count}: {string.Join('\n', outcome.Wrong.Take(5))}");
        Assert.All(outcome.Checks, check => Assert.True(check.Holds, $"expected {check.Expected}; seen {check.Seen}"));
        Assert.True(outcome.IsGood, $"expected no failed request; seen {outcome.FailedWrites} writes and {outcome.FailedReads} reads: {string.Join('\n', outcome.Failures)}");
        return outcome;
    }

    private void NobodyWaited(Outcome outcome)
    {
        foreach (var loop in outcome.Loops)
        {
            output.WriteLine($"{loop.Loop}: {loop.Milliseconds:0} ms, {loop.AtSeconds:0.0} s after the fault");
        }

        var slow = outcome.Loops.Where(loop => loop.Milliseconds > (loop.Loop.Contains("roaming", StringComparison.Ordinal) ? LongestGapRoamingMs : LongestGapMs)).ToList();
        Assert.True(slow.Count == 0, $"expected every loop to get on at least every {LongestGapMs / 1000:0.0} s; seen: {string.Join("; ", slow)}");
    }
}

/// <summary>A test that needs a disk small enough to be filled.</summary>
public sealed class SmallDiskFactAttribute : FactAttribute
{
    public SmallDiskFactAttribute() => Skip = Stage.Missing(new Ground(3) { SmallDiskMiB = 1 });
}
