using FailureHistory.Simulator.Scale;
using Xunit;

namespace FailureHistory.Simulator.Tests;

/// <summary>The run that tells what a size of cluster costs, at sizes that take a second; the large ones are a command (docs/SIMULATION.md).</summary>
[Trait("Rule", "R12.2")]
public sealed class ScaleTests
{
    private const int Copies = 3;
    private const int ReportsPerNode = 2;

    [Fact]
    public void Everything_is_answered_and_stored_at_every_copy_and_what_a_report_costs_does_not_grow_with_the_members()
    {
        const int nodes = 1_000;
        var (few, many) = (ScaleRun.Run(20, nodes, 80, seed: 1), ScaleRun.Run(80, nodes, 320, seed: 1));
        Assert.All(new[] { few, many }, result =>
        {
            Assert.Equal(result.Answers.All, result.Answers.Answered);
            Assert.Equal((double)nodes * ReportsPerNode * Copies / result.Members, result.Stored.Mean, precision: 6);
            Assert.InRange(result.Report.Messages, Copies, 4 * Copies); // to the copies, back, and what exchanges in between
        });
        Assert.InRange(many.Report.Messages, few.Report.Messages * 0.75, few.Report.Messages * 1.25);
        Assert.InRange(many.ReadMessages, few.ReadMessages * 0.75, few.ReadMessages * 1.25);
    }
}
