using FailureHistory.Core.Identity;

namespace FailureHistory.Core.Ring;

/// <summary>What a <see cref="RingProposer"/> wants done.</summary>
public abstract record RingDirective;

/// <summary>Send a prepare to these members; each answers through <see cref="RingAcceptor.OnPrepare"/>.</summary>
public sealed record SendPrepare(IReadOnlyList<MemberId> To, UInt128 ClusterId, long Version, Ballot Ballot) : RingDirective;

/// <summary>Send an accept to these members; each answers through <see cref="RingAcceptor.OnAccept"/>.</summary>
public sealed record SendAccept(IReadOnlyList<MemberId> To, Ballot Ballot, RingRecord Record) : RingDirective;

/// <summary>Send the version in force to a member that lacks it (<see cref="RingAcceptor.OnInForce"/>).</summary>
public sealed record SendInForce(MemberId To, RingRecord Record) : RingDirective;

/// <summary>The record is in force: tell everybody (<see cref="RingAcceptor.OnInForce"/>).</summary>
/// <param name="Record">What was decided.</param>
/// <param name="Wanted">
/// Whether it is the change that was asked for. If not, another proposer's unfinished one was completed: propose again on top of it.
/// </param>
public sealed record Decided(RingRecord Record, bool Wanted) : RingDirective;

/// <summary>The attempt is over without a decision.</summary>
/// <param name="Why">What made it fail.</param>
/// <param name="HighestBallot">The highest ballot seen, to try again above it.</param>
/// <param name="Newer">A newer version in force, to learn first; null when none was seen.</param>
public sealed record Abandon(AbandonReason Why, Ballot HighestBallot, RingRecord? Newer) : RingDirective;

/// <summary>Why a proposer gave up.</summary>
public enum AbandonReason
{
    /// <summary>The wanted change changes nothing.</summary>
    NothingToChange,

    /// <summary>The ring has moved on: learn the newer version, then propose on top of it if still wanted.</summary>
    Superseded,

    /// <summary>Others promised a higher ballot to somebody else: try again above it, after a pause of random length.</summary>
    Outbid,

    /// <summary>So many voters belong to another cluster or another fork that no majority is left.</summary>
    NoMajority,
}
