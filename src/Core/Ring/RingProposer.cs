using FailureHistory.Core.Identity;

namespace FailureHistory.Core.Ring;

/// <summary>
/// One attempt to decide the next version of the ring (R9.2): the proposer of single-decree Paxos. Replies in, directives out; it sends
/// nothing itself, keeps no time and is done after <see cref="Decided"/> or <see cref="Abandon"/>.
/// </summary>
/// <remarks>
/// <para>
/// preparing → accepting → done. It prepares at the members of the version in force; with a majority of promises it asks them to accept the
/// record of the highest ballot that any of them had accepted, or the wanted one when there is none; with a majority of acceptances that
/// record is decided. So a version decided once is found by every later attempt, and two different ones are never decided.
/// </para>
/// <para>
/// A ballot must be used for one attempt only, through restarts too: the proposer's own acceptor promises it durably first, and
/// <see cref="Ballot.Above"/> of that promise and of <see cref="Abandon.HighestBallot"/> is the next one.
/// Not thread-safe: it belongs to one actor.
/// </para>
/// </remarks>
public sealed class RingProposer
{
    private readonly RingRecord inForce;
    private readonly RingRecord wanted;
    private readonly Ballot ballot;
    private readonly MemberId[] voters;
    private readonly HashSet<MemberId> granted = [];
    private readonly Dictionary<MemberId, RingRefusal> refused = [];
    private readonly HashSet<MemberId> caughtUp = [];
    private Phase phase = Phase.New;
    private RingRecord proposal;
    private Ballot? proposalBallot;
    private Ballot highest;

    /// <summary>An attempt decided by a majority of the members of the version in force.</summary>
    /// <param name="inForce">The version in force as far as is known.</param>
    /// <param name="change">Makes the next version of it, such as <c>ring => RingChanges.Add(ring, member)</c>.</param>
    /// <param name="ballot">Never used before.</param>
    public RingProposer(RingRecord inForce, Func<RingRecord, RingRecord> change, Ballot ballot)
        : this(inForce, change, ballot, [])
    {
    }

    private RingProposer(RingRecord inForce, Func<RingRecord, RingRecord> change, Ballot ballot, HashSet<MemberId> withoutVote)
    {
        ArgumentNullException.ThrowIfNull(inForce);
        ArgumentNullException.ThrowIfNull(change);
        this.inForce = inForce;
        this.ballot = ballot;
        wanted = change(inForce);
        if (!ReferenceEquals(wanted, inForce) && !wanted.Follows(inForce))
        {
            throw new ArgumentException($"the change of ring version {inForce.Version} does not make the version after it", nameof(change));
        }

        voters = [.. inForce.Members.Select(m => m.Id).Where(id => !withoutVote.Contains(id))];
        proposal = wanted;
        highest = ballot;
    }

    private enum Phase
    {
        New,
        Preparing,
        Accepting,
        Done,
    }

    /// <summary>
    /// An administrator's forced removal, when no majority of the version in force is left: decided by a majority of the members that
    /// <em>remain</em>.
    /// </summary>
    /// <remarks>
    /// The risk: this majority need not meet the ordinary one. If the removed members are alive after all, on the far side of a partition,
    /// and a majority of the old ring, they may decide another record for the same version, and there are two rings. Members that see
    /// both say so (<see cref="RingLearning.Diverged"/>, <see cref="Diverged"/>) and neither side takes the other's. What the removed ones
    /// had decided and nobody who remains has accepted is lost. So force only what is known not to come back.
    /// </remarks>
    /// <exception cref="InvalidOperationException">No member would be left.</exception>
    public static RingProposer Forced(RingRecord inForce, IEnumerable<MemberId> removed, Ballot ballot)
    {
        var gone = removed.ToHashSet();
        return new RingProposer(inForce, ring => RingChanges.ForceRemove(ring, gone), ballot, gone);
    }

    /// <summary>The members whose votes count.</summary>
    public IReadOnlyList<MemberId> Voters => voters;

    /// <summary>How many of <see cref="Voters"/> decide.</summary>
    public int Majority => Segments.Majority(voters.Length);

    /// <summary>Whether it has ended with <see cref="Decided"/> or <see cref="Abandon"/>; further replies change nothing.</summary>
    public bool IsDone => phase == Phase.Done;

