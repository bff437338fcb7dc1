namespace FailureHistory.Node.Http;

/// <summary>How large a body may be (R2.8); beyond it the answer is 413.</summary>
public static class ReportLimits
{
    /// <summary>The most observations of one batch.</summary>
    public const int MaxObservations = 10_000;

    /// <summary>The most bytes of one batch: 8 MiB.</summary>
    public const int MaxBatchBytes = 8 * 1024 * 1024;

    /// <summary>The most bytes of any other body: 64 KiB.</summary>
    public const int MaxBodyBytes = 64 * 1024;
}
