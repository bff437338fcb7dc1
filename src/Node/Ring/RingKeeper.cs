using Akka.Actor;
using Akka.Cluster;
using Akka.DistributedData;
using Akka.Event;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Member;
using Google.Protobuf;

namespace FailureHistory.Node.Ring;

/// <summary>
/// One in the cluster (singleton): proposes the next version of the ring (R9.2): takes members in as they come up, one at a time; takes out who has
/// been gone for <c>replace-after</c> while more than k others are left; and carries out an administrator's removal. It waits until a change can
/// lose nothing (<see cref="RingSafety"/>): with a member that comes, for as long as it takes; with one that is gone, for twice as long again, and
/// then takes out in one version all that are gone (docs/decisions/29). A version that was voted for and never told of, since its proposer died, it
/// finishes (<see cref="RingChanges.Renew"/>). Two keepers at once (a split) do no harm: a version is decided by a
/// majority of its predecessor's members.
/// </summary>
internal sealed class RingKeeper : ReceiveActor, IWithTimers
{
    /// <summary>Where it runs below <c>/user</c> of the oldest member.</summary>
    public const string Path = "ring-keeper/keeper";

    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RequestWaits = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WaitingIsSaidEvery = TimeSpan.FromSeconds(30);
    private const int PatienceWithDanger = 3;

    private readonly MemberContext context;
    private readonly Cluster cluster = Cluster.Get(Context.System);
    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly Dictionary<MemberId, long> goneSince = [];
    private readonly HashSet<MemberId> refusedMembers = [];
    private readonly GivenUpMembers givenUp;
    private readonly UntoldVotes votes;
    private RingProposer? proposer;
    private Change? change;
    private Change? requested;
    private long requestedAt;
    private Ballot? highest;
    private long attemptSince;
    private long warnedOf;
    private long waitingSaid;

    public RingKeeper(MemberContext context)
    {
        this.context = context;
        givenUp = new GivenUpMembers(context);
        votes = new UntoldVotes(context.Time);
        Receive<Tick>(_ => OnTick());
        Receive<RingActor.NextBallot>(OnBallot);
        Receive<RingPromise>(OnPromise);
        Receive<RingAccepted>(OnAccepted);
        Receive<RingRemoval>(OnRemoval);
        Receive<RingChecked>(m => votes.Take(m, context.Ring?.Version));
        Receive<AskVotes>(_ => Send(context.Ring?.Record.Members.Select(m => m.Id) ?? [], new RingCheck { Member = WireIds.Bytes(context.Id) }));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(MemberContext context) => Akka.Actor.Props.Create(() => new RingKeeper(context));

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer("tick", Tick.Instance, TimeSpan.FromMilliseconds(250));
        Timers.StartPeriodicTimer("votes", AskVotes.Instance, UntoldVotes.Patience);
    }

    private void OnTick()
    {
        if (context.Ring is not { } ring)
        {
            return;
        }

        NoteTheGone(ring);
        if (change is not null)
        {
            GoOn();
            return;
        }

        if (requested is { } asked && MustWait(ring, asked))
        {
            context.Tools.Replicator.Tell(FlushChanges.Instance); // what counts elsewhere is wanted now
            return;
        }

        change = requested ?? Wanted(ring);
        requested = null;
        if (change is not null)
        {
            attemptSince = context.Time.GetTimestamp();
            context.System.ActorSelection("/user/fh-ring").Tell(new RingActor.GetBallot(), Self);
        }
    }

    // Where members are taken out one right after the other, who gained a segment by one removal must have it before the next; but a copy that can't come to count
    // without the removal must not hold it up for ever.
    private bool MustWait(RingView ring, Change asked) =>
        asked is { Forced: null, Leaving: { } leaving } && context.Time.GetElapsedTime(requestedAt) < RequestWaits
        && RingSafety.AnyFetches(ring, leaving, context.Peers.IsReachable, (member, segment) => context.Counts(member, segment, ring.Version));

