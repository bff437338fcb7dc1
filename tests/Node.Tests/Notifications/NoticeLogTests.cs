using FailureHistory.Core.Notifications;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Notifications;
using Google.Protobuf;
using Xunit;

namespace FailureHistory.Node.Tests.Notifications;

/// <summary>What a member raised, numbered, in pages that fit messages (R8.3).</summary>
public sealed class NoticeLogTests
{
    private const int MostBytes = 48_000;
    private const long Epoch = 77;
    private readonly NoticeLog log = new(MemberRig.Id(1), Epoch);

    [Fact]
    public void Numbers_go_up_by_one_from_one_and_batches_fit_messages_R8_3()
    {
        var readings = Enumerable.Range(0, 2000).Select(i => Big($"n{i}", i % 40)).ToList();
        var batches = log.Add(readings);
        Assert.True(batches.Count > 10, $"{batches.Count} batches");
        Assert.Equal(Enumerable.Range(1, batches.Count).Select(i => (long)i), batches.Select(b => b.Sequence));
        Assert.All(batches, b => Assert.InRange(b.CalculateSize(), 1, MostBytes));
        Assert.All(batches, b => Assert.Equal((Epoch, MemberRig.Id(1)), (b.Epoch, WireIds.Member(b.Raiser))));
        Assert.Equal(readings.Select(r => r.Name), batches.SelectMany(b => b.Notices).Select(n => n.ToReading().Name));
        Assert.Equal(batches.Count + 1, Assert.Single(log.Add([Big("last", 1)])).Sequence);
    }

    [Fact]
    public void The_longest_texts_fit_a_message_R8_3()
    {
        var steps = Enumerable.Range(0, 60).Select(i => Readings.Present("n", i, 0.5, observation: new string('ж', 256)) with { Incarnation = new string('机', 128) });
        var batch = Assert.Single(log.Add([Readings.Of("n", 0, 1) with { Name = new string('机', 256), Steps = [.. steps] }]));
        Assert.InRange(batch.CalculateSize(), 20_000, MostBytes);
        var notice = batch.Notices[0].ToReading();
        Assert.Equal((NoticeWire.MostSteps, false), (notice.Steps.Count, notice.FromStart));
        Assert.Equal(MemberRig.Second(59), notice.Last.ReceivedAt);
    }

    [Fact]
    public void Who_lacks_some_gets_them_page_by_page_R8_3()
    {
        for (var i = 0; i < 300; i++)
        {
            log.Add([Big($"n{i}", 24)]);
        }

        var have = 13L;
        for (var asked = 0; have < log.Sequence; asked++)
        {
            Assert.True(asked < 300, $"after {asked} pages only {have} of {log.Sequence}");
            var page = log.After(new NoticeCheck { Epoch = Epoch, Sequence = have });
            Assert.InRange(page.CalculateSize(), 1, MostBytes);
            Assert.Equal((300L, false), (page.Sequence, page.Lost));
            Assert.Equal(Enumerable.Range(1, page.Missing.Count).Select(i => have + i), page.Missing.Select(b => b.Sequence));
            Assert.NotEmpty(page.Missing);
            have += page.Missing.Count;
        }

        Assert.Empty(log.After(new NoticeCheck { Epoch = Epoch, Sequence = 300 }).Missing);
    }

    [Fact]
    public void What_is_kept_no_more_is_called_lost_R8_3()
    {
        for (var i = 0; i < 700; i++)
        {
            log.Add([Readings.Of("n", i, 1) with { Steps = [.. Enumerable.Range(0, 24).Select(s => Readings.Present("n", s, 1, observation: new string('机', 256)) with { Incarnation = new string('机', 128) })] }]);
        }

        Assert.True(log.After(new NoticeCheck { Epoch = Epoch, Sequence = 0 }).Lost);
        Assert.True(log.After(new NoticeCheck { Epoch = Epoch, Sequence = 1 }).Lost);
        Assert.False(log.After(new NoticeCheck { Epoch = Epoch, Sequence = 600 }).Lost);
    }

    [Fact]
    public void Of_another_epoch_only_where_this_one_stands_is_said_R8_3()
    {
        log.Add([Big("n", 1)]);
        var reply = log.After(new NoticeCheck { Epoch = Epoch - 1, Sequence = 500 });
        Assert.Equal((Epoch, 1L, false, 0), (reply.Epoch, reply.Sequence, reply.Lost, reply.Missing.Count));
        Assert.Equal(0, new NoticeLog(MemberRig.Id(1), 3).After(new NoticeCheck()).Sequence);
    }

    [Fact]
    public void A_reading_comes_back_from_the_wire_as_it_was()
    {
        var reading = Readings.Of("n", 5, 0.9, null, 0, 1) with { Hardware = Core.Identity.HardwareAddress.Parse("52:54:00:AB:cd:01") };
        var back = NoticeP.Parser.ParseFrom(reading.ToWire().ToByteArray()).ToReading();
        Assert.Equal((reading.Node, reading.Name, reading.Hardware, reading.FromStart), (back.Node, back.Name, back.Hardware, back.FromStart));
        Assert.Equal(reading.Steps, back.Steps);
        var bare = new PresentSequence(reading.Node, null, null, reading.Steps, false);
        Assert.Equal((null, null, false), (bare.ToWire().ToReading().Name, bare.ToWire().ToReading().Hardware, bare.ToWire().ToReading().FromStart));
    }

    private static PresentSequence Big(string node, int steps) => Readings.Of(node, 0, [.. Enumerable.Range(0, steps + 1).Select(i => (double?)(i % 2))]);
}
