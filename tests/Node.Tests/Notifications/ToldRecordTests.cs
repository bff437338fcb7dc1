using FailureHistory.Core.Identity;
using FailureHistory.Core.Notifications;
using FailureHistory.Core.Time;
using FailureHistory.Node.Notifications;
using Xunit;

namespace FailureHistory.Node.Tests.Notifications;

/// <summary>The cursor that goes with each item (R8.3).</summary>
public sealed class ToldRecordTests
{
    private readonly ToldRecord record = new(TimeSpan.FromSeconds(10));

    [Fact]
    public void While_the_present_is_told_the_cursor_says_how_far_R8_3()
    {
        record.BeginPresent(MemberRig.Second(100));
        Tell("a", 90, record.ToldPresent);
        var cursor = Read();
        Assert.Equal((MemberRig.Second(100), NodeId.FromName("a")), (cursor.Since, cursor.After!.Value));
        record.Synced(MemberRig.Second(110));
        Assert.Null(Read().After);
    }

    [Fact]
    public void Of_each_node_the_last_that_was_told_is_named_until_all_is_told_anyhow_R8_3()
    {
        record.BeginPresent(MemberRig.Second(100));
        record.Synced(MemberRig.Second(100));
        Tell("a", 101, record.ToldLive);
        Tell("b", 102, record.ToldLive);
        Tell("a", 103, record.ToldLive, Side.Down);
        Assert.Equal([(Brief("b"), Side.Up), (Brief("a"), Side.Down)], Read().Told.Select(t => (t.Node, t.Side)));
        Assert.Equal(Id(103), Read().LastId);

        record.MoveTo(MemberRig.Second(112)); // 102 is told anyhow, and a while ago
        Assert.Equal([(Brief("a"), Side.Down)], Read().Told.Select(t => (t.Node, t.Side)));
        record.MoveTo(MemberRig.Second(90));
        Assert.Equal(MemberRig.Second(112), record.Since);
        Tell("b", 125, record.ToldLive, Side.Down);
        record.MoveTo(MemberRig.Second(114));
        Assert.Equal(Id(125), record.Cursor); // the id alone says enough
    }

    [Fact]
    public void What_was_told_before_it_came_back_is_named_until_it_can_matter_no_more_R8_3()
    {
        var told = new ToldSide(Brief("a"), MemberRig.Second(95), Side.Up);
        record.BeginMissed(new SubscriptionCursor { LastId = Id(95), Since = MemberRig.Second(90), Told = [told, told with { Node = 7 }] }, MemberRig.Second(1000));
        Assert.Equal(2, Read().Told.Count);
        Tell("a", 97, record.ToldMissed, Side.Down);
        Assert.Equal([(7u, Side.Up), (Brief("a"), Side.Down)], Read().Told.Select(t => (t.Node, t.Side)));
        Assert.Equal(MemberRig.Second(97) - TimeSpan.FromTicks(1), record.Since);
        record.MoveTo(MemberRig.Second(115));
        Assert.Empty(Read().Told);
    }

    private static uint Brief(string node) => ToldSide.Brief(NodeId.FromName(node));

    private static string Id(double second) => $"{MemberRig.Second(second).Ticks:x16}-{0:x16}";

    private static void Tell(string node, double second, Action<NodeId, string, CrossingStep> tell, Side to = Side.Up) =>
        tell(NodeId.FromName(node), Id(second), new CrossingStep(to, MemberRig.Second(second), Readings.Present(node, second, 1)));

    private SubscriptionCursor Read() => SubscriptionCursor.Parse(record.Cursor);
}