    private void GoOn()
    {
        if (context.Time.GetElapsedTime(attemptSince) > AttemptTimeout)
        {
            EndAttempt(false, "no majority of the ring's members answered within 10 s");
        }
        else if (proposer is not null)
        {
            Carry(proposer.Resend());
        }
    }

    private void NoteTheGone(RingView ring)
    {
        foreach (var member in ring.Record.Members)
        {
            if (context.Peers.IsReachable(member.Id))
            {
                goneSince.Remove(member.Id);
            }
            else
            {
                goneSince.TryAdd(member.Id, context.Time.GetTimestamp());
            }
        }
    }

    private Change? Wanted(RingView ring)
    {
        if (votes.AreOverdue(ring.Version))
        {
            return new Change("finish what was voted for", RingChanges.Renew, null, null, ring.Version);
        }

        foreach (var member in cluster.State.Members.Where(m => m.Status == MemberStatus.Up && m.HasRole(MemberRoles.Member)))
        {
            var roles = MemberRoles.Of(member);
            if (roles.Id is not { } id || ring.Record.Contains(id) || refusedMembers.Contains(id) || !context.Peers.IsReachable(id))
            {
                continue;
            }

            if (roles.Ring.Length > 0 && roles.Ring != ring.Record.ClusterId.ToString("x32", null))
            {
                continue; // of another ring: it ends by itself
            }

            if (roles.ReplicationFactor != ring.Record.ReplicationFactor || roles.SegmentCount != ring.Record.SegmentCount)
            {
                refusedMembers.Add(id);
                log.Error("member {0} at {1} has replication factor {2} and {3} segments; this cluster has {4} and {5}: it is not taken into the ring",
                    id, member.Address, roles.ReplicationFactor, roles.SegmentCount, ring.Record.ReplicationFactor, ring.Record.SegmentCount);
                continue;
            }

            if (RingWaits.Of(context, ring) is { } waits)
            {
                SayWaiting(member, waits);
                context.Tools.Replicator.Tell(FlushChanges.Instance); // what counts elsewhere is wanted now, not with the next batch of changes
                break; // who is gone may have to be taken out before
            }

            var joining = new RingMember(id, roles.Zone, $"{member.Address.Host}:{member.Address.Port}", member.Address.ToString());
            return new Change($"take in {joining.Name}", record => RingChanges.Add(record, joining), null, null, ring.Version);
        }

        return WantedRemoval(ring);
    }

    private void SayWaiting(Akka.Cluster.Member member, string waits)
    {
        if (context.Time.GetElapsedTime(waitingSaid) > WaitingIsSaidEvery)
        {
            waitingSaid = context.Time.GetTimestamp();
            log.Info("{0} waits to be taken into the ring: {1}", member.Address, waits);
        }
    }

    private Change? WantedRemoval(RingView ring)
    {
        var left = ring.Record.Members.Count(m => context.Peers.IsReachable(m.Id));
        if (left <= ring.Record.ReplicationFactor)
        {
            return null;
        }

        var gone = ring.Record.Members.Where(m => IsGoneFor(m, context.Settings.ReplaceAfter)).ToList();
        if (gone.FirstOrDefault(m => MayChange(ring, m.Id)) is { } member)
        {
            return new Change($"take out {member.Name}, gone for {context.Settings.ReplaceAfter}", record => RingChanges.Remove(record, member.Id), null, null, ring.Version);
        }

        return gone.Exists(m => IsGoneFor(m, context.Settings.ReplaceAfter * PatienceWithDanger)) ? Dangerous(ring, gone) : null;
    }

    private Change Dangerous(RingView ring, List<RingMember> gone)
    {
        if (warnedOf != ring.Version)
        {
            warnedOf = ring.Version;
            log.Warning(
                "{0} have been gone for {1}; some segments have no majority of copies without them. They are taken out together now: what was acknowledged in the last exchange interval before they went may be on their disks alone, and comes back when they do",
                string.Join(", ", gone.Select(m => m.Name)), context.Settings.ReplaceAfter * PatienceWithDanger);
        }

        return new Change($"take out {string.Join(", ", gone.Select(m => m.Name))}, gone for long", record => RingChanges.ForceRemove(record, gone.Select(m => m.Id)), null, null, ring.Version);
    }

