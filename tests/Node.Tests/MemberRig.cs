using Akka.Actor;
using Akka.TestKit;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;
using FailureHistory.Node.Configuration;
using FailureHistory.Node.Member;
using Microsoft.Extensions.Time.Testing;

namespace FailureHistory.Node.Tests;

/// <summary>
/// What the actors of one member share, in a test: fake time, a ring of <c>self</c> and others, and the others' actors played by the test. All
/// others live at this system's own address, so that what is sent to any of them arrives at <c>/user/fh/…</c> here: see <see cref="Others"/>.
/// </summary>
internal sealed class MemberRig
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public MemberRig(ActorSystem system, int members = 3, string[]? arguments = null, int self = 0, ClusterTools? tools = null)
    {
        Time = new FakeTimeProvider(Start);
        Ids = [.. Enumerable.Range(1, members).Select(Id)];
        Self = Ids[self];
        Settings = NodeSettings.Load(["--http", "off", .. arguments ?? []]);
        var peers = new Peers(system, Self);
        Context = tools is null ? new MemberContext(Self, Settings, Time, peers, system) : new MemberContext(Self, Settings, Time, peers, system) { Tools = tools };
        foreach (var id in Ids)
        {
            Context.Peers.Learn(id, Context.Peers.SelfAddress);
        }

        var ring = RingChanges.Form(7, Member(Ids[0]), Settings.ReplicationFactor);
        foreach (var id in Ids.Skip(1))
        {
            ring = RingChanges.Add(ring, Member(id));
        }

        Context.Ring = RingView.Of(ring);
    }

    public FakeTimeProvider Time { get; }

    public NodeSettings Settings { get; }

    public MemberContext Context { get; }

    public RingView Ring => Context.Ring!;

    /// <summary>The members of the ring.</summary>
    public IReadOnlyList<MemberId> Ids { get; }

    /// <summary>The member under test: the first, unless said otherwise.</summary>
    public MemberId Self { get; }

    public static MemberId Id(int i) => new((UInt128)(ulong)i << 100);

    public static RingMember Member(MemberId id, string zone = "") => new(id, zone, $"h:{id.Value >> 100}", $"akka.tcp://failure-history@h:{id.Value >> 100}");

    /// <summary>The next version of the ring, with one member more.</summary>
    public RingView Grow()
    {
        var next = RingView.Of(RingChanges.Add(Ring.Record, Member(Id(Ring.Record.Members.Count + 1))));
        Context.Ring = next;
        return next;
    }

    /// <summary>What is sent to these actors (below <c>/user/fh</c>) of the other members arrives at the probe.</summary>
    public static void Others(TestKitBase kit, TestProbe probe, params string[] names)
    {
        var parent = kit.Sys.ActorOf(Props.Create(() => new Parent(names, probe.Ref)), "fh");
        parent.Ask<ActorIdentity>(new Identify(1), TimeSpan.FromSeconds(5)).GetAwaiter().GetResult(); // its children are there once it answers
    }

    /// <summary>What is sent to <c>/user/name</c>, of whichever member, arrives at the probe.</summary>
    public static void At(string name, TestProbe probe) => probe.Sys.ActorOf(Props.Create(() => new Relay(probe)), name);

    /// <summary>A report as stored, with everything but what a test names.</summary>
    public static Observation Failure(string node, string id, double second = 0, string detector = "ping") => new()
    {
        Node = NodeId.FromName(node),
        Name = node,
        Kind = ObservationKind.Failure,
        Detector = detector,
        Id = id,
        At = Second(second),
        ReceivedAt = Second(second),
        Accuracy = 50,
    };

    public static Stamp Second(double second) => Stamp.From(Start) + TimeSpan.FromSeconds(second);

    private sealed class Parent : ReceiveActor
    {
        public Parent(string[] names, IActorRef probe)
        {
            foreach (var name in names)
            {
                Context.ActorOf(Props.Create(() => new Relay(probe)), name);
            }

            ReceiveAny(_ => { });
        }
    }

    private sealed class Relay : ReceiveActor
    {
        public Relay(IActorRef probe) => ReceiveAny(m => probe.Forward(m));
    }
}
