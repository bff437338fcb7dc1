using FailureHistory.Core.Identity;
using FailureHistory.Core.Notifications;
using FailureHistory.Core.Tests.History;
using FailureHistory.Core.Time;
using Xunit;

namespace FailureHistory.Core.Tests.Notifications;

/// <summary>The ids of notifications: derived, the same everywhere, frozen (DESIGN D14).</summary>
public sealed class NotificationIdTests
{
    private static readonly Threshold Numbers = new(0.7, 0.3, TimeSpan.FromSeconds(30));

    private static readonly Present At =
        new(new Stamp(3), new Stamp(2), 0.8, 0x0123456789abcdef, "o-1", new Stamp(0x0062_5a1b_2c3d_4e5f), "52:54:00:ab:cd:01");

    [Fact]
    [Trait("Rule", "R8.3")]
    public void These_ids_are_frozen_for_ever_D14() =>
        Assert.Equal(
            ["00625a1b2c3d4e5f-ce67c3caf8aa758e", "00625a1b2c3d4e5f-c03347aa811e3ed5", "0000000000000000-5065a3a4c5f995fe", "232aa87ffc81bfff-972278bca765ce52"],
            [
                NotificationId.Of(NodeId.FromName("db-1"), Numbers, Side.Up, At),
                NotificationId.Of(NodeId.FromName("db-1"), Numbers, Side.Down, At),
                NotificationId.Of(NodeId.FromName("db-1"), new Threshold(1, 1, TimeSpan.Zero), Side.Up, At with { OpenedAt = Stamp.Zero, Incarnation = "" }),
                NotificationId.Of(new NodeId(UInt128.MaxValue), new Threshold(0.1, 0.1, Threshold.MaxFor), Side.Down, At with { OpenedAt = Stamp.MaxValue, Opening = ulong.MaxValue }),
            ]);

    [Fact]
    [Trait("Rule", "R8.3")]
    public void The_names_of_observations_and_presents_in_them_are_frozen_too_D14()
    {
        var observation = new Script().Failure(1, "ping", id: "o-1").Originals[0];
        Assert.Equal("40b994ee2c887556", $"{Present.HashOf(observation):x16}");
        Assert.Equal("06b3c8683a4882eb", $"{At.Key:x16}");
        Assert.NotEqual(Key(0), Key(null));
        Assert.NotEqual(Key(0.1), Key(0.2));
    }

    [Fact]
    [Trait("Rule", "R8.3")]
    public void Another_node_incarnation_threshold_direction_or_opening_makes_another_id()
    {
        var node = NodeId.FromName("db-1");
        string[] ids =
        [
            NotificationId.Of(node, Numbers, Side.Up, At),
            NotificationId.Of(NodeId.FromName("db-2"), Numbers, Side.Up, At),
            NotificationId.Of(node, Numbers, Side.Up, At with { Incarnation = "" }),
            NotificationId.Of(node, Numbers, Side.Up, At with { Incarnation = "52:54:00:ab:cd:02" }),
            NotificationId.Of(node, Numbers with { Above = 0.71 }, Side.Up, At),
            NotificationId.Of(node, Numbers with { Below = 0.31 }, Side.Up, At),
            NotificationId.Of(node, Numbers with { For = TimeSpan.FromSeconds(31) }, Side.Up, At),
            NotificationId.Of(node, Numbers, Side.Down, At),
            NotificationId.Of(node, Numbers, Side.Up, At with { Opening = 1 }),
            NotificationId.Of(node, Numbers, Side.Up, At with { OpenedAt = new Stamp(1) }),
        ];
        Assert.Equal(ids.Length, ids.Distinct().Count());
    }

    [Fact]
    [Trait("Rule", "R8.3")]
    public void Whichever_report_or_copy_it_came_about_by_the_id_is_the_same() =>
        Assert.Equal(
            NotificationId.Of(NodeId.FromName("db-1"), Numbers, Side.Up, At),
            NotificationId.Of(NodeId.FromName("db-1"), Numbers, Side.Up, At with { ReceivedAt = new Stamp(99), From = new Stamp(1), Probability = 0.9 }));

    [Fact]
    [Trait("Rule", "R8.3")]
    public void The_time_of_the_opening_is_read_back_from_an_id()
    {
        foreach (var stamp in new[] { Stamp.Zero, Script.At(5), Stamp.MaxValue })
        {
            Assert.True(NotificationId.TryReadStamp(NotificationId.Of(NodeId.FromName("db-1"), Numbers, Side.Up, At with { OpenedAt = stamp }), out var read));
            Assert.Equal(stamp, read);
        }
    }

    private static ulong Key(double? p) => new Present(At.ReceivedAt, At.From, p, At.Opening, At.Observation, At.OpenedAt, At.Incarnation).Key;

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("0000000000000001")]
    [InlineData("0000000000000001-000000000000000")]
    [InlineData("0000000000000001-00000000000000000")]
    [InlineData("0000000000000001+0000000000000000")]
    [InlineData("000000000000000g-0000000000000000")]
    [InlineData("0000000000000001-000000000000000g")]
    [InlineData("               1-0000000000000000")]
    [InlineData("ffffffffffffffff-0000000000000000")]
    [InlineData("7fffffffffffffff-0000000000000000")]
    [Trait("Rule", "R8.3")]
    public void What_is_no_id_is_not_read(string text)
    {
        Assert.False(NotificationId.TryReadStamp(text, out var stamp));
        Assert.Equal(default, stamp);
    }
}
