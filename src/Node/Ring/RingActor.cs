using Akka.Actor;
using Akka.Event;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Member;
using FailureHistory.Node.Persistence;
using Google.Protobuf;

namespace FailureHistory.Node.Ring;

/// <summary>
/// A member's part in agreeing the ring (R9.2), <c>/user/fh-ring</c>: votes on the next version, learns what is in force, keeps both on disk
/// before it answers, and tells the member's other actors. The rules are <see cref="RingAcceptor"/>'s.
/// </summary>
internal sealed class RingActor : ReceiveActor, IWithTimers
{
    private readonly MemberContext context;
    private readonly MemberStore store;
    private readonly IActorRef node;
    private readonly ILoggingAdapter log = Context.GetLogger();
    private RingState state;

    public RingActor(MemberContext context, MemberStore store, IActorRef node)
    {
        this.context = context;
        this.store = store;
        state = store.ReadRing(); // also after a restart of this actor: what was promised must not be forgotten
        this.node = node;
        Receive<RingPrepare>(OnPrepare);
        Receive<RingAccept>(OnAccept);
        Receive<RingInForce>(m => Learn(m.Record.ToRecord()));
        Receive<RingQuery>(_ => TellInForce(Sender));
        Receive<RingCheck>(_ => OnCheck());
        Receive<GetBallot>(_ => Sender.Tell(new NextBallot(Ballot.Above(state.Promised, context.Id))));
        Receive<AskAround>(_ => AskSomebody());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(MemberContext context, MemberStore store, IActorRef node) =>
        Akka.Actor.Props.Create(() => new RingActor(context, store, node));

    protected override void PreStart() => Timers.StartPeriodicTimer("ask", AskAround.Instance, TimeSpan.FromSeconds(2));

    private void OnPrepare(RingPrepare prepare)
    {
        var (next, reply) = RingAcceptor.OnPrepare(state, WireIds.Cluster(prepare.ClusterId), prepare.Version, new Ballot(prepare.Round, WireIds.Member(prepare.Proposer)));
        Keep(next);
        var promise = new RingPromise
        {
            Member = WireIds.Bytes(context.Id),
            Version = prepare.Version,
            Round = prepare.Round,
            Proposer = prepare.Proposer,
            Promised = reply is Promise,
            InForce = state.InForce?.ToWire(),
        };
        var shown = reply switch
        {
            Promise p => p.AcceptedBallot,
            PrepareRefused { Why: Outbid outbid } => outbid.Promised,
            _ => null,
        };
        if (shown is { } ballot)
        {
            (promise.AcceptedRound, promise.AcceptedProposer) = (ballot.Round, WireIds.Bytes(ballot.Proposer));
        }

        if (reply is Promise { Accepted: { } accepted })
        {
            promise.Accepted = accepted.ToWire();
        }

        Sender.Tell(promise);
    }

    private void OnAccept(RingAccept accept)
    {
        var record = accept.Record.ToRecord();
        var (next, reply) = RingAcceptor.OnAccept(state, new Ballot(accept.Round, WireIds.Member(accept.Proposer)), record);
        Keep(next);
        Sender.Tell(new RingAccepted
        {
            Member = WireIds.Bytes(context.Id),
            Version = record.Version,
            Round = accept.Round,
            Proposer = accept.Proposer,
            Accepted = reply is RecordAccepted,
            InForce = state.InForce?.ToWire(),
        });
    }

    private void Learn(RingRecord record)
    {
        var (next, outcome) = RingAcceptor.OnInForce(state, record);
        switch (outcome)
        {
            case RingLearning.Learned:
                Keep(next);
                Publish(record);
                break;
            case RingLearning.Outdated:
                TellInForce(Sender);
                break;
            case RingLearning.ForeignCluster when context.IsGuest:
                log.Warning("{0} belongs to cluster {1:x32} of the Failure History Service, and this member to {2:x32}", Sender.Path.Address, record.ClusterId, state.InForce!.ClusterId);
                break; // who of them has to go is decided by age (HostedJoiner)
            case RingLearning.ForeignCluster:
                context.Fail($"this member belongs to cluster {state.InForce!.ClusterId:x32} and met cluster {record.ClusterId:x32}; give it other --seeds, or an empty data folder to join that one");
                break;
            case RingLearning.Diverged:
                log.Error("ring version {0} exists twice after a forced removal: this member keeps its own; decide which side to keep and start the other with empty folders", record.Version);
                break;
        }
    }

    private void Publish(RingRecord record)
    {
        foreach (var member in record.Members)
        {
            if (Address.TryParse(member.Address, out var address))
            {
                context.Peers.LearnIfUnknown(member.Id, address);
            }
        }

        var view = RingView.Of(record);
        context.Ring = view;
        log.Info("ring version {0} is in force: {1} members", record.Version, record.Members.Count);
        node.Tell(new RingChangedTo(view));
    }

    private void Keep(RingState next)
    {
        if (!ReferenceEquals(next, state))
        {
            store.WriteRing(next);
            state = next;
        }
    }

    private void TellInForce(IActorRef asker)
    {
        if (state.InForce is { } inForce && !asker.IsNobody())
        {
            asker.Tell(new RingInForce { Record = inForce.ToWire() });
        }
    }

    private void OnCheck()
    {
        var answer = new RingChecked { Member = WireIds.Bytes(context.Id), Version = state.Version };
        if (state.InForce is { } inForce)
        {
            answer.ClusterId = WireIds.Bytes(inForce.ClusterId);
            answer.VotedForNext = !state.IsLatest(inForce.Version);
        }

        Sender.Tell(answer);
    }

    // The news of a version in force is sent once by whoever decided it; who missed it learns it here.
    private void AskSomebody()
    {
        var others = context.Peers.Known.Keys.Where(m => m != context.Id && context.Peers.IsReachable(m)).ToList();
        if (others.Count > 0)
        {
            var one = others[(int)(context.Time.GetTimestamp() % others.Count)];
            context.Peers.Ref(one, "fh-ring")?.Tell(new RingQuery { Member = WireIds.Bytes(context.Id) });
        }
    }

    /// <summary>Asks for a ballot above all that this member promised.</summary>
    internal sealed record GetBallot : ILocalMessage;

    /// <summary>It.</summary>
    internal sealed record NextBallot(Ballot Ballot) : ILocalMessage;

    private sealed record AskAround : ILocalMessage
    {
        public static AskAround Instance { get; } = new();
    }
}
