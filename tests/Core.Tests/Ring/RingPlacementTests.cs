using System.Security.Cryptography;
using System.Text;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using Xunit;

namespace FailureHistory.Core.Tests.Ring;

[Trait("Rule", "R9.1")]
public sealed class RingPlacementTests
{
    /// <summary>
    /// If this fails, members of this build would place copies elsewhere than those of released ones: undo the change, never this number
    /// (DESIGN D14).
    /// </summary>
    [Theory]
    [InlineData(3, 256, "", "630864275ce1f29c08390ba6322e6ec8144e9ec1bfa06cac2c00491bef646326")]
    [InlineData(3, 256, "abc", "a6e98c2148539ff8a40d02e01c21597f3644822cdc244d6426e7f50a40811df2")]
    [InlineData(5, 256, "aaabc", "048614215ab83d817444b9460bd9489530925e2939e98324212916a337a35fef")]
    [InlineData(2, 100, "ab", "dfa3af53fbd9969281b9db33e5ca37fb1cfe539e77c8712a53047d2d34fb1e98")]
    public void The_placement_of_a_fixed_ring_is_frozen(int replicationFactor, int segments, string zones, string expected)
    {
        var members = Enumerable.Range(1, 11).Select(i => Rings.Member(
            MemberId.Parse(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"member {i}")))[..32]),
            zones.Length == 0 ? "" : zones[i % zones.Length].ToString()));

        var table = Rings.Table(RingPlacement.Of(Rings.Of(members, replicationFactor, segments)), segments);

        var actual = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(table)));
        Assert.True(expected == actual, $"expected the table with hash {expected}, computed one with {actual}");
    }

    [Fact]
    public void Version_names_addresses_and_the_order_of_members_play_no_part()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var random = new Random(seed);
            var members = Rings.Draw(random, 3 + random.Next(20), i => i % 4 == 0 ? "" : "z" + (i % 3));
            var ring = Rings.Of(members, 3);
            var expected = Rings.Table(RingPlacement.Of(ring));
            random.Shuffle(members);

            var other = RingPlacement.Of(ring with
            {
                ClusterId = 99,
                Version = 17,
                Members = [.. members.Select(m => m with { Name = "elsewhere:1", Address = "akka.tcp://x@elsewhere:1" })],
                PreviousMembers = members,
            });

            Assert.True(expected == Rings.Table(other), $"seed {seed}: the placement depends on more than ids and zones");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void With_at_most_k_members_everybody_holds_everything(int replicationFactor)
    {
        for (var count = 1; count <= replicationFactor; count++)
        {
            var members = Rings.Draw(new Random(count), count, i => i % 2 == 0 ? "a" : "");
            var placement = RingPlacement.Of(Rings.Of(members, replicationFactor));

            Assert.All(members, m => Assert.Equal(Enumerable.Range(0, Segments.Count), placement.SegmentsOf(m.Id)));
            Assert.Equal((count / 2) + 1, placement.Majority(0));
        }
    }

    [Fact]
    public void The_views_by_segment_and_by_member_agree_and_copies_are_distinct()
    {
        for (var seed = 1; seed <= 10; seed++)
        {
            var random = new Random(seed);
            var k = 1 + random.Next(5);
            var members = Rings.Draw(random, 1 + random.Next(30), i => i % 5 == 0 ? "" : "z" + random.Next(4));
            var placement = RingPlacement.Of(Rings.Of(members, k));

            for (var s = 0; s < Segments.Count; s++)
            {
                var replicas = placement.Replicas(s);
                Assert.True(replicas.Count == Math.Min(k, members.Length), $"seed {seed}, segment {s}: {replicas.Count} copies");
                Assert.True(replicas.Distinct().Count() == replicas.Count, $"seed {seed}, segment {s}: two copies at one member");
                Assert.All(members, m => Assert.Equal(replicas.Contains(m.Id), placement.SegmentsOf(m.Id).Contains(s)));
                Assert.All(members, m => Assert.Equal(replicas.Contains(m.Id), placement.Holds(m.Id, s)));
            }

            Assert.All(members, m => Assert.Equal(placement.SegmentsOf(m.Id).Count, placement.CopiesOf(m.Id)));
        }
    }

    [Fact]
    public void A_stranger_holds_nothing_and_a_segment_out_of_range_is_an_error()
    {
        var placement = RingPlacement.Of(Rings.Of(Rings.Draw(new Random(1), 4), 3));
        var stranger = new MemberId(1);

        Assert.Empty(placement.SegmentsOf(stranger));
        Assert.Equal(0, placement.CopiesOf(stranger));
        Assert.Equal(0, placement.LimitOf(stranger));
        Assert.False(placement.Holds(stranger, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => placement.Replicas(Segments.Count));
        Assert.Throws<ArgumentOutOfRangeException>(() => placement.Replicas(-1));
    }

    [Fact]
    public void A_ring_without_members_places_nothing_and_one_that_names_a_member_twice_is_refused()
    {
        var member = Rings.Member(new MemberId(5));

        Assert.Empty(RingPlacement.Of(Rings.Of([], 3)).Replicas(0));
        Assert.Throws<ArgumentException>(() => RingPlacement.Of(Rings.Of([member, member], 3)));
    }

    [Fact]
    public void Being_nearest_is_spread_as_evenly_as_holding()
    {
        var members = Rings.Draw(new Random(11), 8);
        var placement = RingPlacement.Of(Rings.Of(members, 3));

        var nearest = members.Select(m => Enumerable.Range(0, Segments.Count).Count(s => placement.Replicas(s)[0] == m.Id)).ToArray();

        Assert.InRange(nearest.Min(), 16, 32);
        Assert.InRange(nearest.Max(), 32, 48);
    }

    [Fact]
    public void A_large_simulated_ring_is_placed_without_a_table_of_all_pairs()
    {
        var members = Rings.Draw(new Random(3), 2_000);
        var placement = RingPlacement.Of(Rings.Of(members, 3, segments: 16_384));

        Assert.Equal(3 * 16_384, members.Sum(m => placement.CopiesOf(m.Id)));
        Assert.All(members, m => Assert.InRange(placement.CopiesOf(m.Id), 0, placement.LoadLimit));
        Assert.Equal(31, placement.LoadLimit);
    }
}
