namespace FailureHistory.Load.Results;

/// <summary>One figure: a rate or a size, how long single calls took, what went wrong, and what the processors did meanwhile.</summary>
/// <param name="Name">What was done.</param>
/// <param name="Value">How much.</param>
/// <param name="Unit">Of what: <see cref="Units"/>.</param>
internal sealed record Figure(string Name, double Value, string Unit)
{
    /// <summary>Half of the calls were answered within so many milliseconds.</summary>
    public double? P50Ms { get; init; }

    /// <summary>99 of 100 were.</summary>
    public double? P99Ms { get; init; }

    /// <summary>Calls that were answered well.</summary>
    public long Calls { get; init; }

    /// <summary>Calls that were not.</summary>
    public long Errors { get; init; }

    /// <summary>What was wrong with them.</summary>
    public IReadOnlyList<string> Faults { get; init; } = [];

    /// <summary>Processor seconds of all members for each second of the measurement; null where none run.</summary>
    public double? MembersCores { get; init; }

    /// <summary>The same of the driver, and of the other end of a ping-pong.</summary>
    public double? DriverCores { get; init; }

    /// <summary>The name of the figure of the same run that bounds this one, or null.</summary>
    public string? Limit { get; init; }

    /// <summary>What else is to be known of it, or null.</summary>
    public string? Note { get; init; }
}

/// <summary>Units of figures.</summary>
internal static class Units
{
    public const string PerSecond = "/s";
    public const string Seconds = "s";
    public const string Bytes = "B";
    public const string Mebibytes = "MiB";
    public const string PercentOfACore = "% of a core";
}

/// <summary>How something went while a store was filled.</summary>
/// <param name="Name">What.</param>
/// <param name="Points">In order.</param>
internal sealed record Curve(string Name, IReadOnlyList<CurvePoint> Points);

/// <summary>One point of a curve; sizes are those of the mean member.</summary>
/// <param name="Stored">Observations that were acknowledged by then.</param>
/// <param name="PerSecond">Observations a second since the point before.</param>
/// <param name="ResidentMiB">Memory of a member.</param>
/// <param name="DiskMiB">Files of a member.</param>
/// <param name="MembersCores">Processor seconds of all members for each second since the point before.</param>
/// <param name="DriverCores">The same of the driver.</param>
internal sealed record CurvePoint(long Stored, double PerSecond, double ResidentMiB, double DiskMiB, double MembersCores, double DriverCores);

/// <summary>All figures of one run, and how busy the machine was.</summary>
/// <param name="Began">When.</param>
/// <param name="Seed">What nodes were chosen by.</param>
/// <param name="LoadBefore">Processes that wanted a core in the minute before (the system's load average).</param>
internal sealed record Run(DateTimeOffset Began, int Seed, double? LoadBefore)
{
    /// <summary>The same at the end, which has in it what was measured.</summary>
    public double? LoadAfter { get; set; }

    /// <summary>What was measured, in order.</summary>
    public List<Figure> Figures { get; } = [];

    public List<Curve> Curves { get; } = [];

    /// <summary>Nodes that were read back from a majority.</summary>
    public int ReadBack { get; set; }

    /// <summary>Those of them that were not as acknowledged.</summary>
    public List<string> Wrong { get; } = [];

    /// <summary>Measurements that came to no end.</summary>
    public List<string> Failed { get; } = [];

    /// <summary>A figure as a share of what bounds it; null where nothing does, or that was not measured.</summary>
    public double? RatioOf(Figure figure) =>
        figure.Limit is { } limit && Figures.FirstOrDefault(f => f.Name == limit) is { Value: > 0 } bound ? figure.Value / bound.Value : null;
}
