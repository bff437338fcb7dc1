namespace FailureHistory.Node.Http;

/// <summary>The bounds of the HTTP edge.</summary>
public sealed record HttpEdgeOptions
{
    /// <summary>How long the service may take to answer before the asker is told to try again (503). Default 15 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How many bytes of request bodies are held at one time, over all connections; beyond it the answer is 503 at once. Default 64 MiB,
    /// which is eight of the largest batches. Below 8 MiB the largest batches never get in.
    /// </summary>
    public long BodyBudgetBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>The clock that <see cref="RequestTimeout"/> runs on.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