    /// <summary>Begins; called once.</summary>
    public IReadOnlyList<RingDirective> Start()
    {
        if (phase != Phase.New)
        {
            throw new InvalidOperationException($"the attempt with ballot {ballot} was started before");
        }

        if (ReferenceEquals(wanted, inForce))
        {
            return GiveUp(AbandonReason.NothingToChange);
        }

        phase = Phase.Preparing;
        return [Ask(voters)];
    }

    /// <summary>What was sent and not granted yet, once more: for messages that were lost. Asking twice does no harm.</summary>
    public IReadOnlyList<RingDirective> Resend()
    {
        return phase is Phase.Preparing or Phase.Accepting ? [Ask([.. voters.Where(v => !granted.Contains(v))])] : [];
    }

    /// <summary>An answer of phase 1.</summary>
    public IReadOnlyList<RingDirective> OnPrepareReply(MemberId from, PrepareReply reply)
    {
        if (phase != Phase.Preparing || !IsAnswer(from, reply))
        {
            return [];
        }

        return reply switch
        {
            Promise promise => OnPromise(from, promise),
            PrepareRefused refusal => OnRefusal(from, refusal.Why),
            _ => [],
        };
    }

    /// <summary>An answer of phase 2.</summary>
    public IReadOnlyList<RingDirective> OnAcceptReply(MemberId from, AcceptReply reply)
    {
        if (phase != Phase.Accepting || !IsAnswer(from, reply))
        {
            return [];
        }

        return reply switch
        {
            RecordAccepted => OnAccepted(from),
            AcceptRefused refusal => OnRefusal(from, refusal.Why),
            _ => [],
        };
    }

    private RingDirective[] OnPromise(MemberId from, Promise promise)
    {
        if (promise is { AcceptedBallot: { } acceptedBallot, Accepted: { } accepted })
        {
            if (!accepted.Follows(inForce))
            {
                return OnRefusal(from, new Diverged(accepted));
            }

            if (proposalBallot is not { } best || acceptedBallot > best)
            {
                (proposalBallot, proposal) = (acceptedBallot, accepted);
            }
        }

        if (!Grant(from))
        {
            return [];
        }

        granted.Clear();
        refused.Clear();
        phase = Phase.Accepting;
        return [Ask(voters)];
    }

    private RingDirective[] OnAccepted(MemberId from)
    {
        if (!Grant(from))
        {
            return [];
        }

        phase = Phase.Done;
        return [new Decided(proposal, proposal.Equals(wanted))];
    }

    private RingDirective[] OnRefusal(MemberId from, RingRefusal why)
    {
        switch (why)
        {
            case Superseded superseded when superseded.InForce.Version > inForce.Version:
                return GiveUp(AbandonReason.Superseded, superseded.InForce);

            case Lagging lagging when lagging.AcceptorVersion < inForce.Version:
                // Asked again at once the first time; after that Resend does, lest two processes that lose messages chatter without pause.
                return caughtUp.Add(from) ? [new SendInForce(from, inForce), Ask(from)] : [new SendInForce(from, inForce)];

            case Outbid outbid when outbid.Promised > highest:
                highest = outbid.Promised;
                break;
        }

        // A voter that granted before and was outbid since has still granted: its promise or vote stands in what is counted.
        if (!granted.Contains(from))
        {
            refused[from] = why;
        }

        if (voters.Length - refused.Count >= Majority)
        {
            return [];
        }

        return GiveUp(refused.Values.Any(r => r is Outbid) ? AbandonReason.Outbid : AbandonReason.NoMajority);
    }

    /// <summary>Counts a grant once; true when a majority has granted.</summary>
    private bool Grant(MemberId from)
    {
        granted.Add(from);
        refused.Remove(from);
        return granted.Count >= Majority;
    }

    private bool IsAnswer(MemberId from, RingReply reply) =>
        reply.Ballot == ballot && reply.Version == inForce.Version + 1 && Array.IndexOf(voters, from) >= 0;

    private RingDirective Ask(params MemberId[] to) => phase == Phase.Preparing
        ? new SendPrepare(to, inForce.ClusterId, inForce.Version + 1, ballot)
        : new SendAccept(to, ballot, proposal);

    private RingDirective[] GiveUp(AbandonReason why, RingRecord? newer = null)
    {
        phase = Phase.Done;
        return [new Abandon(why, highest, newer)];
    }
}
