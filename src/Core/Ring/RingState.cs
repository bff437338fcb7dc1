namespace FailureHistory.Core.Ring;

/// <summary>
/// What a member keeps on disk about the ring: the version in force as far as it knows, and its vote about the one after. It must be
/// durable before the reply that came with it is sent; a member that forgot a vote could let two rings of one version be decided.
/// </summary>
public sealed record RingState
{
    /// <summary>The state of an empty data folder.</summary>
    public static RingState Empty { get; } = new();

    /// <summary>The highest version known to be decided; null before the member has formed or joined a cluster.</summary>
    public RingRecord? InForce { get; init; }

    /// <summary>The highest ballot promised for the next version: lower ones are refused.</summary>
    public Ballot? Promised { get; init; }

    /// <summary>The ballot of <see cref="Accepted"/>.</summary>
    public Ballot? AcceptedBallot { get; init; }

    /// <summary>The record voted for as the next version; it may or may not come in force.</summary>
    public RingRecord? Accepted { get; init; }

    /// <summary>The version in force, 0 before any.</summary>
    public long Version => InForce?.Version ?? 0;

    /// <summary>Whether, as far as this member's vote goes, no version after this one can have been decided (<see cref="RingConfirmation"/>).</summary>
    public bool IsLatest(long version) => InForce is { } inForce && inForce.Version == version && Accepted is null;
}

/// <summary>An acceptor's answer to a proposer. It names the version and ballot it answers, so that a late one is recognized.</summary>
/// <param name="Version">The version that was to be decided.</param>
/// <param name="Ballot">The ballot of the request.</param>
public abstract record RingReply(long Version, Ballot Ballot);

/// <summary>An answer to a prepare (phase 1): <see cref="Promise"/>, or one of the refusals.</summary>
/// <inheritdoc cref="RingReply"/>
public abstract record PrepareReply(long Version, Ballot Ballot) : RingReply(Version, Ballot);

/// <summary>An answer to an accept (phase 2): <see cref="RecordAccepted"/>, or one of the refusals.</summary>
/// <inheritdoc cref="RingReply"/>
public abstract record AcceptReply(long Version, Ballot Ballot) : RingReply(Version, Ballot);

/// <summary>No lower ballot will be accepted any more; here is what was accepted before, if anything.</summary>
public sealed record Promise(long Version, Ballot Ballot, Ballot? AcceptedBallot, RingRecord? Accepted) : PrepareReply(Version, Ballot);

/// <summary>The record is on the acceptor's disk.</summary>
public sealed record RecordAccepted(long Version, Ballot Ballot) : AcceptReply(Version, Ballot);

/// <summary>Why an acceptor does not vote.</summary>
public abstract record RingRefusal;

/// <summary>A higher ballot was promised: try again above it, after a pause.</summary>
public sealed record Outbid(Ballot Promised) : RingRefusal;

/// <summary>The version was decided already: here is the newest in force, which the proposer lacks.</summary>
public sealed record Superseded(RingRecord InForce) : RingRefusal;

/// <summary>The acceptor lacks the predecessor; it is at this version (0: none). Send it the version in force, then ask again.</summary>
public sealed record Lagging(long AcceptorVersion) : RingRefusal;

/// <summary>The acceptor belongs to another cluster (R9.2: such a member is told so and ends).</summary>
public sealed record ForeignCluster(UInt128 ClusterId) : RingRefusal;

/// <summary>The record does not follow the ring that the acceptor has in force: the ring forked, which only a forced removal can bring about.</summary>
public sealed record Diverged(RingRecord InForce) : RingRefusal;

/// <summary>A prepare was refused.</summary>
public sealed record PrepareRefused(long Version, Ballot Ballot, RingRefusal Why) : PrepareReply(Version, Ballot);

/// <summary>An accept was refused.</summary>
public sealed record AcceptRefused(long Version, Ballot Ballot, RingRefusal Why) : AcceptReply(Version, Ballot);
