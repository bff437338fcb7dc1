using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Ring;

/// <summary>
/// How a member finds its cluster (R9.11), <c>/user/fh-join</c>. It probes the seeds and the ring's last addresses, by plain remoting:
/// <list type="bullet">
/// <item>one answers that is in a cluster: join that one;</item>
/// <item>a majority of the ring waits like this one: the one with the lowest id forms the cluster, the others then join it;</item>
/// <item>nobody answers for <c>form-after</c>: the lowest of those that wait forms provisionally; without a majority of the ring nothing is
/// acknowledged, whoever formed it;</item>
/// <item>an empty folder without seeds: form a new cluster and its ring;</item>
/// <item>in a cluster: go on probing for the ring's missing members; where another cluster of the same ring is found, the smaller side starts
/// again and joins the larger.</item>
/// </list>
/// A seed does the same without a ring: it waits until somebody answers. Where nobody does though somebody listens there, see <see cref="DeafnessCheck"/>.
/// </summary>
internal sealed class Joiner : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan ProbeEvery = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan ProbeInClusterEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Recent = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan JoinPatience = TimeSpan.FromSeconds(15);

    private readonly MemberContext context;
    private readonly Cluster cluster = Cluster.Get(Context.System);
    private readonly bool isSeed;
    private readonly bool mayFormNew;
    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly Dictionary<MemberId, long> waitingOthers = [];
    private readonly Dictionary<MemberId, int> seenElsewhere = [];
    private readonly HashSet<Address> answered = [];
    private readonly DeafnessCheck deafness;
    private long waitsSince;
    private long joinedAt;
    private Address? joining;
    private bool up;

    public Joiner(MemberContext context, bool isSeed, bool mayFormNew)
    {
        this.context = context;
        this.isSeed = isSeed;
        this.mayFormNew = mayFormNew;
        waitsSince = context.Time.GetTimestamp();
        deafness = new DeafnessCheck(context.Time);
        Receive<DeafnessCheck.Found>(OnListener);
        Receive<ProbeNow>(_ => OnTick());
        Receive<Probe>(OnProbe);
        Receive<ProbeReply>(OnReply);
        Receive<SelfIsUp>(_ => OnUp());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(MemberContext context, bool isSeed, bool mayFormNew) => Akka.Actor.Props.Create(() => new Joiner(context, isSeed, mayFormNew));

    protected override void PreStart()
    {
        var self = Self;
        cluster.RegisterOnMemberUp(() => self.Tell(SelfIsUp.Instance));
        Timers.StartPeriodicTimer("probe", ProbeNow.Instance, TimeSpan.Zero, ProbeEvery);
    }

    private IEnumerable<Address> Candidates =>
        context.Settings.Seeds.Concat(context.Peers.Known.Where(p => p.Key != context.Id).Select(p => p.Value)).Distinct().Where(a => a != context.Peers.SelfAddress);

    private void OnTick()
    {
        if (!up || cluster.State.Members.Count <= 1)
        {
            deafness.Look([.. Candidates], Self);
        }

        if (up)
        {
            ProbeAll(missingOnly: true);
            return;
        }

        if (joining is not null)
        {
            if (context.Time.GetElapsedTime(joinedAt) < JoinPatience)
            {
                return;
            }

            // Whoever answered is gone again, or did not let this member in yet: it was there, so this is no time to form without it.
            joining = null;
            waitsSince = context.Time.GetTimestamp();
        }

        if (context.Ring is null && mayFormNew && !isSeed)
        {
            FormNew();
            return;
        }

        ProbeAll(missingOnly: false);
        FormIfItIsOurTurn();
        Explain();
    }

    // Remoting that is stuck (this actor system is quarantined by the others, say) heals by a new actor system alone.
    private void OnListener(DeafnessCheck.Found found)
    {
        if (found.Listener is { } address && deafness.IsDue)
        {
            log.Warning("{0} takes connections, but nobody has answered for {1} s: the actor system is started anew", address, DeafnessCheck.Patience.TotalSeconds);
            context.StartsAgain = true;
            context.System.Terminate();
        }
        else
        {
            deafness.Heard();
        }
    }

    private void FormNew()
    {
        log.Info("empty data folder and no seeds: forming the new cluster {0:x32}", NewRing.Form(context));
        Join(context.Peers.SelfAddress);
    }

    private void FormIfItIsOurTurn()
    {
        if (isSeed || context.Ring is not { } ring)
        {
            return;
        }

        var waiting = waitingOthers.Where(w => context.Time.GetElapsedTime(w.Value) < Recent).Select(w => w.Key).Where(ring.Record.Contains).ToList();
        var waited = context.Time.GetElapsedTime(waitsSince);
        var isLowest = waiting.All(other => context.Id < other);
        var majority = waiting.Count + 1 >= Segments.Majority(ring.Record.Members.Count);
        // Two rounds of probes, so that a cluster that is up has been heard; longer where --seeds names somebody who is not of this ring and has
        // not answered yet: that may be another cluster, which this member must not find out after it formed its own (R9.2).
        if (isLowest && ((majority && !StrangersAreSilent(ring) && waited > ProbeEvery * 2.5) || waited > context.Settings.FormAfter))
        {
            log.Info(majority ? "a majority of the ring waits: forming the cluster" : "nobody of the ring answers: forming provisionally; nothing is acknowledged until a majority is back");
            Join(context.Peers.SelfAddress);
        }
    }

    private bool StrangersAreSilent(RingView ring)
    {
        var own = context.Peers.Known.Where(p => ring.Record.Contains(p.Key)).Select(p => p.Value);
        return context.Settings.Seeds.Except(own).Except(answered).Any();
    }

    private void Explain()
    {
        var asked = string.Join(", ", Candidates);
        context.JoiningStatus = context.Ring is null
            ? $"no cluster answers at {asked}; a member with --seeds never forms a new one: start the first member with an empty data folder and without --seeds, or correct --seeds"
            : $"none of the ring's members answers yet ({asked})";
    }

    private void ProbeAll(bool missingOnly)
    {
        if (missingOnly && context.Time.GetElapsedTime(lastProbe) < ProbeInClusterEvery)
        {
            return;
        }

        lastProbe = context.Time.GetTimestamp();
        var known = cluster.State.Members.Select(m => m.Address).ToHashSet();
        var probe = new Probe
        {
            Member = WireIds.Bytes(context.Id),
            RingVersion = context.Ring?.Version ?? 0,
            Name = context.Name,
            Seed = isSeed,
            State = up ? 1u : 0u,
        };
        if (context.Ring is { } ring)
        {
            probe.ClusterId = WireIds.Bytes(ring.Record.ClusterId);
        }

        // In a cluster whoever is in the ring or a seed is missed; a member that was replaced is not.
        var left = missingOnly && context.Ring is { } inForce
            ? context.Peers.Known.Where(p => !inForce.Record.Contains(p.Key)).Select(p => p.Value).Except(context.Settings.Seeds).ToHashSet()
            : [];
        foreach (var address in Candidates.Where(a => !missingOnly || !(known.Contains(a) || left.Contains(a))))
        {
            context.Peers.RefAt(address, "fh-join").Tell(probe, Self);
        }
    }

    private long lastProbe;

    private void OnProbe(Probe probe)
    {
        NoteWaiting(WireIds.Member(probe.Member), probe.Seed, probe.State);
        if (!probe.Seed)
        {
            context.Peers.Learn(WireIds.Member(probe.Member), Sender.Path.Address);
        }

        var state = cluster.State;
        var reply = new ProbeReply
        {
            Member = WireIds.Bytes(context.Id),
            RingVersion = context.Ring?.Version ?? 0,
            Name = context.Name,
            Seed = isSeed,
            State = up ? 1u : 0u,
            ClusterSize = state.Members.Count,
            RingMembersUp = RingMembersUp(),
            ClusterLeader = state.Leader?.ToString() ?? string.Empty,
            Address = context.Peers.SelfAddress.ToString(),
        };
        if (context.Ring is { } ring)
        {
            reply.ClusterId = WireIds.Bytes(ring.Record.ClusterId);
            reply.Ring = ring.Record.ToWire();
        }

        Sender.Tell(reply);
    }

    private void OnReply(ProbeReply reply)
    {
        var id = WireIds.Member(reply.Member);
        deafness.Heard();
        answered.Add(Sender.Path.Address);
        if (reply.Ring is { } theirs && IsForeign(theirs.ToRecord(), reply.Name))
        {
            return;
        }

        NoteWaiting(id, reply.Seed, reply.State);
        if (reply.State == 0 || !Address.TryParse(reply.Address, out var address))
        {
            return;
        }

        if (!up)
        {
            // A new member counts in majorities from the moment that the ring takes it in: it had better be able to store by then.
            if (joining is null && (isSeed || context.IsRecovered || context.Ring?.Record.Contains(context.Id) == true))
            {
                Join(address);
            }

            return;
        }

        YieldIfSmaller(id, reply);
    }

    // True, and the end of this member, where the other belongs to another cluster or is configured otherwise (R9.1, R9.2).
    private bool IsForeign(RingRecord theirs, string name)
    {
        if (context.Ring is { } ring && theirs.ClusterId != ring.Record.ClusterId)
        {
            if (!up)
            {
                context.Fail($"this member belongs to cluster {ring.Record.ClusterId:x32}, but {name} to {theirs.ClusterId:x32}; correct --seeds, or start with an empty data folder to join that cluster");
            }

            return true;
        }

        if (!isSeed && context.Ring is null && theirs.ReplicationFactor != context.Settings.ReplicationFactor)
        {
            context.Fail($"failure-history.replication-factor is {context.Settings.ReplicationFactor} here and {theirs.ReplicationFactor} in the cluster of {name}; it must be the same in the whole cluster");
            return true;
        }

        return false;
    }

    private void NoteWaiting(MemberId member, bool seed, uint state)
    {
        if (state == 0 && !seed)
        {
            waitingOthers[member] = context.Time.GetTimestamp();
        }
        else
        {
            waitingOthers.Remove(member);
        }
    }

    // Another cluster of the same ring: the side with fewer of the ring's members starts again and joins the other.
    private void YieldIfSmaller(MemberId other, ProbeReply reply)
    {
        var members = cluster.State.Members.Select(m => m.Address.ToString()).ToHashSet();
        if (reply.ClusterLeader.Length == 0 || members.Contains(reply.ClusterLeader) || members.Contains(reply.Address))
        {
            seenElsewhere.Remove(other);
            return;
        }

        var ours = RingMembersUp();
        var smaller = reply.RingMembersUp > ours
            || (reply.RingMembersUp == ours && string.CompareOrdinal(reply.ClusterLeader, cluster.State.Leader?.ToString()) < 0);
        if (!smaller)
        {
            return;
        }

        seenElsewhere[other] = seenElsewhere.GetValueOrDefault(other) + 1;
        if (seenElsewhere[other] >= 2)
        {
            log.Warning("{0} is in another cluster of this ring with {1} of its members; this side has {2}: starting again to join it", reply.Name, reply.RingMembersUp, ours);
            context.StartsAgain = true;
            CoordinatedShutdown.Get(context.System).Run(CoordinatedShutdown.ClusterLeavingReason.Instance);
        }
    }

    private int RingMembersUp() => context.Ring is { } ring
        ? cluster.State.Members.Count(m => m.Status == MemberStatus.Up && MemberRoles.Of(m).Id is { } id && ring.Record.Contains(id) && context.Peers.IsReachable(id))
        : 0;

    private void Join(Address address)
    {
        joining = address;
        joinedAt = context.Time.GetTimestamp();
        context.JoiningStatus = $"joining the cluster at {address}";
        if (address == context.Peers.SelfAddress)
        {
            cluster.Join(address);
        }
        else
        {
            cluster.JoinSeedNodes([address]);
        }
    }

    private void OnUp()
    {
        up = true;
        context.JoiningStatus = string.Empty;
        waitingOthers.Clear();
    }

    private sealed record ProbeNow : ILocalMessage
    {
        public static ProbeNow Instance { get; } = new();
    }

    private sealed record SelfIsUp : ILocalMessage
    {
        public static SelfIsUp Instance { get; } = new();
    }
}
