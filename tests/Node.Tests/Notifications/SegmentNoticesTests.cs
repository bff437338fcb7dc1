using Akka.TestKit;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Notifications;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;
using FailureHistory.Node.Member;
using FailureHistory.Node.Notifications;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Notifications;

/// <summary>What of one copy's changes is offered to be raised, and which of its nodes a subscriber must hear of (DESIGN D12, R8.2).</summary>
public sealed class SegmentNoticesTests : ActorTest
{
    private const int Segment = 77;
    private static readonly IReadOnlyList<string> Names = Readings.NamesIn(Segment, 60);

    private readonly TestProbe subscriptions;
    private readonly MemberRig rig;
    private readonly SegmentMachine machine = new(Segment, TimeSpan.FromMinutes(1));
    private readonly SegmentNotices notices;
    private readonly SegmentSides sides;

    public SegmentNoticesTests(ITestOutputHelper output)
        : base(output)
    {
        subscriptions = CreateTestProbe();
        rig = new MemberRig(Sys);
        rig.Context.Subscriptions = subscriptions.Ref;
        notices = new SegmentNotices(Segment, machine, rig.Context);
        sides = new SegmentSides(machine, rig.Context);
    }

    [Fact]
    public void With_no_subscriber_100_000_nodes_cost_no_message_D12()
    {
        for (var i = 0; i < 100_000; i++)
        {
            // As if the copy held them, but it holds none: had it been read, nothing would have been found to send; so one that would be is there, too.
            notices.Note(MemberRig.Failure($"n{i}", "i", 1), rig.Context.Wall);
            if (i % 1000 == 0)
            {
                Apply(Names[0], $"i{i}", i / 1000.0);
                notices.Committed(serves: true);
            }
        }

        notices.RaiseUnseen(Stamp.Zero);
        subscriptions.ExpectNoMsg(TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public void With_a_subscriber_a_commit_costs_one_message_for_all_that_it_changed_D12()
    {
        Want(NodePatterns.All, 0.5);
        foreach (var name in Names)
        {
            Apply(name, "i", 1);
        }

        notices.Committed(serves: true);
        var changed = subscriptions.ExpectMsg<VerdictsChanged>();
        Assert.Equal(Names.Order(StringComparer.Ordinal), changed.Readings.Select(r => r.Name!).Order(StringComparer.Ordinal));
        Assert.Equal((Segment, Rank()), (changed.Segment, changed.Rank));
        Assert.All(changed.Readings, r => Assert.Equal((1.0, true), (r.Last.Probability!.Value, r.FromStart)));

        notices.Committed(serves: true); // nothing new
        Apply(Names[0], "again", 2); // a repeat: P stays
        notices.Committed(serves: true);
        subscriptions.ExpectNoMsg(TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public void What_nobody_wants_to_know_is_not_sent_D12()
    {
        Want(NodePatterns.Parse([Names[1]]), 0.5);
        Apply(Names[0], "i", 1);
        Apply(Names[1], "i", 1, total: 1000);
        notices.Committed(serves: true);
        subscriptions.ExpectNoMsg(TimeSpan.FromMilliseconds(100));
        Apply(Names[1], "other", 2, total: 50, detector: "pong");
        notices.Committed(serves: true);
        Assert.Equal(Names[1], Assert.Single(subscriptions.ExpectMsg<VerdictsChanged>().Readings).Name);
    }

    [Fact]
    public void What_a_copy_takes_in_while_it_fetches_is_no_news_R8_2()
    {
        Want(NodePatterns.All, 0.5);
        Apply(Names[0], "i", 1);
        notices.Committed(serves: false);
        notices.Committed(serves: true);
        subscriptions.ExpectNoMsg(TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public void What_may_not_have_been_raised_is_offered_again_at_once_while_it_is_recent_R8_6()
    {
        Apply(Names[0], "i", 1);
        Apply(Names[1], "i", 50);
        notices.Committed(serves: true);
        Want(NodePatterns.All, 0.5);
        notices.RaiseUnseen(MemberRig.Second(10));
        var unseen = subscriptions.ExpectMsg<VerdictsChanged>();
        Assert.Equal((0, Names[1]), (unseen.Rank, Assert.Single(unseen.Readings).Name));
        rig.Time.Advance(TimeSpan.FromMinutes(3));
        notices.RaiseUnseen(Stamp.Zero);
        subscriptions.ExpectNoMsg(TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public void The_nodes_that_are_up_come_page_by_page_each_once_R8_2()
    {
        for (var i = 0; i < Names.Count; i++)
        {
            Apply(Names[i], "i", i, total: i % 3 == 0 ? 1000 : 50);
        }

        var found = new List<NodeId>();
        NodeId? after = null;
        var pages = 0;
        do
        {
            var page = sides.List(new ListLocalSides(NodePatterns.All, Readings.Threshold(0.5), null, after, 500));
            Assert.InRange(page.Nodes!.Sum(n => n.Reading.ToWire().CalculateSize()), 1, 500);
            found.AddRange(page.Nodes!.Select(n => n.Reading.Node));
            after = page.Next;
            Assert.True(++pages <= 60, $"{pages} pages, {found.Count} nodes");
        }
        while (after is not null);

        Assert.True(pages > 5, $"{pages} pages");
        Assert.Equal(Names.Where((_, i) => i % 3 != 0).Select(NodeId.FromName).Order(), found);
        Assert.Single(sides.List(new ListLocalSides(NodePatterns.All, Readings.Threshold(0.5), null, null, 0)).Nodes!);
    }

    [Fact]
    public void Since_a_moment_only_nodes_with_something_after_it_come_with_the_side_before_R8_3()
    {
        Apply(Names[0], "i", 1);
        Apply(Names[1], "i", 1);
        Apply(Names[1], "j", 20, kind: ObservationKind.Join);
        Apply(Names[2], "i", 20);
        var listed = Since(10);
        Assert.Equal(
            new[] { (NodeId.FromName(Names[1]), Side.Up), (NodeId.FromName(Names[2]), Side.Down) }.OrderBy(n => n.Item1),
            listed.Select(n => (n.Reading.Node, n.Before)));
        Assert.Empty(Since(31));
        Apply(Names[0], "j", 40, kind: ObservationKind.Join);
        Assert.Equal((NodeId.FromName(Names[0]), Side.Up), Assert.Single(Since(35).Select(n => (n.Reading.Node, n.Before))));
    }

    [Fact]
    public void A_late_recovery_that_was_pending_at_the_moment_is_not_passed_over_R8_3()
    {
        // Came at 200, 100 s late: told at 210 (late-hold). Who left at 205 was told up and must be told down.
        Apply(Names[0], "i", 1);
        Apply(Names[0], "j", 100, kind: ObservationKind.Join, receivedAt: 200);
        var side = Assert.Single(Since(205));
        Assert.Equal(Side.Up, side.Before);
        var sequence = new ToldSequence(Readings.Threshold(0.5), Readings.Rules, side.Before, MemberRig.Second(205));
        Assert.True(sequence.Knows(side.Reading));
        Assert.Equal(Side.Down, Assert.Single(sequence.Take(side.Reading, MemberRig.Second(300))).To);
    }

    private IReadOnlyList<NodeSideReading> Since(double second) =>
        sides.List(new ListLocalSides(NodePatterns.All, Readings.Threshold(0.5), MemberRig.Second(second), null, 40_000)).Nodes!;

    private void Want(NodePatterns nodes, double above) => rig.Context.Interest = new InterestView([InterestFilter.Of([(nodes, Readings.Threshold(above))])]);

    private void Apply(
        string node, string id, double second, double total = 50, string detector = "ping", ObservationKind kind = ObservationKind.Failure, double? receivedAt = null)
    {
        var observation = MemberRig.Failure(node, id, second, detector) with { Total = total, Explicit = true, Kind = kind, ReceivedAt = MemberRig.Second(receivedAt ?? second) };
        machine.Apply(observation);
        notices.Note(observation, rig.Context.Wall);
    }

    private int Rank() => rig.Ring.Placement.Replicas(Segment).ToList().IndexOf(rig.Self);
}
