namespace FailureHistory.Load.Driving;

/// <summary>A way to the service that is measured. Calls go to the members by turns.</summary>
internal interface IService : IAsyncDisposable
{
    /// <summary>What it is called in the figures.</summary>
    string Name { get; }

    /// <summary>Reports, once: nothing is sent again. Returns how many are acknowledged, and why the others are not.</summary>
    Task<Reported> Report(IReadOnlyList<Observed> observations, CancellationToken ct);

    /// <summary>Whether a detector suspects a node; null when the answer is not one.</summary>
    Task<bool?> Suspects(string node, string detector, CancellationToken ct);

    /// <summary>The ids of the observations of a node, from a majority.</summary>
    Task<IReadOnlyCollection<string>> Stored(string node, CancellationToken ct);
}

/// <summary>One observation as it is sent.</summary>
internal sealed record Observed(string Id, string Node, string Detector, string Kind);

/// <summary>What became of a report.</summary>
internal sealed record Reported(int Acknowledged, string? Fault);
