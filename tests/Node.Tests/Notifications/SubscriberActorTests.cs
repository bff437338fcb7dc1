using Akka.Actor;
using Akka.TestKit;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Notifications;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;
using FailureHistory.Messages;
using FailureHistory.Node.Notifications;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Notifications;

/// <summary>One subscriber at a member whose copies say what the test says (R8.2, R8.3, R8.5).</summary>
public sealed class SubscriberActorTests : ActorTest
{
    private const int Window = 10;
    private readonly TestProbe subscriber;
    private readonly MemberRig rig;
    private IReadOnlyList<NodeSideReading> present = [];

    public SubscriberActorTests(ITestOutputHelper output)
        : base(output)
    {
        subscriber = CreateTestProbe();
        rig = new MemberRig(Sys, members: 1, arguments: ["--notifications.window", "10", "--notifications.queue", "10"]);
        var copies = Sys.ActorOf(Akka.Actor.Props.Create(() => new Copies(this)));
        rig.Context.SegmentActors = [.. Enumerable.Repeat(copies, Segments.Count)];
    }

    [Fact]
    public void The_present_side_comes_first_then_synced_then_each_crossing_once_R8_2()
    {
        present = [Up("up")];
        var actor = Start();
        Assert.Equal(("up", CrossingDirection.Up, 1L), Told(subscriber.ExpectMsg<Crossing>()));
        Assert.Equal(2, subscriber.ExpectMsg<SubscriptionSynced>().Number);
        rig.Time.Advance(TimeSpan.FromSeconds(10));
        actor.Tell(Notices([Readings.Of("n", 1, 0.9), Readings.Of("n", 1, 0.9)]));
        actor.Tell(Notices([Readings.Of("n", 1, 0.9)]));
        actor.Tell(Notices([Readings.Of("n", 1, 0.9, 0.7, 0)]));
        var (up, down) = (subscriber.ExpectMsg<Crossing>(), subscriber.ExpectMsg<Crossing>());
        Assert.Equal(("n", CrossingDirection.Up, 3L), Told(up));
        Assert.Equal(("n", CrossingDirection.Down, 4L), Told(down));
        Assert.NotEqual(up.Id, down.Id);
        subscriber.ExpectNoMsg(TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public void What_the_raiser_knows_before_a_majority_does_is_told_once_that_knows_it_R8_3()
    {
        var actor = Start();
        rig.Time.Advance(TimeSpan.FromSeconds(10));
        var (up, down) = (Readings.Of("n", 1, 0.9), Readings.Of("n", 1, 0.9, 0));
        var reads = 0;
        NoticedNode Behind(PresentSequence reading, ulong report) => new(
            reading with { Reports = [report] },
            _ => Task.FromResult(++reads switch
            {
                <= 2 => new StoredPresents(_ => null, _ => false),
                3 => new StoredPresents(_ => up, report => report == 1),
                _ => new StoredPresents(_ => down, _ => true),
            }));
        actor.Tell(new Noticed([Behind(up, 1), Behind(down, 2)]));
        Assert.Equal([("n", CrossingDirection.Up), ("n", CrossingDirection.Down)], subscriber.ReceiveN(2).Cast<Crossing>().Select(c => (c.Node.Name!, c.Direction)));
        subscriber.ExpectNoMsg(TimeSpan.FromMilliseconds(300));
        Assert.InRange(reads, 4, 6);
    }

    [Fact]
    public void What_is_raised_while_the_present_is_read_is_told_after_it_R8_2()
    {
        var actor = Make(new Subscribe(null, 0.5));
        rig.Time.Advance(TimeSpan.FromSeconds(10));
        actor.Tell(Notices([Readings.Of("early", 11, 0.9)]));
        actor.Tell(InterestSpread.Instance);
        subscriber.ExpectMsg<SubscriptionSynced>();
        Assert.Equal("early", subscriber.ExpectMsg<Crossing>().Node.Name);
    }

    [Fact]
    public void A_slow_subscriber_is_cut_off_with_a_gap_notice_R8_5()
    {
        var actor = Start();
        Watch(actor);
        rig.Time.Advance(TimeSpan.FromSeconds(10));
        actor.Tell(Notices([.. Enumerable.Range(0, 50).Select(i => Readings.Of($"n{i}", 1, 0.9))]));
        var items = Enumerable.Range(1, Window - 1).Select(_ => subscriber.ExpectMsg<ISubscriptionItem>()).ToList();
        Assert.Equal(Enumerable.Range(2, Window - 1).Select(i => (long)i), items.Select(i => i.Number));
        var gap = subscriber.ExpectMsg<SubscriptionGap>();
        Assert.Equal((true, Window + 1L, items[^1].Cursor), (gap.Ended, gap.Number, gap.Cursor));
        Assert.Contains("more than 10 crossings wait", gap.Reason, StringComparison.Ordinal);
        ExpectTerminated(actor);
        subscriber.ExpectNoMsg(TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public void One_that_sees_nothing_for_a_minute_is_cut_off_too_R8_5()
    {
        var actor = Start();
        rig.Time.Advance(TimeSpan.FromSeconds(10));
        actor.Tell(Notices([.. Enumerable.Range(0, Window + 5).Select(i => Readings.Of($"n{i}", 1, 0.9))]));
        subscriber.ReceiveN(Window - 1);
        actor.Tell(new ReceivedUpTo(MemberRig.Second(5)));
        actor.Tell(new NotificationsSeen("s", 1)); // it moves, slowly
        Assert.IsType<Crossing>(subscriber.ExpectMsg<ISubscriptionItem>());
        actor.Tell(new ReceivedUpTo(MemberRig.Second(6)));
        Settled(actor);
        rig.Time.Advance(TimeSpan.FromSeconds(61));
        actor.Tell(new ReceivedUpTo(MemberRig.Second(7)));
        Assert.True(subscriber.ExpectMsg<SubscriptionGap>().Ended);
    }

    [Fact]
    public void A_subscriber_that_ends_is_forgotten_R8_5()
    {
        var actor = Start();
        Watch(actor);
        Sys.Stop(subscriber.Ref);
        ExpectTerminated(actor);
    }

    [Fact]
    public void One_that_was_away_too_long_gets_a_gap_and_the_present_R8_3()
    {
        present = [Up("up")];
        Make(new Subscribe(null, 0.5, LastId: $"{(MemberRig.Second(0) - TimeSpan.FromHours(25)).Ticks:x16}-{0:x16}")).Tell(InterestSpread.Instance);
        var gap = subscriber.ExpectMsg<SubscriptionGap>();
        Assert.False(gap.Ended);
        Assert.Contains("longer ago than failure-history.notifications.replay", gap.Reason, StringComparison.Ordinal);
        Assert.Equal("up", subscriber.ExpectMsg<Crossing>().Node.Name);
        Assert.Equal(3, subscriber.ExpectMsg<SubscriptionSynced>().Number);
    }

    [Fact]
    public void One_that_was_away_for_a_while_is_told_what_it_missed_and_not_what_it_saw_R8_3()
    {
        present = [new NodeSideReading(Readings.Of("n", -20, 0.9, 0.9, 0), Side.Down), Up("other")];
        var seen = NotificationId.Of(NodeId.FromName("n"), Readings.Threshold(0.5), Side.Up, present[0].Reading.Steps[0]);
        Make(new Subscribe(null, 0.5, LastId: seen)).Tell(InterestSpread.Instance);
        var told = new[] { subscriber.ExpectMsg<Crossing>(), subscriber.ExpectMsg<Crossing>() };
        subscriber.ExpectMsg<SubscriptionSynced>();
        Assert.Equal([("n", CrossingDirection.Down), ("other", CrossingDirection.Up)], told.Select(t => (t.Node.Name!, t.Direction)).Order());
    }

    [Fact]
    public void What_must_have_held_for_a_while_is_told_when_it_has_R8_1()
    {
        var actor = Make(new Subscribe(null, 0.5, null, TimeSpan.FromMilliseconds(300)));
        actor.Tell(InterestSpread.Instance);
        subscriber.ExpectMsg<SubscriptionSynced>();
        rig.Time.Advance(TimeSpan.FromSeconds(10.2));
        var gone = Readings.Of("gone", 10, 0.9);
        actor.Tell(Notices([Readings.Of("n", 10, 0.9), gone with { Steps = [.. gone.Steps, Readings.Present("gone", 10.1, 0)] }]));
        Settled(actor);
        Assert.False(subscriber.HasMessages);
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        actor.Tell(Notices([]));
        Assert.Equal("n", subscriber.ExpectMsg<Crossing>(TimeSpan.FromSeconds(5)).Node.Name);
        subscriber.ExpectNoMsg(TimeSpan.FromMilliseconds(100));
    }

    private static (string Name, CrossingDirection Direction, long Number) Told(Crossing crossing) => (crossing.Node.Name!, crossing.Direction, crossing.Number);

    // A majority says what the notice says.
    private static Noticed Notices(IEnumerable<PresentSequence> readings) =>
        new([.. readings.Select(r => new NoticedNode(r, _ => Task.FromResult(new StoredPresents(_ => r, _ => true))))]);

    private static NodeSideReading Up(string node) => new(Readings.Of(node, -5, 0.9), Side.Down);

    private IActorRef Start()
    {
        var actor = Make(new Subscribe(null, 0.5));
        actor.Tell(InterestSpread.Instance);
        if (present.Count == 0)
        {
            subscriber.ExpectMsg<SubscriptionSynced>(); // which it does not say it has seen
        }

        return actor;
    }

    private IActorRef Make(Subscribe request) => Sys.ActorOf(SubscriberActor.Props(rig.Context, "s", SubscriptionRequest.Read(request), subscriber.Ref, subscriber.Ref, new SemaphoreSlim(1)));

    // It has taken all that was sent before.
    private static void Settled(IActorRef actor) => actor.Ask<ActorIdentity>(new Identify(1), TimeSpan.FromSeconds(5)).GetAwaiter().GetResult();

    private sealed class Copies : ReceiveActor
    {
        private int segment;

        public Copies(SubscriberActorTests test) => Receive<ListLocalSides>(query =>
        {
            // Asked of each segment in turn.
            var own = segment++ % Segments.Count;
            var nodes = test.present.Where(n => Segments.Of(n.Reading.Node) == own).ToList();
            if (query.Since is { } since)
            {
                nodes = [.. nodes.Select(n => SegmentSides.Since(n.Reading, since, query.Threshold, test.rig.Settings.Notifications.Rules)).OfType<NodeSideReading>()];
            }
            else
            {
                nodes = [.. nodes.Select(n => SegmentSides.Now(n.Reading, query.Threshold, test.rig.Settings.Notifications.Rules)).OfType<NodeSideReading>()];
            }

            Sender.Tell(new LocalSides(nodes, null));
        });
    }
}
