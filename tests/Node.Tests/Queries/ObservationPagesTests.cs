using System.Text;
using CsCheck;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Retention;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Queries;
using FailureHistory.Node.Tests.Wire;
using Xunit;

namespace FailureHistory.Node.Tests.Queries;

public sealed class ObservationPagesTests
{
    private static readonly NodeId[] Nodes = [.. Enumerable.Range(1, 4).Select(i => new NodeId(((UInt128)5 << 120) + (UInt128)i))];

    [Fact]
    public void A_cursor_names_its_place_exactly_so_that_a_page_begins_behind_it_R6_8()
    {
        RandomObservations.Any.Sample(o =>
        {
            var place = ObservationPages.ReadCursor(ObservationPages.CursorAfter(o))!;
            return ObservationOrder.Instance.Compare(o, place) == 0;
        });
    }

    [Theory]
    [InlineData("x")]
    [InlineData("%%")]
    [InlineData("0|0|00000000000000000000000000000005||0|1|a")]
    [InlineData("0|0|00000000000000000000000000000005||0|-1|a-")]
    [InlineData("0|0|5||0|1|a-")]
    [InlineData("0|900|00000000000000000000000000000005||0|1|a-")]
    [InlineData("0|0|00000000000000000000000000000005||0|99|a-")]
    [InlineData("99999999999999999999|0|00000000000000000000000000000005||0|1|a-")]
    public void A_forged_cursor_is_told_and_breaks_nothing_R2_8(string place)
    {
        foreach (var cursor in new[] { place, Convert.ToBase64String(Encoding.UTF8.GetBytes(place)).Replace('+', '-').Replace('/', '_').TrimEnd('=') })
        {
            Assert.Contains("is not a cursor", Assert.Throws<FormatException>(() => ObservationPages.ReadCursor(cursor)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Pins_of_many_nodes_are_cut_into_pages_that_fit_a_message_D7()
    {
        var machine = new SegmentMachine(5, TimeSpan.FromMinutes(1));
        var nodes = Enumerable.Range(1, 200).Select(i => new NodeId(((UInt128)5 << 120) + (UInt128)i)).ToArray();
        foreach (var node in nodes)
        {
            machine.Apply(new Pin(node, MemberRig.Second(1), true, new string('я', Pin.MaxReason), "ann"));
            machine.Apply(Of(node, "o", 1));
        }

        var pages = new ObservationPages(machine);
        var (pins, observations) = (new HashSet<NodeId>(), 0);
        var cursor = string.Empty;
        do
        {
            var page = pages.Of(nodes, cursor);
            Assert.InRange(page.Payload.Length, 1, ObservationBatchCodec.MaxPayloadBytes);
            var batch = ObservationBatchCodec.Decode(page.Payload);
            pins.UnionWith(batch.Pins.Select(p => p.Node));
            observations += batch.Observations.Count;
            cursor = page.Next;
        }
        while (cursor.Length > 0);
        Assert.Equal((200, 200), (pins.Count, observations));
    }

    [Fact]
    public void Pages_that_a_replica_pulls_hold_everything_once_and_fit_a_message_D7()
    {
        var machine = new SegmentMachine(5, TimeSpan.FromMinutes(1));
        var random = new Random(4711);
        var given = new HashSet<string>();
        foreach (var node in Nodes)
        {
            machine.Apply(new Tombstone(node, null, [], MemberRig.Second(-100)));
            for (var i = 0; i < 400; i++)
            {
                var o = Of(node, $"{i}", random.Next(100)) with { Reason = new string((char)random.Next('а', 'я'), random.Next(1024)) };
                machine.Apply(o);
                given.Add($"{o.Node} {o.Id}");
            }
        }

        var (seen, pages) = ReadAll(machine);
        Assert.Equal(given.Order(), seen.Order());
        Assert.InRange(pages, 10, 100);
    }

    [Fact]
    public void One_page_for_one_observation_of_the_largest_size_moves_on_D7()
    {
        var machine = new SegmentMachine(5, TimeSpan.FromMinutes(1));
        for (var i = 0; i < 5; i++)
        {
            machine.Apply(Of(Nodes[0], $"{i}", i) with
            {
                Reason = new string('あ', 1024),
                Labels = Labels.From(Enumerable.Range(0, 32).Select(l => KeyValuePair.Create($"{i}-{l}-{new string('い', 240)}", new string('う', 256)))),
            });
        }

        var (seen, pages) = ReadAll(machine);
        Assert.Equal(5, seen.Count);
        Assert.Equal(5, pages);
    }

    [Fact]
    public void What_arrives_or_goes_between_two_pages_neither_repeats_nor_hides_another_R6_8()
    {
        var machine = new SegmentMachine(5, TimeSpan.FromMinutes(1));
        for (var i = 0; i < 300; i++)
        {
            machine.Apply(Of(Nodes[0], $"old{i}", i * 10) with { Reason = new string((char)('a' + (i % 26)), 1000) + i });
        }

        var late = 0;
        var (seen, _) = ReadAll(machine, () => machine.Apply(Of(Nodes[0], $"new{late}", (late++ * 7) + 3)));
        Assert.Equal(Enumerable.Range(0, 300).Select(i => $"{Nodes[0]} old{i}").Order(), seen.Where(s => s.Contains("old", StringComparison.Ordinal)).Order());
    }

    private static (List<string> Seen, int Pages) ReadAll(SegmentMachine machine, Action? between = null)
    {
        var seen = new List<string>();
        var cursor = string.Empty;
        var pages = 0;
        do
        {
            Assert.True(pages++ < 1000, $"expected an end of the pages; after 1000 the cursor is {cursor}");
            var page = new ObservationPages(machine).Of(Nodes, cursor);
            Assert.InRange(page.Payload.Length, 1, ObservationBatchCodec.MaxPayloadBytes);
            seen.AddRange(ObservationBatchCodec.Decode(page.Payload).Observations.Select(o => $"{o.Node} {o.Id}"));
            cursor = page.Next;
            between?.Invoke();
        }
        while (cursor.Length > 0);
        Assert.Equal(seen.Count, seen.Distinct().Count());
        return (seen, pages);
    }

    private static Observation Of(NodeId node, string id, double second) => new()
    {
        Node = node,
        Kind = ObservationKind.Failure,
        Detector = "ping",
        Id = id,
        At = MemberRig.Second(second),
        ReceivedAt = MemberRig.Second(second),
        Accuracy = 50,
    };
}
