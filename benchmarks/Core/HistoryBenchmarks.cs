using BenchmarkDotNet.Attributes;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Probability;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Benchmarks;

/// <summary>Reading the history of one node: its packed log decoded, its periods (R4.4), its state (R6.1).</summary>
public class HistoryBenchmarks
{
    private Observation[] observations = [];
    private NodeView view = null!;
    private NodeReference asked;
    private MachineHistory history = null!;
    private Stamp now;

    /// <summary>How many observations the node has.</summary>
    [Params(10, 1_000, 100_000)]
    public int Observations { get; set; }

    /// <summary>Makes the node.</summary>
    [GlobalSetup]
    public void Make()
    {
        observations = Made.Observations(1, Observations);
        view = Made.Machine(observations).View(observations[0].Node) ?? throw new InvalidOperationException("the node is not there");
        asked = NodeReference.Parse(observations[0].Name!);
        now = observations[^1].At + TimeSpan.FromSeconds(1);
        history = Read();
    }

    /// <summary>The packed log, read.</summary>
    [Benchmark]
    public int Decode() => view.Decode().Count;

    /// <summary>The periods of observations that are decoded.</summary>
    [Benchmark]
    public int Periods() => FailurePeriods.Evaluate(observations, HistoryOptions.Default).Periods.Count;

    /// <summary>All of it: the packed log, which machine answers, its history as of now.</summary>
    [Benchmark]
    public MachineHistory Read() => MachineHistories.EvaluateAsOf([view.ToSource()], asked, HistoryOptions.Default, now)!;

    /// <summary>The state by a history that is read.</summary>
    [Benchmark]
    public NodeStateResult State() => NodeStates.Of(history, DetectorRegistry.Empty, now, 0.5);
}
