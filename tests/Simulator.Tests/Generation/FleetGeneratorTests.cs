using FailureHistory.Core.History;
using FailureHistory.Simulator.Generation;
using Xunit;

namespace FailureHistory.Simulator.Tests.Generation;

/// <summary>R12.1: a ground truth, and what imperfect detectors make of it, from a seed.</summary>
public sealed class FleetGeneratorTests
{
    private static readonly TimeSpan Year = TimeSpan.FromDays(365);
    private static readonly RenewalFailures Renewal = new(TimeSpan.FromDays(20), TimeSpan.FromHours(6));
    private static readonly SteppedFailures Paper = new(TimeSpan.FromMinutes(10), 0.02);

    [Fact]
    public void The_same_seed_gives_the_same_reports_and_another_seed_others()
    {
        List<SimulatedReport> Draw(long seed) => [.. new FleetGenerator(seed, 20, Year, Renewal, DetectorModel.Graded(3)).Reports()];

        Assert.Equal(Draw(7), Draw(7));
        Assert.NotEqual(Draw(7), Draw(8));
    }

    [Fact]
    public void A_larger_fleet_leaves_the_nodes_it_had_as_they_were()
    {
        var small = new FleetGenerator(3, 5, Year, Renewal, DetectorModel.Graded(2)).Reports();
        var large = new FleetGenerator(3, 50, Year, Renewal, DetectorModel.Graded(2)).Reports();
        Assert.Equal(small, large.Where(r => r.Node < 5));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Reports_come_in_the_order_of_time_and_within_the_length(long seed)
    {
        var reports = new FleetGenerator(seed, 40, Year, Renewal, DetectorModel.Graded(4)).Reports().ToList();
        Assert.True(reports.Count > 1000, $"only {reports.Count} reports");
        Assert.Equal(reports.OrderBy(r => r.At).ThenBy(r => r.Node).Select(r => r.At), reports.Select(r => r.At));
        Assert.All(reports, r => Assert.InRange(r.At, TimeSpan.Zero, Year));
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public void A_detector_reports_only_outages_or_alarms_that_are_marked_false_and_withdraws_no_true_one(long seed)
    {
        var generator = new FleetGenerator(seed, 30, Year, Renewal, DetectorModel.Graded(3));
        for (var node = 0; node < 30; node++)
        {
            var truth = generator.Truth(node).ToList();
            Assert.Equal(truth.OrderBy(o => o.From), truth);
            foreach (var report in generator.About(node).Where(r => r.Detector is not null))
            {
                var down = truth.Any(o => o.From <= report.At && report.At < (o.To ?? Year));
                Assert.Equal(!down, report.IsFalse);
                Assert.True(report.Kind == ObservationKind.Failure || report.IsFalse, $"seed {seed}: {report} withdraws what is true");
            }

            Assert.Equal(truth.Where(o => o.To is not null).Select(o => o.To!.Value).Prepend(TimeSpan.Zero), generator.About(node).Where(r => r.Kind == ObservationKind.Join).Select(r => r.At));
        }
    }

    [Fact]
    public void Detectors_miss_and_err_as_often_as_they_are_said_to()
    {
        var detector = new DetectorModel("d", 80, 0.25, TimeSpan.Zero, 0.1, TimeSpan.FromMinutes(5));
        var generator = new FleetGenerator(5, 400, Year, Renewal, [detector]);
        var outages = Enumerable.Range(0, 400).SelectMany(generator.Truth).Count();
        var reports = generator.Reports().Where(r => r.Kind == ObservationKind.Failure).ToList();
        Assert.InRange((double)reports.Count(r => !r.IsFalse) / outages, 0.72, 0.78);
        Assert.InRange(reports.Count(r => r.IsFalse) / (400.0 * 365), 0.09, 0.11);
    }

    [Fact]
    public void Mean_times_to_failure_and_to_repair_are_those_asked_for()
    {
        var even = Renewal with { NodeShape = double.PositiveInfinity, Shape = 0.8 };
        var truth = Enumerable.Range(0, 500).Select(n => new FleetGenerator(n, 1, Year * 10, even, []).Truth(0).ToList()).ToList();
        var down = truth.SelectMany(o => o).Where(o => o.To is not null).Average(o => (o.To!.Value - o.From).TotalHours);
        var up = truth.SelectMany(o => o.Zip(o.Skip(1), (a, b) => (b.From - a.To!.Value).TotalDays)).Average();
        Assert.InRange(down, 5.6, 6.4);
        Assert.InRange(up, 19, 21);
    }

    [Fact]
    public void In_the_papers_mode_a_failed_node_returns_with_probability_one_half_at_each_step()
    {
        var outages = new FleetGenerator(9, 1, Year, Paper, []).Truth(0).Where(o => o.To is not null).Select(o => (o.To!.Value - o.From) / Paper.Step).ToList();
        Assert.True(outages.Count > 500, $"only {outages.Count} outages");
        Assert.InRange(outages.Count(steps => steps == 1) / (double)outages.Count, 0.45, 0.55);
        Assert.InRange(outages.Average(), 1.85, 2.15);
    }
}
