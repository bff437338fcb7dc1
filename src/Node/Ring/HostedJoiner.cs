using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using FailureHistory.Core.Identity;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Ring;

/// <summary>
/// In place of <see cref="Joiner"/> where the cluster is an application's (docs/decisions/22), <c>/user/fh-join</c>: never joins, forms or leaves the
/// Akka cluster. Once this member is up in it:
/// <list type="bullet">
/// <item>nobody has a ring: the oldest of those that may forms it, where its folder is empty, after it has been answered so by all the others for
/// <c>form-after</c>;</item>
/// <item>somebody has one: the keeper takes this member in (<see cref="RingKeeper"/>);</item>
/// <item>somebody has another one than this member: the one with more members stays, of two alike that of the older, and whoever has the other ends with
/// a line that says so. So a member that lost its disk and, alone, formed a new ring, does not stand against those that come back with the old one.</item>
/// </list>
/// </summary>
internal sealed class HostedJoiner : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan ProbeEvery = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan Recent = TimeSpan.FromSeconds(3);

    private readonly MemberContext context;
    private readonly bool mayForm;
    private readonly Cluster cluster = Cluster.Get(Context.System);
    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly Dictionary<Address, (UInt128? Ring, int Size, bool MayForm, long At)> answers = [];
    private long? aloneSince;
    private bool formed;

    public HostedJoiner(MemberContext context, bool mayForm)
    {
        this.context = context;
        this.mayForm = mayForm;
        Receive<ProbeNow>(_ => OnTick());
        Receive<Probe>(_ => OnProbe());
        Receive<ProbeReply>(OnReply);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(MemberContext context, bool mayForm) => Akka.Actor.Props.Create(() => new HostedJoiner(context, mayForm));

    protected override void PreStart() => Timers.StartPeriodicTimer("probe", ProbeNow.Instance, TimeSpan.Zero, ProbeEvery);

    private bool IsUp => cluster.SelfMember.Status == MemberStatus.Up;

    private void OnTick()
    {
        if (!IsUp)
        {
            context.JoiningStatus = "the application's cluster has not taken this process in yet";
            return;
        }

        var others = cluster.State.Members
            .Where(m => m.HasRole(MemberRoles.Member) && m.Address != cluster.SelfAddress && m.Status is not (MemberStatus.Down or MemberStatus.Removed or MemberStatus.Exiting))
            .ToList();
        foreach (var gone in answers.Keys.Except(others.Select(o => o.Address)).ToList())
        {
            answers.Remove(gone);
        }

        // Once this member is in the ring, those that are in it too have nothing more to say.
        var inRing = context.Ring is { } known && known.Record.Contains(context.Id) ? known.Record : null;
        foreach (var other in others.Where(o => inRing is null || MemberRoles.Of(o).Id is not { } id || !inRing.Contains(id)))
        {
            context.Peers.RefAt(other.Address, "fh-join").Tell(
                new Probe { Member = WireIds.Bytes(context.Id), RingVersion = context.Ring?.Version ?? 0, Name = context.Name, State = 1 }, Self);
        }

        if (IsForeign(others))
        {
            return;
        }

        if (context.Ring is not null)
        {
            context.JoiningStatus = string.Empty;
            return;
        }

        FormIfItIsOurTurn(others);
    }

    // The larger ring is the cluster's, of two alike that of the older member: all see the same sizes and the same order of age.
    private bool IsForeign(List<Akka.Cluster.Member> others)
    {
        var largest = others.Where(m => m.Status == MemberStatus.Up && RingOf(m) is not null)
            .OrderByDescending(m => answers.GetValueOrDefault(m.Address).Size).ThenBy(m => m, Akka.Cluster.Member.AgeOrdering).FirstOrDefault();
        if (largest is null)
        {
            return false;
        }

        var (theirs, size, name) = (RingOf(largest)!.Value, answers.GetValueOrDefault(largest.Address).Size, $"{largest.Address.Host}:{largest.Address.Port}");
        if (context.Ring is { } ring && ring.Record.ClusterId != theirs)
        {
            var own = ring.Record.Members.Count;
            if (size == 0 || size < own || (size == own && !largest.IsOlderThan(cluster.SelfMember)))
            {
                return false; // it has not answered yet, or it is the one to give way
            }

            context.Fail(
                $"the data folder {context.Settings.Data} belongs to cluster {ring.Record.ClusterId:x32} of the Failure History Service with {own} members, but {name} of this application's cluster to {theirs:x32} with {size}; "
                + "if that one is right, keep this folder aside and start with an empty one to join it; else stop those that belong to it");
            return true;
        }

        // The ring itself may have come meanwhile: by asking, which looks at no k.
        var k = MemberRoles.Of(largest).ReplicationFactor;
        if (k == context.Settings.ReplicationFactor)
        {
            return false;
        }

        context.Fail($"failure-history.replication-factor is {context.Settings.ReplicationFactor} here and {k} at {name}; it must be the same in the whole cluster");
        return true;
    }

    private UInt128? RingOf(Akka.Cluster.Member member) =>
        answers.TryGetValue(member.Address, out var answer) && answer.Ring is { } told ? told
        : UInt128.TryParse(MemberRoles.Of(member).Ring, System.Globalization.NumberStyles.AllowHexSpecifier, null, out var began) ? began
        : null;

    private void FormIfItIsOurTurn(List<Akka.Cluster.Member> others)
    {
        var silent = others.Where(m => !answers.TryGetValue(m.Address, out var a) || context.Time.GetElapsedTime(a.At) > Recent).ToList();
        var withRing = others.FirstOrDefault(m => RingOf(m) is not null);
        if (withRing is not null || silent.Count > 0 || !mayForm || others.Any(m => m.IsOlderThan(cluster.SelfMember) && answers[m.Address].MayForm))
        {
            aloneSince = null;
            context.JoiningStatus = withRing is not null ? $"{withRing.Address} knows a ring; it comes from there"
                : silent.Count > 0 ? $"no answer yet from {string.Join(", ", silent.Select(m => m.Address))}: whether a ring is known there must be known before one is formed"
                : !mayForm ? "no member knows a ring, and this one may not form it (MayForm is off, or a ring was lost from its data folder)"
                : "no member knows a ring; the oldest member that may forms it after failure-history.form-after, if its data folder is empty";
            return;
        }

        aloneSince ??= context.Time.GetTimestamp();
        var waited = context.Time.GetElapsedTime(aloneSince.Value);
        context.JoiningStatus = $"no member knows a ring; this one, the oldest, forms it after {context.Settings.FormAfter.TotalSeconds:0.#} s";
        if (!formed && waited >= context.Settings.FormAfter)
        {
            formed = true;
            log.Info("no member of the application's cluster knows a ring: forming {0:x32}", NewRing.Form(context));
        }
    }

    private void OnProbe()
    {
        var reply = new ProbeReply
        {
            Member = WireIds.Bytes(context.Id),
            RingVersion = context.Ring?.Version ?? 0,
            Name = context.Name,
            State = IsUp ? 1u : 0u,
            ClusterSize = cluster.State.Members.Count,
            ClusterLeader = cluster.State.Leader?.ToString() ?? string.Empty,
            Address = context.Peers.SelfAddress.ToString(),
            MayForm = mayForm,
        };
        if (context.Ring is { } ring)
        {
            reply.ClusterId = WireIds.Bytes(ring.Record.ClusterId);
            reply.RingSize = ring.Record.Members.Count;
        }

        Sender.Tell(reply);
    }

    private void OnReply(ProbeReply reply)
    {
        if (Address.TryParse(reply.Address, out var address))
        {
            answers[address] = (reply.ClusterId.IsEmpty ? null : WireIds.Cluster(reply.ClusterId), reply.RingSize, reply.MayForm, context.Time.GetTimestamp());
        }
    }

    private sealed record ProbeNow : ILocalMessage
    {
        public static ProbeNow Instance { get; } = new();
    }
}