    private bool IsGoneFor(RingMember member, TimeSpan span) => goneSince.TryGetValue(member.Id, out var since) && context.Time.GetElapsedTime(since) > span;

    private bool MayChange(RingView ring, MemberId? leaving) =>
        RingSafety.MayChange(ring, leaving, context.Peers.IsReachable, (member, segment) => context.Counts(member, segment, ring.Version));

    private void OnRemoval(RingRemoval removal)
    {
        if (context.Ring is not { } ring)
        {
            Reply(Sender, removal.RequestId, false, 0, "the ring in force is not known yet");
            return;
        }

        var id = WireIds.Member(removal.Member);
        if (!ring.Record.Contains(id))
        {
            Reply(Sender, removal.RequestId, false, ring.Version, $"unknown: no member {id} in ring version {ring.Version}");
        }
        else if (ring.Record.Members.Count == 1)
        {
            Reply(Sender, removal.RequestId, false, ring.Version, "invalid: the last member of a ring is never taken out");
        }
        else if (context.Peers.IsReachable(id))
        {
            Reply(Sender, removal.RequestId, false, ring.Version, $"invalid: member {id} is up and would be taken in again at once; stop it first");
        }
        else if (requested is not null)
        {
            Reply(Sender, removal.RequestId, false, ring.Version, "another change of the ring is under way");
        }
        else
        {
            Request(ring, id, removal.RequestId, Sender);
        }
    }

    // R9.2: with a majority of the ring the ordinary way; without one it is the administrator's word that counts.
    private void Request(RingView ring, MemberId id, string requestId, IActorRef asker)
    {
        IReadOnlyList<MemberId> gone = [id];
        var forced = !givenUp.MajorityIsReachable(ring.Record.Members);
        if (forced)
        {
            gone = givenUp.With(id, ring, out var waitsFor);
            if (waitsFor is not null)
            {
                Reply(asker, requestId, false, ring.Version, waitsFor);
                return;
            }
        }

        requestedAt = context.Time.GetTimestamp();
        requested = new Change(
            $"take out {string.Join(", ", gone)} on request{(forced ? ", forced" : string.Empty)}",
            record => RingChanges.ForceRemove(record, gone),
            forced ? gone : null,
            (done, at, detail) => Reply(asker, requestId, done, at, detail),
            Leaving: id);
    }

    private static void Reply(IActorRef asker, string requestId, bool done, long version, string detail) =>
        asker.Tell(new RingRemovalReply { RequestId = requestId, Done = done, Version = version, Detail = detail });

    private void OnBallot(RingActor.NextBallot next)
    {
        if (change is null || proposer is not null || context.Ring is not { } ring)
        {
            return;
        }

        if (change.CheckedAt is { } version && version != ring.Version)
        {
            change = null; // what was safe under one version may not be under the next: it is looked at anew
            return;
        }

        var ballot = highest is { } seen && seen >= next.Ballot ? Ballot.Above(seen, context.Id) : next.Ballot;
        proposer = change.Forced is { } gone ? RingProposer.Forced(ring.Record, gone, ballot) : new RingProposer(ring.Record, change.Make, ballot);
        log.Info("ring version {0}: proposing to {1}", ring.Version + 1, change.What);
        Carry(proposer.Start());
    }

    private void OnPromise(RingPromise promise)
    {
        if (proposer is null)
        {
            return;
        }

        var ballot = new Ballot(promise.Round, WireIds.Member(promise.Proposer));
        var inForce = promise.InForce?.ToRecord();
        Ballot? shown = promise.AcceptedRound == 0 ? null : new Ballot(promise.AcceptedRound, WireIds.Member(promise.AcceptedProposer));
        PrepareReply reply = promise.Promised
            ? new Promise(promise.Version, ballot, shown, promise.Accepted?.ToRecord())
            : new PrepareRefused(promise.Version, ballot, Refusal(promise.Version, inForce, shown));
        Carry(proposer.OnPrepareReply(WireIds.Member(promise.Member), reply));
    }

