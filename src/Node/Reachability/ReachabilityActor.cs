using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Messages;
using FailureHistory.Node.Member;
using FailureHistory.Node.Ring;

namespace FailureHistory.Node.Reachability;

/// <summary>
/// The detector <c>akka.reachability</c> (R3.4), <c>/user/fh-reachability</c> of every member: all watch the Akka cluster's members, and the one
/// that its own view says is their leader reports, through its own door, what the nodes' histories lack. Each report is sent until it is
/// acknowledged or no longer true, one at a time for each member, so that their order is kept. A new leader first reads what is stored, by
/// majority, and goes on from there; so does a leader now and then, since a report that nobody acknowledged may have spread meanwhile.
/// It keeps nothing that a restart would lose but what nobody could store.
/// </summary>
internal sealed class ReachabilityActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan TickEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan MinPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan TellFrom = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ForgetAfter = TimeSpan.FromMinutes(10);

    private readonly MemberContext context;
    private readonly IActorRef entry;
    private readonly Cluster cluster = Cluster.Get(Context.System);
    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly Dictionary<MemberId, WatchedMember> members = [];
    private readonly FollowedScope scope;
    private bool leads;
    private long? majoritySince;

    public ReachabilityActor(MemberContext context, IActorRef entry, IActorRef node)
    {
        this.context = context;
        this.entry = entry;
        scope = new FollowedScope(context, node, new FormerMembers(context, entry));
        Receive<ClusterEvent.MemberUp>(m => See(m.Member, cluster.State.Unreachable.Contains(m.Member) ? Sight.Unreachable : Sight.Up));
        Receive<ClusterEvent.UnreachableMember>(m => SeeReached(m.Member, Sight.Unreachable));
        Receive<ClusterEvent.ReachableMember>(m => SeeReached(m.Member, Sight.Up));
        Receive<ClusterEvent.MemberLeft>(m => See(m.Member, Sight.Left));
        Receive<ClusterEvent.MemberExited>(m => See(m.Member, Sight.Left));
        Receive<ClusterEvent.MemberDowned>(m => See(m.Member, Sight.Gone));
        Receive<ClusterEvent.MemberRemoved>(m => See(m.Member, m.PreviousStatus == MemberStatus.Exiting ? Sight.Left : Sight.Gone));
        Receive<ClusterEvent.RoleLeaderChanged>(_ => Act());
        Receive<ClusterEvent.IClusterDomainEvent>(_ => { });
        Receive<Tick>(_ => Act());
        Receive<WasRead>(OnRead);
        Receive<WasReported>(OnReported);
        Receive<FormerRead>(m => scope.Take(m));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(MemberContext context, IActorRef entry, IActorRef node) =>
        Akka.Actor.Props.Create(() => new ReachabilityActor(context, entry, node));

    protected override void PreStart()
    {
        cluster.Subscribe(
            Self, ClusterEvent.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent), typeof(ClusterEvent.RoleLeaderChanged));
        Timers.StartPeriodicTimer("tick", Tick.Instance, TickEvery);
    }

    protected override void PostStop() => cluster.Unsubscribe(Self);

    private void SeeReached(Akka.Cluster.Member member, Sight sight)
    {
        // One that is still joining has not been up, and what is on its way out need not be reached.
        if (member.Status == MemberStatus.Up)
        {
            See(member, sight);
        }
    }

    private void See(Akka.Cluster.Member member, Sight sight)
    {
        if (!member.HasRole(MemberRoles.Member) || MemberRoles.Of(member).Id is not { } id)
        {
            return;
        }

        if (!members.TryGetValue(id, out var watched))
        {
            if (sight == Sight.Gone)
            {
                return; // it never was up
            }

            members.Add(id, watched = new WatchedMember(id));
        }

        watched.See(NameOf(member.Address), member.UniqueAddress.Uid, sight);
        Act();
    }

    private void Act()
    {
        if (!IsLeader())
        {
            (leads, majoritySince) = (false, null);
            return;
        }

        if (!leads)
        {
            leads = true;
            scope.Forget();
            foreach (var life in members.Values.SelectMany(m => m.Lives))
            {
                life.ReadAt = null; // another led before
            }
        }

        if (context.AwaitsRegistry || context.Ring is not { } ring || !HasMajority(ring))
        {
            majoritySince = null; // nothing would be acknowledged (R9.9): wait with what there is to tell
            return;
        }

        majoritySince ??= context.Time.GetTimestamp();
        MissTheAbsent(ring);
        if (scope.IsRight(PresentNames(ring), Self))
        {
            foreach (var member in members.Values.ToList())
            {
                Step(member, ring);
            }
        }
    }

    private bool IsLeader() => cluster.State.RoleLeader(MemberRoles.Member) == context.Peers.SelfAddress;

    private bool HasMajority(RingView ring) =>
        ring.Record.Members.Count(m => context.Peers.IsReachable(m.Id)) >= Segments.Majority(ring.Record.Members.Count);

    // Members of the ring that did not come back with the others, after a start of all or of a new leader.
    private void MissTheAbsent(RingView ring)
    {
        if (context.Time.GetElapsedTime(majoritySince!.Value) < context.Settings.FormAfter)
        {
            return;
        }

        var present = cluster.State.Members.Select(m => MemberRoles.Of(m).Id).ToHashSet();
        foreach (var absent in ring.Record.Members.Where(m => !members.ContainsKey(m.Id) && !present.Contains(m.Id)))
        {
            var watched = new WatchedMember(absent.Id);
            watched.Miss(NameOf(absent.Id, absent));
            members.Add(absent.Id, watched);
        }
    }

    private List<string> PresentNames(RingView ring) =>
        [.. ring.Record.Members.Select(m => NameOf(m.Id, m)), .. members.Values.Where(m => !m.Current.IsOver).Select(m => m.Current.Name)];

    private void Step(WatchedMember member, RingView ring)
    {
        var now = context.Time.GetTimestamp();
        if (member.IsBusy || now < member.NotBefore)
        {
            return;
        }

        foreach (var life in member.Lives)
        {
            if (life.ReadAt is null)
            {
                Read(member, life);
                return;
            }

            if (life.Sight == Sight.Unreachable && IsHeard(member.Id))
            {
                return;
            }

            if (life.Reported?.Due(life.Sight) is { } due)
            {
                Report(member, life, due);
                return;
            }
        }

        member.ForgetFormerLives();
        var sinceRead = context.Time.GetElapsedTime(member.Current.ReadAt!.Value);
        if (member.Current.IsOver && !ring.Record.Contains(member.Id) && sinceRead > ForgetAfter)
        {
            members.Remove(member.Id);
        }
        else if (!member.Current.IsOver || ring.Record.Contains(member.Id))
        {
            if (sinceRead > context.Settings.ExchangeInterval * 2)
            {
                Read(member, member.Current);
            }
        }
    }

    // Whom somebody else does not reach, but the leader's own failure detector does, has not failed: after a cut that is healed the one that was
    // cut off says of all others that it does not reach them, until it has heard them again.
    private bool IsHeard(MemberId member) =>
        context.Peers.Known.TryGetValue(member, out var address)
        && (address == context.Peers.SelfAddress || (cluster.FailureDetector.IsMonitoring(address) && cluster.FailureDetector.IsAvailable(address)));

    private void Read(WatchedMember member, WatchedLife life)
    {
        member.IsBusy = true;
        StoredReports.Read(entry, life.Name, member.Id).PipeTo(
            Self,
            success: read => new WasRead(member, life, read.Reports, read.Trouble),
            failure: cause => new WasRead(member, life, [], $"its history could not be read: {cause.Message}"));
    }

    private void OnRead(WasRead read)
    {
        var (member, life) = (read.Member, read.Life);
        if (Done(member, read.Trouble))
        {
            life.Reported ??= new ReportedLife(member.Id, read.Reports.Count == 0 ? 0 : read.Reports[^1].Uid);
            life.Reported.Restore(read.Reports);
            life.ReadAt = context.Time.GetTimestamp();
            if (read.Reports.Count == 0 && life.IsOver && context.Ring?.Record.Contains(member.Id) == false)
            {
                members.Remove(member.Id); // its history was removed: to report its end would bring it back
            }
        }

        Act();
    }

    private void Report(WatchedMember member, WatchedLife life, ReachabilityReport report)
    {
        member.IsBusy = true;
        life.Reported!.Sent(report);
        var observation = new ReportedObservation
        {
            Node = life.Name,
            Hardware = member.Id.ToString(),
            Detector = ReachabilityDetector.Id,
            Kind = report.Kind,
            Id = report.Id,
            Reason = Reason(report.Kind, life.Sight),
        };
        entry.Ask<object>(new LocalReport(new ReportObservations([observation])), Patience).PipeTo(
            Self,
            success: reply => new WasReported(member, life, report, Trouble(reply), reply is ObservationsRecorded { Duplicates: > 0 }),
            failure: cause => new WasReported(member, life, report, cause.Message, false));
    }

    private void OnReported(WasReported reported)
    {
        if (Done(reported.Member, reported.Trouble is null ? null : $"{reported.Report.Kind} is not acknowledged: {reported.Trouble}"))
        {
            reported.Life.Reported!.Stored(reported.Report);
            log.Info("{0}: {1} reported", reported.Life.Name, reported.Report.Kind);
            if (reported.WasThere)
            {
                reported.Life.ReadAt = null; // with an earlier stamp, so perhaps not where it is thought to be
            }
        }

        Act();
    }

    // True when it went well; otherwise the next attempt comes after a pause.
    private bool Done(WatchedMember member, string? trouble)
    {
        member.IsBusy = false;
        if (trouble is null)
        {
            (member.Pause, member.NotBefore, member.Trouble) = (TimeSpan.Zero, 0, null);
            return true;
        }

        var pause = member.Pause == TimeSpan.Zero ? MinPause : member.Pause * 2;
        member.Pause = pause < MaxPause ? pause : MaxPause;
        if (member.Pause >= TellFrom && member.Trouble != trouble) // what lasts no longer than a change of the ring is no news
        {
            log.Warning("{0}: {1}; trying again", member.Current.Name, trouble);
            member.Trouble = trouble;
        }

        member.NotBefore = context.Time.GetTimestamp() + (long)(member.Pause.TotalSeconds * context.Time.TimestampFrequency);
        return false;
    }

    private static string? Trouble(object reply) => reply switch
    {
        ObservationsRecorded { Rejected: [var rejected, ..] } => rejected.Error,
        ObservationsRecorded { Retry.Count: > 0 } => "no majority of its replicas",
        ObservationsRecorded => null,
        ReportRejected refused => refused.Detail,
        TryAgain again => again.Reason,
        _ => $"unexpected reply {reply.GetType().Name}",
    };

    private static string? Reason(string kind, Sight sight) => (kind, sight) switch
    {
        (ReachabilityReport.Failure, Sight.Unreachable) => "its heartbeats stopped",
        (ReachabilityReport.Failure, _) => "it is gone from the cluster without having left it",
        (ReachabilityReport.Leave, _) => "it was stopped",
        _ => null,
    };

    private string NameOf(MemberId id, RingMember inRing) =>
        members.TryGetValue(id, out var watched) ? watched.Current.Name
        : context.Peers.Known.TryGetValue(id, out var address) ? NameOf(address)
        : inRing.Name;

    private static string NameOf(Address address) => $"{address.Host}:{address.Port}";

    private sealed record Tick : ILocalMessage
    {
        public static Tick Instance { get; } = new();
    }

    private sealed record WasRead(WatchedMember Member, WatchedLife Life, IReadOnlyList<ReachabilityReport> Reports, string? Trouble) : ILocalMessage;

    private sealed record WasReported(WatchedMember Member, WatchedLife Life, ReachabilityReport Report, string? Trouble, bool WasThere) : ILocalMessage;
}
