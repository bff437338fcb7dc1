namespace FailureHistory.Simulator.Generation;

/// <summary>How a node fails and is repaired: the ground truth (R12.1).</summary>
public interface IFailureProcess
{
    /// <summary>The outages of one node by time, none touching the next, all beginning before <paramref name="length"/>; the node begins up.</summary>
    /// <param name="random">The node's own source of chance.</param>
    /// <param name="length">How long is drawn.</param>
    IEnumerable<Outage> Outages(Random random, TimeSpan length);
}

/// <summary>
/// The paper's mode (§4.3): time goes in steps; in each an up node fails with one probability, and a failed one returns with probability ½.
/// </summary>
/// <param name="Step">How long a step is; positive.</param>
/// <param name="FailureProbability">That an up node fails in a step, 0 to 1.</param>
/// <param name="ReturnProbability">That a failed one returns in a step, above 0 to 1; ½ in the paper.</param>
public sealed record SteppedFailures(TimeSpan Step, double FailureProbability, double ReturnProbability = 0.5) : IFailureProcess
{
    /// <inheritdoc/>
    public IEnumerable<Outage> Outages(Random random, TimeSpan length)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(Step, TimeSpan.Zero);
        TimeSpan? failed = null;
        for (var at = Step; at < length; at += Step)
        {
            if (failed is null)
            {
                failed = random.NextDouble() < FailureProbability ? at : null;
            }
            else if (random.NextDouble() < ReturnProbability)
            {
                yield return new Outage(failed.Value, at);
                failed = null;
            }
        }

        if (failed is { } open)
        {
            yield return new Outage(open, null);
        }
    }
}

/// <summary>
/// Failures of real machines: times between failures are Weibull distributed, with a shape below 1 where a failure makes the next one soon
/// likelier (0.7 to 0.8 in Schroeder and Gibson, "A large-scale study of failures in high-performance computing systems", 2006), repairs are
/// lognormal (the same study), and nodes differ: each has a rate of its own, gamma distributed around the fleet's.
/// </summary>
/// <param name="MeanUp">The fleet's mean time from a repair to the next failure; positive.</param>
/// <param name="MeanDown">The mean time to repair; positive.</param>
/// <param name="Shape">The Weibull shape; 1 is exponential.</param>
/// <param name="RepairSpread">The standard deviation of the logarithm of the time to repair.</param>
/// <param name="NodeShape">The gamma shape of the nodes' rates: the smaller, the more they differ; infinity: not at all.</param>
public sealed record RenewalFailures(TimeSpan MeanUp, TimeSpan MeanDown, double Shape = 0.75, double RepairSpread = 1.0, double NodeShape = 4) : IFailureProcess
{
    /// <inheritdoc/>
    public IEnumerable<Outage> Outages(Random random, TimeSpan length)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(MeanUp, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(MeanDown, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(Shape, 0);
        var rate = double.IsPositiveInfinity(NodeShape) ? 1 : Chance.Gamma(random, NodeShape) / NodeShape;
        var scale = MeanUp.TotalSeconds / rate / Chance.GammaFunction(1 + (1 / Shape));
        var repairMu = Math.Log(MeanDown.TotalSeconds) - (RepairSpread * RepairSpread / 2);
        var at = 0.0;
        while (true)
        {
            at += Math.Max(0.001, scale * Math.Pow(-Math.Log(1 - random.NextDouble()), 1 / Shape));
            if (at >= length.TotalSeconds)
            {
                yield break;
            }

            var from = TimeSpan.FromSeconds(at);
            at += Math.Max(0.001, Math.Exp(repairMu + (RepairSpread * Chance.Normal(random))));
            if (at >= length.TotalSeconds)
            {
                yield return new Outage(from, null);
                yield break;
            }

            yield return new Outage(from, TimeSpan.FromSeconds(at));
        }
    }
}
