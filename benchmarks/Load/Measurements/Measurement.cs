namespace FailureHistory.Load.Measurements;

/// <summary>A command: what it measures.</summary>
/// <param name="Name">The command.</param>
/// <param name="What">What it does, for its help.</param>
/// <param name="Measure">Measures it once, on members of its own.</param>
internal sealed record Measurement(string Name, string What, Func<Bench, CancellationToken, Task> Measure)
{
    /// <summary>Whether it takes so long that <c>all</c> does it once, however many runs are asked for.</summary>
    public bool IsLong { get; init; }

    /// <summary>Whether it does again by itself, as often as runs are asked for, what is worth it.</summary>
    public bool RepeatsWithin { get; init; }

    /// <summary>All of them, in the order of <c>all</c>.</summary>
    public static IReadOnlyList<Measurement> All =>
    [
        new("ingest", "Reports of 1, 100 and 1,000 observations; 1, 32 and 256 in flight; through the client and over HTTP.", IngestFigures.Measure),
        new("state", "Asks for the state of nodes with 100 and 1,000 observations; 1 and 64 in flight; at members that hold a copy and at others.", ReadFigures.States),
        new("history", "The same for the whole history.", ReadFigures.Histories),
        new("notify", "From a report at one member to subscribers at another, 1 and 1,000 of them.", NotifyFigures.Measure),
        new("idle", "What members at rest take of the processors, empty and with 100,000 nodes.", IdleFigures.Measure),
        new("disk", "Bytes on disk for each observation and copy, before and after snapshots.", DiskFigures.Measure) { IsLong = true },
        new("recover", "Starts members that hold 1,000,000 observations, and rebuilds a lost copy.", RecoverFigures.Measure) { RepeatsWithin = true },
        new("scale", "Fills the store with 100,000 nodes of 20 observations, then 1,000,000 of 5: rate, memory, disk, start.", ScaleFigures.Measure) { IsLong = true },
    ];
}
