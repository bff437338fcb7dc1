using BenchmarkDotNet.Attributes;
using FailureHistory.Core.History;
using FailureHistory.Messages.Wire;
using Google.Protobuf;

namespace FailureHistory.Core.Benchmarks;

/// <summary>A batch as it travels between members and lies in the log (DESIGN D4), of as many nodes.</summary>
public class BatchBenchmarks
{
    private Observation[] observations = [];
    private ByteString bytes = ByteString.Empty;

    /// <summary>How many observations.</summary>
    [Params(100, 1_000)]
    public int Observations { get; set; }

    /// <summary>Makes the batch.</summary>
    [GlobalSetup]
    public void Make()
    {
        observations = Made.Observations(Observations, 1);
        bytes = Encode();
        Console.WriteLine($"// {Observations} observations: {bytes.Length} bytes");
    }

    /// <summary>To bytes.</summary>
    [Benchmark]
    public ByteString Encode() => ObservationBatchCodec.Encode(observations);

    /// <summary>From bytes.</summary>
    [Benchmark]
    public int Decode() => ObservationBatchCodec.Decode(bytes).Observations.Count;
}
