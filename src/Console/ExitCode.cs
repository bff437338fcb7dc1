namespace FailureHistory.Fhs;

/// <summary>The exit codes of <c>fhs</c> (SPEC 11.3); scripts depend on them.</summary>
public static class ExitCode
{
    /// <summary>It is done.</summary>
    public const int Done = 0;

    /// <summary>It failed: no member answered, too few replicas, a report was rejected.</summary>
    public const int Failed = 1;

    /// <summary>The command line, or a value in it, can't be used.</summary>
    public const int WrongUsage = 2;

    /// <summary>There is no such node, detector or member.</summary>
    public const int NotFound = 3;
}
