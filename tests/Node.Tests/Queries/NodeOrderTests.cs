using CsCheck;
using FailureHistory.Core.Time;
using FailureHistory.Messages;
using FailureHistory.Node.Queries;
using Xunit;

namespace FailureHistory.Node.Tests.Queries;

public sealed class NodeOrderTests
{
    private static readonly Gen<NodeSummary> Summaries = Gen.Select(
        Gen.Int[0, 200],
        Gen.OneOf<string?>(Gen.Const((string?)null), Gen.Int[0, 5].Select(i => $"rack{i}")!, Gen.Int[0, 5].Select(i => $"RACK{i}")!, Gen.Const("q|\"ж")!),
        Gen.OneOf(Gen.Const((double?)null), Gen.Int[0, 4].Select(i => (double?)(i / 4.0)), Gen.Double[0, 1].Select(p => (double?)p)),
        Gen.Int[0, 5],
        Gen.Enum<NodeStatus>(),
        (id, name, p, since, status) => new NodeSummary(new NodeRef(id.ToString("x32", null), name, null), status, p, MemberRig.Second(since), []));

    [Fact]
    public void Pages_of_any_size_in_any_order_show_every_node_exactly_once_R6_7()
    {
        Gen.Select(Summaries.Array[0, 60], Gen.Enum<NodeSort>(), Gen.Int[1, 9]).Sample((summaries, sort, size) =>
        {
            var order = new NodeOrder(sort);
            var all = summaries.DistinctBy(s => s.Node.Id).Order(order).ToList();
            var paged = new List<NodeSummary>();
            string? cursor = null;
            do
            {
                var after = NodeOrder.ReadCursor(cursor);
                var page = all.Where(n => after is null || order.Compare(n, after) > 0).Take(size).ToList();
                paged.AddRange(page);
                cursor = page.Count == size ? NodeOrder.CursorAfter(page[^1]) : null;
            }
            while (cursor is not null);
            return paged.SequenceEqual(all);
        });
    }

    [Fact]
    public void The_order_is_total_and_lists_what_needs_attention_first()
    {
        var up = Node(1, NodeStatus.Up, 0);
        var left = Node(2, NodeStatus.Left, 0);
        var unknown = Node(3, NodeStatus.Unknown, null);
        var suspected = Node(4, NodeStatus.Suspected, 0.2);
        var failed = Node(5, NodeStatus.Failed, 0.9);
        Assert.Equal([failed, suspected, unknown, left, up], new[] { up, left, unknown, suspected, failed }.Order(new NodeOrder(NodeSort.Status)));
        Assert.Equal([failed, suspected, up, left, unknown], new[] { unknown, up, left, suspected, failed }.Order(new NodeOrder(NodeSort.Probability)));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("00")]
    [InlineData("5b5d")]
    [InlineData("6e756c6c")]
    [InlineData("7b224964223a317d")]
    public void What_is_no_cursor_is_told(string cursor) =>
        Assert.Contains("is not a cursor", Assert.Throws<FormatException>(() => NodeOrder.ReadCursor(cursor)).Message, StringComparison.Ordinal);

    private static NodeSummary Node(int id, NodeStatus status, double? p) => new(new NodeRef(id.ToString("x32", null), null, null), status, p, Stamp.Zero, []);
}
