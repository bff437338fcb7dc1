using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;

namespace FailureHistory.Simulator.Members;

/// <summary>Agreeing the ring (RingActor, RingKeeper): every member votes; the lowest that hears itself to be so proposes, and two may think so.</summary>
internal sealed partial class MemberProcess
{
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(10);

    private readonly SortedDictionary<MemberId, (RingMember Member, TimeSpan At)> shown = [];
    private readonly Dictionary<MemberId, TimeSpan> goneSince = [];
    private RingState ringState;
    private RingProposer? proposer;
    private Ballot? highest;
    private MemberId? removal;
    private bool removalIsLost;
    private TimeSpan attemptSince;
    private TimeSpan nextQuery;

    /// <summary>An administrator asks for a member to be taken out, who may know that it will never come back.</summary>
    public void AskToRemove(MemberId member, bool isLost) => (removal, removalIsLost) = (member, isLost);

    private void Keep(RingState next)
    {
        disk.Ring = ringState = next;
    }

    private void OnPrepare(RingPrepare prepare, Action<Message> reply)
    {
        var (next, answer) = RingAcceptor.OnPrepare(ringState, prepare.Cluster, prepare.Version, prepare.Ballot);
        Keep(next);
        reply(new RingPrepared(Id, answer));
    }

    private void OnAccept(RingAccept accept, Action<Message> reply)
    {
        var (next, answer) = RingAcceptor.OnAccept(ringState, accept.Ballot, accept.Record);
        Keep(next);
        reply(new RingAccepted(Id, answer));
    }

    private void Learn(RingRecord record)
    {
        var (next, outcome) = RingAcceptor.OnInForce(ringState, record);
        if (outcome == RingLearning.Diverged)
        {
            world.Checks.InForce(host, record);
        }

        if (outcome != RingLearning.Learned)
        {
            return;
        }

        Keep(next);
        world.Checks.InForce(host, record);
        var before = Ring;
        var view = world.ViewOf(record);
        Ring = view;
        if (world.Story.IsOn)
        {
            world.Story.Tell($"{host.Name} learns ring v{record.Version}: {Words.Names(world, record)}");
        }

        if (options.Segments <= Segments.Count)
        {
            for (var segment = 0; segment < options.Segments; segment++)
            {
                if (!copies.ContainsKey(segment))
                {
                    copies[segment] = new SimCopy(segment, Id, decisions.Settle(options.Settle), false);
                    copies[segment].Readiness.JournalRecovered(before);
                }
            }
        }

        foreach (var copy in copies.Values)
        {
            copy.Merges = 0;
            copy.Readiness.RingChanged(view);
        }

        GateRingChanged();
        ExchangeRingChanged();
    }

    private void TellRing(Action<Message> reply)
    {
        if (ringState.InForce is { } record)
        {
            reply(new RingInForce(record));
        }
    }

    private void TickRing()
    {
        if (world.Queue.Now >= nextQuery)
        {
            nextQuery = world.Queue.Now + TimeSpan.FromSeconds(2);
            var others = world.Members.Where(m => m.Id != Id && Hears(m.Id)).ToList();
            if (others.Count > 0)
            {
                Ask(world.Random.Of(others).Id, new RingQuery());
            }

            if (Ring is not { } known || !known.Record.Contains(Id))
            {
                foreach (var other in others)
                {
                    Ask(other.Id, new ShowSelf(host.RingMember));
                }
            }
        }

        if (Ring is not { } ring || !ring.Record.Contains(Id))
        {
            return;
        }

        foreach (var member in ring.Record.Members)
        {
            if (Hears(member.Id))
            {
                goneSince.Remove(member.Id);
            }
            else
            {
                goneSince.TryAdd(member.Id, world.Queue.Now);
            }
        }

        if (ring.Record.Members.First(m => Hears(m.Id)).Id == Id)
        {
            KeepRing(ring);
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

    // What DistributedData spreads: which copies count.
    private bool MayChange(RingView ring, MemberId? leaving) => decisions.MayChange(
        ring, leaving, Hears, (holder, segment) => Hears(holder) && world.ById[holder].Process?.StatusOf(segment) is { Counts: true } status && status.RingVersion == ring.Version);

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

    // Asked after the read was: what is acknowledged under a later version was then acknowledged later.
    private void BeginRingCheck(SimRead read)
    {
        read.Confirmation = new RingConfirmation(read.Ring.Record);
        foreach (var member in read.Ring.Record.Members)
        {
            Ask(member.Id, new RingCheck(read.Id, read.Ring.Version));
        }
    }

    private void OnRingCheck(RingCheck check, Action<Message> reply) => reply(new RingChecked(check.Read, Id, ringState.IsLatest(check.Version)));

    private void OnRingChecked(RingChecked check)
    {
        if (reads.TryGetValue(check.Read, out var read) && read.Confirmation?.Take(check.Member, check.IsLatest) == true)
        {
            EndIfRead(read);
        }
    }
}
