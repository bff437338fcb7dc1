using System.Globalization;

namespace FailureHistory.Simulator;

/// <summary>What may go wrong in a run.</summary>
[Flags]
internal enum Faults
{
    None = 0,

    /// <summary>Messages are lost.</summary>
    Loss = 1,

    /// <summary>Messages arrive twice.</summary>
    Duplicates = 2,

    /// <summary>Some messages take seconds, and overtake and are overtaken.</summary>
    Slow = 4,

    /// <summary>Members are cut off from each other, both ways or one way.</summary>
    Cuts = 8,

    /// <summary>Processes end without notice and start again from their disks.</summary>
    Crashes = 16,

    /// <summary>Processes stand still and go on as if nothing had been (SIGSTOP, SIGCONT).</summary>
    Pauses = 32,

    /// <summary>Logs, or whole disks, are lost, within what R9.3 promises.</summary>
    Disks = 64,

    /// <summary>Members come and go: new ones join, and who is gone is taken out of the ring.</summary>
    Ring = 128,

    /// <summary>Wall clocks differ and are set.</summary>
    Clocks = 256,

    All = 511,
}

/// <summary>All that a run depends on.</summary>
internal sealed record SimulationOptions
{
    public ulong Seed { get; init; } = 1;

    /// <summary>The members at the beginning.</summary>
    public int Members { get; init; } = 5;

    public int Nodes { get; init; } = 40;

    /// <summary>The events until the faults stop.</summary>
    public int Steps { get; init; } = 5000;

    public Faults Faults { get; init; } = Faults.All;

    /// <summary>How often a run begins with one member that the others join, rather than with all.</summary>
    public double Growth { get; init; } = 0.25;

    /// <summary>The longest pause between two faults.</summary>
    public TimeSpan FaultWithin { get; init; } = TimeSpan.FromSeconds(2.5);

    public int Segments { get; init; } = 8;

    public int ReplicationFactor { get; init; } = 3;

    /// <summary>How often a client does something.</summary>
    public TimeSpan OperationEvery { get; init; } = TimeSpan.FromMilliseconds(60);

    public TimeSpan ExchangeInterval { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(20);

    public TimeSpan ReplaceAfter { get; init; } = TimeSpan.FromSeconds(12);

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan HedgeAfter { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How often a process looks at its timers.</summary>
    public TimeSpan TickEvery { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Whether members watch each other and change the ring.</summary>
    public bool KeepsRing { get; init; } = true;

    /// <summary>A check that is left out, to see whether others find the same.</summary>
    public string Without { get; init; } = string.Empty;

    /// <summary>How long after the last fault everything must be well again.</summary>
    public TimeSpan HealWithin { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>The arguments of <c>run</c> that make this run.</summary>
    public string Replay => string.Create(
        CultureInfo.InvariantCulture,
        $"run --seed {Seed} --members {Members} --nodes {Nodes} --steps {Steps} --segments {Segments} --factor {ReplicationFactor} --growth {Growth} --fault-within {FaultWithin.TotalSeconds} --faults {(Faults == Faults.All ? "all" : Faults.ToString().Replace(", ", ",", StringComparison.Ordinal).ToLowerInvariant())}{(Without.Length == 0 ? "" : " --without ")}{Without}");
}
