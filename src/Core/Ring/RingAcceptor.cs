namespace FailureHistory.Core.Ring;

/// <summary>What became of a decided record that a member was told.</summary>
public enum RingLearning
{
    /// <summary>It is newer than what was in force, and is in force now.</summary>
    Learned,

    /// <summary>It is the one in force.</summary>
    AlreadyInForce,

    /// <summary>It is older than the one in force: the sender lacks ours.</summary>
    Outdated,

    /// <summary>It is of another cluster, and was ignored.</summary>
    ForeignCluster,

    /// <summary>It has the version of the one in force and other contents: the ring forked after a forced removal, and an operator must choose.</summary>
    Diverged,
}

/// <summary>
/// A member's vote on the next version of the ring (R9.2): the acceptor of single-decree Paxos, one instance for each version. Pure: the
/// caller makes the returned state durable, then sends the reply.
/// </summary>
/// <remarks>
/// After Lamport, "Paxos Made Simple" (2001), §2.2. The acceptors of version <c>v + 1</c> are the members of version <c>v</c>; who is not
/// at <c>v</c> does not vote, so the members of one version can't be mixed with those of another. Whose votes count is the proposer's affair.
/// </remarks>
public static class RingAcceptor
{
    /// <summary>Phase 1: promises to accept nothing below <paramref name="ballot"/> for <paramref name="version"/>, and says what it accepted before.</summary>
    public static (RingState Next, PrepareReply Reply) OnPrepare(RingState state, UInt128 clusterId, long version, Ballot ballot)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (Refusal(state, clusterId, version, ballot) is { } why)
        {
            return (state, new PrepareRefused(version, ballot, why));
        }

        return (state with { Promised = ballot }, new Promise(version, ballot, state.AcceptedBallot, state.Accepted));
    }

    /// <summary>Phase 2: accepts the record unless a higher ballot was promised.</summary>
    public static (RingState Next, AcceptReply Reply) OnAccept(RingState state, Ballot ballot, RingRecord record)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(record);
        if (Refusal(state, record.ClusterId, record.Version, ballot) is { } why)
        {
            return (state, new AcceptRefused(record.Version, ballot, why));
        }

        if (state.InForce is { } inForce && !record.Follows(inForce))
        {
            return (state, new AcceptRefused(record.Version, ballot, new Diverged(inForce)));
        }

        return (state with { Promised = ballot, AcceptedBallot = ballot, Accepted = record }, new RecordAccepted(record.Version, ballot));
    }

    /// <summary>Learns a decided record: the highest version of the own cluster wins, and votes about it or older ones are of no use any more.</summary>
    public static (RingState Next, RingLearning Outcome) OnInForce(RingState state, RingRecord record)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(record);
        if (state.InForce is not { } inForce)
        {
            return (new RingState { InForce = record }, RingLearning.Learned);
        }

        if (record.ClusterId != inForce.ClusterId)
        {
            return (state, RingLearning.ForeignCluster);
        }

        return record.Version.CompareTo(inForce.Version) switch
        {
            > 0 => (new RingState { InForce = record }, RingLearning.Learned),
            < 0 => (state, RingLearning.Outdated),
            _ => (state, record.Equals(inForce) ? RingLearning.AlreadyInForce : RingLearning.Diverged),
        };
    }

    private static RingRefusal? Refusal(RingState state, UInt128 clusterId, long version, Ballot ballot)
    {
        if (state.InForce is { } inForce)
        {
            if (inForce.ClusterId != clusterId)
            {
                return new ForeignCluster(inForce.ClusterId);
            }

            if (version <= inForce.Version)
            {
                return new Superseded(inForce);
            }
        }

        if (version != state.Version + 1)
        {
            return new Lagging(state.Version);
        }

        return state.Promised is { } promised && promised > ballot ? new Outbid(promised) : null;
    }
}
