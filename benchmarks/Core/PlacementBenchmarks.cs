using BenchmarkDotNet.Attributes;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;

namespace FailureHistory.Core.Benchmarks;

/// <summary>Which members hold which of 256 segments (R9.2).</summary>
public class PlacementBenchmarks
{
    private RingRecord ring = null!;

    /// <summary>How many members.</summary>
    [Params(3, 50, 1_000)]
    public int Members { get; set; }

    /// <summary>Makes the ring.</summary>
    [GlobalSetup]
    public void Make()
    {
        var random = new Random(1);
        var members = Enumerable.Range(0, Members).Select(i => new RingMember(new MemberId(new UInt128((ulong)random.NextInt64(), (ulong)random.NextInt64())), "", $"member-{i}", "")).ToArray();
        ring = new RingRecord { ClusterId = 1, Version = 1, ReplicationFactor = 3, Members = members, PreviousMembers = [] };
    }

    /// <summary>The whole placement.</summary>
    [Benchmark]
    public RingPlacement Of() => RingPlacement.Of(ring);
}
