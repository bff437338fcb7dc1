namespace FailureHistory.Load.Driving;

/// <summary>A way to the service that is measured.</summary>
internal interface IService : IAsyncDisposable
{
    /// <summary>What it is called in the figures.</summary>
    string Name { get; }

    /// <summary>Reports, once. Null where all is acknowledged; else why not.</summary>
    /// <param name="batch">What.</param>
    /// <param name="turn">Whose turn it is, where the way lets one choose: the same number is the same member.</param>
    /// <param name="ct">Gives up.</param>
    Task<string?> Report(Batch batch, int turn, CancellationToken ct);

    /// <summary>Whether the detector suspects a node; null when the answer is not one.</summary>
    Task<bool?> Suspects(string node, int turn, CancellationToken ct);

    /// <summary>How many periods the history of a node has, all pages read; 0 when the answer is not one.</summary>
    Task<int> Periods(string node, int turn, CancellationToken ct);
}
