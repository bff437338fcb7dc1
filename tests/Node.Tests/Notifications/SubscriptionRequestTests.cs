using FailureHistory.Core.Identity;
using FailureHistory.Messages;
using FailureHistory.Node.Notifications;
using Xunit;

namespace FailureHistory.Node.Tests.Notifications;

/// <summary>What a subscriber asks for, read and checked (R8.1).</summary>
public sealed class SubscriptionRequestTests
{
    public static TheoryData<Subscribe, string, string> Bad { get; } = new()
    {
        { new Subscribe(null, 0), "above", "more than 0 and at most 1" },
        { new Subscribe(null, 1.5), "above", "1.5" },
        { new Subscribe(null, double.NaN), "above", "NaN" },
        { new Subscribe(null, 0.5, 0.6), "below", "at most above (0.5)" },
        { new Subscribe(null, 0.5, 0), "below", "more than 0" },
        { new Subscribe(null, 0.5, null, TimeSpan.FromSeconds(-1)), "for", "expected 0 to" },
        { new Subscribe(null, 0.5, null, TimeSpan.FromDays(31)), "for", "30d" },
        { new Subscribe([""], 0.5), "nodes", "empty" },
        { new Subscribe(["a", "b\n"], 0.5), "nodes", "unprintable" },
        { new Subscribe([new string('x', 257)], 0.5), "nodes", "257" },
        { new Subscribe([new string('x', 256) + "*"], 0.5), "nodes", "257" },
        { new Subscribe(["hw:None"], 0.5), "nodes", "placeholder" },
        { new Subscribe(["hw:"], 0.5), "nodes", "hardware address" },
        { new Subscribe([.. Enumerable.Range(0, 1001).Select(i => $"n{i}")], 0.5), "nodes", "at most 1000" },
        { new Subscribe(null, 0.5, LastId: "17"), "lastId", "is not the id of a notification" },
        { new Subscribe(null, 0.5, LastId: "~!"), "lastId", "is not the id of a notification" },
    };

    [Theory]
    [MemberData(nameof(Bad), DisableDiscoveryEnumeration = true)]
    public void What_is_wrong_is_named_by_its_field_R2_8(Subscribe request, string field, string words)
    {
        var fault = SubscriptionRequest.Read(request).Fault;
        Assert.Equal(field, fault?.Field);
        Assert.Contains(words, fault!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_left_out_has_its_default_R8_1()
    {
        var read = SubscriptionRequest.Read(new Subscribe([], 0.7, LastId: ""));
        Assert.Null(read.Fault);
        Assert.Equal((0.7, 0.7, TimeSpan.Zero), (read.Threshold.Above, read.Threshold.Below, read.Threshold.For));
        Assert.Null(read.Last);
        Assert.True(read.Nodes.IsAll);
        Assert.NotNull(SubscriptionRequest.Read(new Subscribe(null, 1, 0.1, TimeSpan.FromDays(30), "0062b3c4d5e6f708-0123456789abcdef")).Last);
    }

    [Fact]
    public void Nodes_are_named_by_id_name_glob_or_address_R8_1()
    {
        var id = NodeId.FromName("db-1");
        Assert.True(NodePatterns.Parse([id.ToString()]).Matches(id, null, null));
        Assert.True(NodePatterns.Parse(["DB-1"]).Matches(id, null, null));
        Assert.True(NodePatterns.Parse(["db-*"]).Matches(id, "DB-1", null));
        Assert.True(NodePatterns.Parse([$"{id.ToString()[..5]}*"]).Matches(id, null, null));
        Assert.True(NodePatterns.Parse(["web-?", "db-?"]).Matches(id, "db-1", null));
        Assert.True(NodePatterns.Parse(["hw:X-1"]).Matches(id, "db-1", HardwareAddress.Parse("x-1")!.Canonical));
        Assert.False(NodePatterns.Parse(["hw:X-1"]).Matches(id, "db-1", null));
        Assert.False(NodePatterns.Parse(["db-2", "web-*", "hw:X-1"]).Matches(id, "db-1", "y-2"));
        Assert.True(NodePatterns.Parse(["db-2", "*"]).IsAll);
        Assert.True(NodePatterns.Parse(null).Matches(id, null, null));
    }

    [Fact]
    public void Nodes_that_are_named_one_by_one_are_listed_and_others_are_not_R8_2()
    {
        Assert.Equal([NodeId.FromName("a"), NodeId.FromName("b")], NodePatterns.Parse(["a", "b", "A"]).Listed!.Order().OrderBy(n => n == NodeId.FromName("b")));
        Assert.Null(NodePatterns.Parse(["a", "b*"]).Listed);
        Assert.Null(NodePatterns.Parse(["a", "hw:X-1"]).Listed);
        Assert.Null(NodePatterns.All.Listed);
    }

    [Fact]
    public void A_union_matches_what_one_of_them_matches_and_all_stays_all_D12()
    {
        var union = NodePatterns.Union([NodePatterns.Parse(["a"]), NodePatterns.Parse(["b*", "a"])]);
        Assert.Equal(2, union.Count);
        Assert.True(union.Matches(NodeId.FromName("a"), "a", null));
        Assert.True(union.Matches(NodeId.FromName("b1"), "b1", null));
        Assert.False(union.Matches(NodeId.FromName("c"), "c", null));
        Assert.True(NodePatterns.Union([NodePatterns.Parse(["a"]), NodePatterns.All]).IsAll);
    }
}
