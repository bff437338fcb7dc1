using Akka.Actor;
using Akka.TestKit;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Retention;
using FailureHistory.Core.Ring;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Actors;
using FailureHistory.Node.Member;
using FailureHistory.Node.Queries;
using FailureHistory.Node.Retention;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Retention;

/// <summary>One forgetter at the only member; the test plays the copy that it reads and the gate that writes. The node failed 40 days ago.</summary>
[Trait("Rule", "R10.1")]
public sealed class ForgetterTests : ActorTest
{
    private static readonly NodeId Node = NodeId.FromName("n");
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    private readonly TestProbe node;
    private readonly MemberRig rig;
    private readonly SegmentMachine machine;
    private int reads;
    private Action<int> onRead = _ => { };

    public ForgetterTests(ITestOutputHelper output)
        : base(output)
    {
        node = CreateTestProbe("node");
        rig = new MemberRig(Sys, 1);
        machine = SegmentMachine.Restore(Segments.Of(Node), rig.Settings.Settle, [MemberRig.Failure("n", "1", -40 * 86_400)], []);
        Sys.ActorOf(Akka.Actor.Props.Create(() => new Voter(rig)), "fh-ring").Ask<ActorIdentity>(new Identify(1), TimeSpan.FromSeconds(5)).GetAwaiter().GetResult();
        var copy = Sys.ActorOf(Akka.Actor.Props.Create(() => new Copy(this)));
        rig.Context.SegmentActors = [.. Enumerable.Repeat(copy, 256)];
    }

    [Fact]
    public async Task What_failed_long_ago_is_forgotten_by_a_tombstone_that_lives_from_now_R9_7()
    {
        var forgetting = Forget();
        var written = Assert.Single(node.ExpectMsg<WriteTombstones>(TimeSpan.FromSeconds(10)).Tombstones);
        node.Reply(new TombstoneWritten(true));

        Assert.True((await forgetting).Forgotten);
        Assert.Equal(new Tombstone(Node, null, [], Forgetting.SettledAt(MemberRig.Second(0), rig.Settings.GateTimeout)), written);
    }

    [Fact]
    public async Task What_is_pinned_while_it_is_judged_is_not_forgotten()
    {
        onRead = read =>
        {
            if (read == 2)
            {
                machine.Apply(new Pin(Node, MemberRig.Second(1), true, "on loan", "ann"));
            }
        };

        Assert.Equal(new ForgetOutcome(false, null), await Forget());
        Assert.Equal(2, reads);
        node.ExpectNoMsg(TimeSpan.FromMilliseconds(200));
    }

    [Fact]
    public async Task Nothing_is_forgotten_once_rows_are_being_restored()
    {
        onRead = read =>
        {
            if (read == 2)
            {
                rig.Context.HoldForRestore();
            }
        };

        Assert.Equal(new ForgetOutcome(false, null), await Forget());
        Assert.Equal(2, reads);
        node.ExpectNoMsg(TimeSpan.FromMilliseconds(200));
    }

    private Task<ForgetOutcome> Forget() => new Forgetter(rig.Context, node.Ref).Forget(NodeReference.Of(Node), Month);

    private sealed class Voter : ReceiveActor
    {
        public Voter(MemberRig rig) => Receive<RingCheck>(check => Sender.Tell(new RingChecked { Member = check.Member, ClusterId = WireIds.Bytes(rig.Ring.Record.ClusterId), Version = rig.Ring.Version }));
    }

    private sealed class Copy : ReceiveActor
    {
        public Copy(ForgetterTests test)
        {
            var pages = new ObservationPages(test.machine);
            Receive<DigestQuery>(query =>
            {
                test.onRead(++test.reads);
                Sender.Tell(new DigestAnswer
                {
                    RingVersion = test.rig.Ring.Version,
                    Node = query.Node,
                    Member = WireIds.Bytes(test.rig.Self),
                    Digest = test.machine.DigestOf(Node),
                    Count = 1,
                    Counts = true,
                    Complete = true,
                });
            });
            Receive<PullNode>(ask =>
            {
                var page = pages.Of([WireIds.Node(ask.Node)], ask.Cursor);
                Sender.Tell(new NodePage
                {
                    RingVersion = test.rig.Ring.Version,
                    Node = ask.Node,
                    Member = WireIds.Bytes(test.rig.Self),
                    Payload = page.Payload,
                    Next = page.Next,
                    Counts = true,
                    CopyCounts = true,
                });
            });
        }
    }
}
