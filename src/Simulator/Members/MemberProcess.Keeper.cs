using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;

namespace FailureHistory.Simulator.Members;

/// <summary>Changing the ring (RingKeeper): the lowest that hears itself to be so proposes, and two may think so.</summary>
internal sealed partial class MemberProcess
{
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan VotesAskedEvery = TimeSpan.FromSeconds(2);

    private readonly Dictionary<MemberId, TimeSpan> goneSince = [];
    private readonly SortedDictionary<MemberId, (long Version, TimeSpan Since)> votedForNext = [];
    private RingProposer? proposer;
    private Ballot? highest;
    private MemberId? removal;
    private bool removalIsLost;
    private TimeSpan attemptSince;
    private TimeSpan nextVotes;

    /// <summary>An administrator asks for a member to be taken out, who may know that it will never come back.</summary>
    public void AskToRemove(MemberId member, bool isLost) => (removal, removalIsLost) = (member, isLost);

    // Who has voted for a next version confirms the one in force to no read, and the proposer may have died before it told anybody.
    private void AskForVotes(RingView ring)
    {
        if (world.Queue.Now >= nextVotes)
        {
            nextVotes = world.Queue.Now + VotesAskedEvery;
            foreach (var member in ring.Record.Members)
            {
                Ask(member.Id, new RingCheck(0));
            }
        }
    }

    private void OnVoteTold(RingChecked told)
    {
        if (!told.VotedForNext || told.Version != Ring?.Version)
        {
            votedForNext.Remove(told.Member);
        }
        else if (!votedForNext.TryGetValue(told.Member, out var known) || known.Version != told.Version)
        {
            votedForNext[told.Member] = (told.Version, world.Queue.Now);
        }
    }

    private void KeepRing(RingView ring)
    {
        if (proposer is not null)
        {
            if (world.Queue.Now - attemptSince > AttemptTimeout)
            {
                proposer = null;
            }
            else
            {
                Carry(proposer.Resend());
            }

            return;
        }

        if (Wanted(ring) is { } change)
        {
            attemptSince = world.Queue.Now;
            var ballot = Ballot.Above(ringState.Promised, Id);
            proposer = new RingProposer(ring.Record, change, highest is { } seen && seen >= ballot ? Ballot.Above(seen, Id) : ballot);
            Carry(proposer.Start());
        }
    }

    private Func<RingRecord, RingRecord>? Wanted(RingView ring)
    {
        if (removal is { } asked)
        {
            removal = null;
            if (ring.Record.Contains(asked) && ring.Record.Members.Count > 1 && !Hears(asked) && (removalIsLost || MayChange(ring, asked)))
            {
                return record => RingChanges.Remove(record, asked);
            }
        }

        if (decisions.RenewsRing && votedForNext.Values.Any(v => v.Version == ring.Version && world.Queue.Now - v.Since >= VotesAskedEvery))
        {
            world.Story.Tell($"{host.Name} has the version after v{ring.Version} decided, for which {Words.Names(world, votedForNext.Keys)} voted and of which nothing is heard");
            votedForNext.Clear();
            return RingChanges.Renew;
        }

        foreach (var (id, (member, at)) in shown)
        {
            if (!ring.Record.Contains(id) && Hears(id) && world.Queue.Now - at < TimeSpan.FromSeconds(6))
            {
                return MayChange(ring, leaving: null) ? record => RingChanges.Add(record, member) : null;
            }
        }

        foreach (var member in ring.Record.Members)
        {
            var left = ring.Record.Members.Count(m => m.Id != member.Id && Hears(m.Id));
            if (goneSince.TryGetValue(member.Id, out var since) && world.Queue.Now - since > options.ReplaceAfter && left > ring.Record.ReplicationFactor && MayChange(ring, member.Id))
            {
                return record => RingChanges.Remove(record, member.Id);
            }
        }

        return null;
    }

    private bool MayChange(RingView ring, MemberId? leaving) =>
        decisions.MayChange(ring, leaving, Hears, (holder, segment) => Hears(holder) && IsSaidToCount(holder, segment, ring.Version));

    private void OnPrepared(RingPrepared prepared) => Carry(proposer?.OnPrepareReply(prepared.Member, prepared.Reply) ?? []);

    private void OnAccepted(RingAccepted accepted) => Carry(proposer?.OnAcceptReply(accepted.Member, accepted.Reply) ?? []);

    private void Carry(IReadOnlyList<RingDirective> directives)
    {
        foreach (var directive in directives)
        {
            switch (directive)
            {
                case SendPrepare prepare:
                    foreach (var to in prepare.To)
                    {
                        Ask(to, new RingPrepare(prepare.ClusterId, prepare.Version, prepare.Ballot));
                    }

                    break;
                case SendAccept accept:
                    foreach (var to in accept.To)
                    {
                        Ask(to, new RingAccept(accept.Ballot, accept.Record));
                    }

                    world.Accepting?.Invoke(host);

                    break;
                case SendInForce inForce:
                    Ask(inForce.To, new RingInForce(inForce.Record));
                    break;
                case Decided decided:
                    proposer = null;
                    foreach (var to in decided.Record.Members.Concat(decided.Record.PreviousMembers).Select(m => m.Id).Distinct())
                    {
                        Ask(to, new RingInForce(decided.Record));
                    }

                    break;
                case Abandon abandon:
                    (proposer, highest) = (null, abandon.HighestBallot);
                    if (abandon.Newer is { } newer)
                    {
                        Learn(newer);
                    }

                    break;
            }
        }
    }
}
