using BenchmarkDotNet.Attributes;
using FailureHistory.Core.History;
using FailureHistory.Core.Replication;

namespace FailureHistory.Core.Benchmarks;

/// <summary>What a copy of a segment does with an observation (R9.7), new or known; the figures are for one.</summary>
public class MergeBenchmarks
{
    private const int Nodes = 400;
    private const int Each = 20;

    private readonly Observation[] observations = Made.Observations(Nodes, Each, segment: 0);
    private readonly SegmentMachine full = Made.Machine(Made.Observations(Nodes, Each, segment: 0));

    /// <summary>Into an empty copy, until it has 400 nodes of 20 observations.</summary>
    [Benchmark(OperationsPerInvoke = Nodes * Each)]
    public long New()
    {
        var machine = new SegmentMachine(0, TimeSpan.FromMinutes(1));
        foreach (var observation in observations)
        {
            machine.Apply(observation);
        }

        return machine.ObservationCount;
    }

    /// <summary>Into a copy that has it.</summary>
    [Benchmark(OperationsPerInvoke = Nodes * Each)]
    public int Known()
    {
        var same = 0;
        foreach (var observation in observations)
        {
            same += full.Apply(observation) == ApplyOutcome.Same ? 1 : 0;
        }

        return same;
    }

    /// <summary>The digest of one observation.</summary>
    [Benchmark(OperationsPerInvoke = Nodes * Each)]
    public ulong Digest()
    {
        var sum = 0UL;
        foreach (var observation in observations)
        {
            sum += ObservationHash.Digest(observation);
        }

        return sum;
    }

    /// <summary>A page of the digests of 400 nodes: what two copies compare when theirs differ (R9.5). For one node.</summary>
    [Benchmark(OperationsPerInvoke = Nodes)]
    public int DigestsOfNodes() => full.DigestsAfter(null, Nodes).Count;
}
