namespace FailureHistory.Core.Replication;

/// <summary>What a segment's copy is up to (DESIGN D5).</summary>
public enum CopyPhase
{
    /// <summary>Its own journal is being read.</summary>
    Recovering = 0,

    /// <summary>Its own journal is in; it asks the others for the rest. It stores and acknowledges, and does not answer yet (R9.4).</summary>
    Fetching = 1,

    /// <summary>It answers.</summary>
    Serving = 2,
}

/// <summary>What one segment's copy is up to.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="Complete">Whether it has merged with another replica since it started, or needs none.</param>
/// <param name="Counts">Whether its answer counts for <c>majority</c> (R9.4).</param>
/// <param name="Vouches">Whether it counts, or counted under the version before and lost the segment with this one: who gains it may rest on it.</param>
/// <param name="Digest">The digest of its contents (R9.5).</param>
/// <param name="RingVersion">The ring version for which all this was said.</param>
public sealed record CopyStatus(CopyPhase Phase, bool Complete, bool Counts, bool Vouches, ulong Digest, long RingVersion)
{
    /// <summary>Nothing is known yet.</summary>
    public static CopyStatus Initial { get; } = new(CopyPhase.Recovering, false, false, false, 0, 0);
}
