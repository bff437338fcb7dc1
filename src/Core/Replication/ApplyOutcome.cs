namespace FailureHistory.Core.Replication;

/// <summary>What became of an observation that was applied to a segment's copy.</summary>
public enum ApplyOutcome
{
    /// <summary>Its key was not known: stored.</summary>
    New,

    /// <summary>Its key is known with other contents, such as the stamps of another gate: the earlier copy is the one that is now stored (R2.4).</summary>
    Duplicate,

    /// <summary>Stored already, exactly so.</summary>
    Same,

    /// <summary>A tombstone removes it: not stored (R9.7).</summary>
    Removed,

    /// <summary>It is from before the horizon up to which the history is folded: not stored (R10.3).</summary>
    Folded,
}
