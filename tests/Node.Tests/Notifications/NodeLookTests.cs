using FailureHistory.Core.Notifications;
using FailureHistory.Core.Time;
using FailureHistory.Node.Notifications;
using Xunit;

namespace FailureHistory.Node.Tests.Notifications;

/// <summary>How long a node is looked at of which one copy knows something that a majority lacks (R8.3).</summary>
[Trait("Rule", "R8.3")]
public sealed class NodeLookTests
{
    private static readonly StoredPresents Nothing = new(_ => null, _ => false);

    [Fact]
    public void It_is_over_once_a_majority_has_all()
    {
        var look = new NodeLook();
        look.Begin(Notice(1, 2), At(0));
        Assert.True(look.IsReading);
        Assert.Null(look.End(Has(2)));
        Assert.Equal(At(0), look.LacksSince);
        Assert.Equal(0.1, look.NextAfter(At(0))!.Value.TotalSeconds);
        look.BeginAgain();
        Assert.Null(look.End(Has(1, 2)));
        Assert.Null(look.NextAfter(At(1)));
        Assert.Null(look.LacksSince);
    }

    [Fact]
    public void What_was_noticed_meanwhile_is_given_where_the_reading_does_not_have_it_and_nothing_noticed_before_it_is_forgotten()
    {
        var look = new NodeLook();
        look.Begin(Notice(1), At(0));
        look.Note(Notice(2), At(1));
        var last = Notice(3);
        look.Note(last, At(2));
        Assert.Same(last, look.End(Has(1)));
        look.Begin(last, At(3));
        Assert.Null(look.End(Has(1, 3)));
        Assert.Equal(At(1), look.LacksSince); // the second, which no reading has shown

        look.BeginAgain();
        look.Note(Notice(4), At(4));
        Assert.Null(look.End(Has(2, 4))); // the reading had it already
    }

    [Fact]
    public void What_no_majority_ever_has_is_looked_for_longer_than_nobody_raises_it_again_and_later_each_time()
    {
        var look = new NodeLook();
        var notice = Notice(1);
        look.Begin(notice, At(0));
        var pauses = new List<double>();
        var now = 0.0;
        for (look.End(Nothing); look.NextAfter(At(now)) is { } after && pauses.Count < 1000; look.End(Nothing))
        {
            pauses.Add(after.TotalSeconds);
            now += after.TotalSeconds;
            Assert.NotSame(notice, look.BeginAgain()); // a reading of its own
        }

        Assert.InRange(now, NoticeRaiser.Memory.TotalSeconds, NoticeRaiser.Memory.TotalSeconds + 20);
        Assert.InRange(pauses.Count, 10, 40);
        Assert.Equal(pauses.Order(), pauses);
        Assert.Null(look.LacksSince);
    }

    [Fact]
    public void A_report_that_never_comes_does_not_cut_short_the_look_for_a_later_one()
    {
        var look = new NodeLook();
        look.Begin(Notice(1), At(0));
        look.End(Nothing);
        look.Begin(Notice(2), At(125));
        look.End(Nothing);
        Assert.Equal(0.1, look.NextAfter(At(135))!.Value.TotalSeconds);
        Assert.Equal(At(125), look.LacksSince);
    }

    private static Stamp At(double seconds) => MemberRig.Second(seconds);

    private static NoticedNode Notice(params ulong[] reports) => new(Readings.Of("n", 1, 0.9) with { Reports = reports }, _ => Task.FromResult(Nothing));

    private static StoredPresents Has(params ulong[] reports) => new(_ => null, reports.Contains);
}
