using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Queries;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Queries;

/// <summary>Pages of replies, whatever is in them, must fit a message: remoting drops the rest without a word (DESIGN D7).</summary>
public sealed class ReplyPageTests(ITestOutputHelper output) : ActorTest(output)
{
    private static readonly NodeId Id = NodeId.FromName("n1");

    [Theory]
    [InlineData(10_000)]
    [InlineData(1)]
    [InlineData(7)]
    public void Observations_of_every_size_come_once_each_in_pages_under_64_kB_R6_8(int limit)
    {
        var rig = new MemberRig(Sys, 1);
        var observations = Mixed();
        var machine = Evaluate(observations);
        var serializer = Sys.Serialization.FindSerializerForType(typeof(Messages.NodeObservations));
        var ids = new List<string>();
        string? cursor = null;
        do
        {
            var page = Assert.IsType<Messages.NodeObservations>(Replies.To(new GetObservations("n1", Limit: limit, Cursor: cursor), machine, rig.Context, true, 1));
            Assert.InRange(serializer.ToBinary(page).Length, 1, FailureHistorySerializer.MaxMessageBytes);
            Assert.InRange(page.Observations.Count, 1, limit);
            ids.AddRange(page.Observations.Select(o => o.Id));
            cursor = page.Next;
        }
        while (cursor is not null);
        Assert.Equal(observations.Select(o => o.Id), ids);
    }

    [Theory]
    [InlineData(10_000)]
    [InlineData(1)]
    [InlineData(7)]
    public void Periods_of_every_size_come_without_gap_or_overlap_in_pages_under_64_kB_R6_2(int limit)
    {
        var rig = new MemberRig(Sys, 1);
        var machine = Evaluate(Mixed());
        var serializer = Sys.Serialization.FindSerializerForType(typeof(NodeHistory));
        var periods = new List<PeriodInfo>();
        string? cursor = null;
        do
        {
            var page = Assert.IsType<NodeHistory>(Replies.To(new GetHistory("n1", Limit: limit, Cursor: cursor), machine, rig.Context, true, 1));
            Assert.InRange(serializer.ToBinary(page).Length, 1, FailureHistorySerializer.MaxMessageBytes);
            periods.AddRange(page.Periods);
            cursor = page.Next;
        }
        while (cursor is not null);
        Assert.Equal(machine.Periods.Select(p => (p.From, p.To)), periods.Select(p => (p.From, p.To)));
    }

    [Fact]
    public void A_window_shows_what_lies_in_it_R6_2_R6_8()
    {
        var rig = new MemberRig(Sys, 1);
        var machine = Evaluate([.. Enumerable.Range(0, 10).Select(i => MemberRig.Failure("n1", $"i{i}", i * 100) with { Kind = (ObservationKind)(i % 2) })]);
        var observations = (Messages.NodeObservations)Replies.To(
            new GetObservations("n1", MemberRig.Second(200), MemberRig.Second(500)), machine, rig.Context, true, 1);
        Assert.Equal(["i2", "i3", "i4"], observations.Observations.Select(o => o.Id));
        var history = (NodeHistory)Replies.To(new GetHistory("n1", MemberRig.Second(250), MemberRig.Second(500)), machine, rig.Context, true, 1);
        Assert.Equal([MemberRig.Second(200), MemberRig.Second(300), MemberRig.Second(400)], history.Periods.Select(p => p.From));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("")]
    public void A_cursor_that_is_none_is_told_R2_8(string cursor)
    {
        var rig = new MemberRig(Sys, 1);
        var machine = Evaluate([MemberRig.Failure("n1", "i")]);
        Assert.Equal("cursor", Assert.IsType<InvalidRequest>(Replies.To(new GetHistory("n1", Cursor: cursor), machine, rig.Context, true, 1)).Field);
        if (cursor.Length > 0)
        {
            Assert.Equal("cursor", Assert.IsType<InvalidRequest>(Replies.To(new GetObservations("n1", Cursor: cursor), machine, rig.Context, true, 1)).Field);
        }
    }

    private static MachineHistory Evaluate(IReadOnlyList<Observation> observations) =>
        MachineHistories.Evaluate([new Core.History.NodeObservations(Id, [.. observations])], NodeReference.Of(Id), new HistoryOptions())!;

    // Many small ones, then one as large as the limits allow, in a script of three bytes a character; all in order of time.
    private static List<Observation> Mixed()
    {
        var all = new List<Observation>();
        for (var i = 0; i < 600; i++)
        {
            var small = MemberRig.Failure("n1", $"i{i:000}", i * 60, $"d{i % 5}") with { Kind = i % 4 == 3 ? ObservationKind.Join : ObservationKind.Failure, Detector = i % 4 == 3 ? null : $"d{i % 5}" };
            all.Add(i % 150 != 149 ? small with { Reason = new string('あ', i % 40) } : small with
            {
                Kind = ObservationKind.Failure,
                Detector = new string('え', 256),
                Reason = new string('あ', 1024),
                Labels = Labels.From(Enumerable.Range(0, 32).Select(l => KeyValuePair.Create($"{l:00}{new string('い', 254)}", new string('う', 256)))),
            });
        }

        return all;
    }
}