    private void OnAccepted(RingAccepted accepted)
    {
        if (proposer is null)
        {
            return;
        }

        var ballot = new Ballot(accepted.Round, WireIds.Member(accepted.Proposer));
        AcceptReply reply = accepted.Accepted
            ? new RecordAccepted(accepted.Version, ballot)
            : new AcceptRefused(accepted.Version, ballot, Refusal(accepted.Version, accepted.InForce?.ToRecord(), ballot with { Round = ballot.Round + 1 }));
        Carry(proposer.OnAcceptReply(WireIds.Member(accepted.Member), reply));
    }

    private RingRefusal Refusal(long asked, RingRecord? inForce, Ballot? outbidBy)
    {
        if (inForce is null || inForce.Version < asked - 1)
        {
            return new Lagging(inForce?.Version ?? 0);
        }

        if (context.Ring is { } ring && inForce.ClusterId != ring.Record.ClusterId)
        {
            return new ForeignCluster(inForce.ClusterId);
        }

        if (inForce.Version >= asked)
        {
            return new Superseded(inForce);
        }

        return outbidBy is { } ballot ? new Outbid(ballot) : new Diverged(inForce);
    }

    private void Carry(IReadOnlyList<RingDirective> directives)
    {
        foreach (var directive in directives)
        {
            switch (directive)
            {
                case SendPrepare prepare:
                    Send(prepare.To, new RingPrepare
                    {
                        ClusterId = WireIds.Bytes(prepare.ClusterId), Version = prepare.Version, Round = prepare.Ballot.Round, Proposer = WireIds.Bytes(prepare.Ballot.Proposer),
                    });
                    break;
                case SendAccept accept:
                    Send(accept.To, new RingAccept
                    {
                        Round = accept.Ballot.Round, Proposer = WireIds.Bytes(accept.Ballot.Proposer), Record = accept.Record.ToWire(), Forced = change?.Forced is not null,
                    });
                    break;
                case SendInForce inForce:
                    Send([inForce.To], new RingInForce { Record = inForce.Record.ToWire() });
                    break;
                case Decided decided:
                    OnDecided(decided);
                    break;
                case Abandon abandon:
                    highest = abandon.HighestBallot;
                    if (abandon.Newer is { } newer)
                    {
                        Send([context.Id], new RingInForce { Record = newer.ToWire() });
                    }

                    EndAttempt(abandon.Why == AbandonReason.NothingToChange, $"the attempt failed: {abandon.Why}; ask again");
                    break;
            }
        }
    }

    private void OnDecided(Decided decided)
    {
        var news = new RingInForce { Record = decided.Record.ToWire() };
        Send(decided.Record.Members.Concat(decided.Record.PreviousMembers).Select(m => m.Id).Distinct(), news);
        if (decided.Wanted)
        {
            EndAttempt(true, string.Empty, decided.Record.Version);
        }
        else
        {
            // Another keeper's unfinished change was completed first; an administrator's own is proposed again on top of it.
            requested ??= change?.Answer is null ? null : change;
            (proposer, change) = (null, null);
        }
    }

    private void EndAttempt(bool done, string detail, long? at = null)
    {
        if (!done)
        {
            log.Warning("the ring was not changed ({0}): {1}", change?.What, detail);
        }

        var ended = change;
        (proposer, change) = (null, null);
        ended?.Answer?.Invoke(done, at ?? context.Ring?.Version ?? 0, detail);
    }

    private void Send(IEnumerable<MemberId> members, IMessage message)
    {
        foreach (var member in members)
        {
            context.Peers.Ref(member, "fh-ring")?.Tell(message, Self);
        }
    }

    private sealed record Change(string What, Func<RingRecord, RingRecord> Make, IReadOnlyList<MemberId>? Forced, Action<bool, long, string>? Answer, long? CheckedAt = null, MemberId? Leaving = null);

    private sealed record AskVotes : ILocalMessage
    {
        public static AskVotes Instance { get; } = new();
    }

    private sealed record Tick : ILocalMessage
    {
        public static Tick Instance { get; } = new();
    }
}
