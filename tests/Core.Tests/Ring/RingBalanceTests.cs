using FailureHistory.Core.Ring;
using Xunit;

namespace FailureHistory.Core.Tests.Ring;

/// <summary>Load, zones and movement (R9.2), over random memberships; the seed is in each message.</summary>
[Trait("Rule", "R9.2")]
public sealed class RingBalanceTests
{
    private const int Memberships = 8;

    /// <summary>Zone patterns: how the i-th member is zoned.</summary>
    public enum Zoning
    {
        None,
        ThreeEqual,
        FiveEqual,
        TenThirtySixty,
        Random,
    }

    public static TheoryData<int, int, Zoning> Shapes() => ShapesWhere((_, _) => true);

    /// <summary>What is run for real: two copies or more, and zones of like size or none.</summary>
    public static TheoryData<int, int, Zoning> EvenShapes() => ShapesWhere(IsEven);

    /// <summary>
    /// With one copy a member may hold one or two segments only, and when a small zone fills its members every change of the membership
    /// changes what they may hold: movement is measured in fair shares there.
    /// </summary>
    public static TheoryData<int, int, Zoning> UnevenShapes() => ShapesWhere((k, zoning) => !IsEven(k, zoning));

    [Theory]
    [MemberData(nameof(Shapes))]
    public void No_member_holds_more_than_a_quarter_above_the_mean(int k, int count, Zoning zoning)
    {
        foreach (var (seed, members) in Draw(k, count, zoning))
        {
            var placement = RingPlacement.Of(Rings.Of(members, k));
            var bound = (int)Math.Ceiling(1.25m * Segments.Count * Math.Min(k, count) / count);

            Assert.All(members, m => Assert.True(
                placement.CopiesOf(m.Id) <= Math.Min(placement.LimitOf(m.Id), bound),
                $"seed {seed}: {m.Id} holds {placement.CopiesOf(m.Id)}, its limit is {placement.LimitOf(m.Id)}, the bound {bound}"));
            Assert.Equal(Math.Min(bound, Segments.Count), placement.LoadLimit);
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Copies_share_a_zone_only_when_the_members_of_the_others_are_full(int k, int count, Zoning zoning)
    {
        foreach (var (seed, members) in Draw(k, count, zoning))
        {
            var placement = RingPlacement.Of(Rings.Of(members, k));
            var zoneOf = members.ToDictionary(m => m.Id, Domain);
            for (var s = 0; s < Segments.Count; s++)
            {
                var copies = placement.Replicas(s).CountBy(m => zoneOf[m]).ToDictionary();
                var crowd = copies.Values.Max();
                var withRoom = members.FirstOrDefault(m =>
                    !placement.Holds(m.Id, s)
                    && copies.GetValueOrDefault(zoneOf[m.Id]) < crowd - 1
                    && placement.CopiesOf(m.Id) < placement.LimitOf(m.Id));

                Assert.True(withRoom is null, $"seed {seed}, segment {s}: {crowd} copies in one zone, though {withRoom?.Id} in {withRoom?.Zone} has room");
            }
        }
    }

    [Theory]
    [InlineData(2, 20, Zoning.ThreeEqual)]
    [InlineData(3, 3, Zoning.ThreeEqual)]
    [InlineData(3, 6, Zoning.ThreeEqual)]
    [InlineData(3, 20, Zoning.ThreeEqual)]
    [InlineData(3, 50, Zoning.ThreeEqual)]
    [InlineData(3, 10, Zoning.FiveEqual)]
    [InlineData(3, 50, Zoning.FiveEqual)]
    [InlineData(5, 20, Zoning.FiveEqual)]
    public void With_enough_zones_of_like_size_all_copies_are_in_different_ones(int k, int count, Zoning zoning)
    {
        foreach (var (seed, members) in Draw(k, count, zoning))
        {
            var placement = RingPlacement.Of(Rings.Of(members, k));
            var zoneOf = members.ToDictionary(m => m.Id, Domain);

            Assert.All(Enumerable.Range(0, Segments.Count), s => Assert.True(
                placement.Replicas(s).Select(m => zoneOf[m]).Distinct().Count() == k,
                $"seed {seed}, segment {s}: two copies in one zone"));
        }
    }

    [Fact]
    public void With_two_zones_and_five_copies_the_larger_share_is_three()
    {
        foreach (var (seed, members) in Draw(5, 20, Zoning.Random))
        {
            RingMember[] halves = [.. members.Select((m, i) => m with { Zone = i % 2 == 0 ? "a" : "b" })];
            var placement = RingPlacement.Of(Rings.Of(halves, 5));
            var inA = halves.Where(m => m.Zone == "a").Select(m => m.Id).ToHashSet();

            Assert.All(Enumerable.Range(0, Segments.Count), s => Assert.True(
                placement.Replicas(s).Count(inA.Contains) is 2 or 3, $"seed {seed}, segment {s}: copies are 4 to 1 or worse"));
        }
    }

    [Theory]
    [MemberData(nameof(EvenShapes))]
    public void A_join_or_leave_moves_at_most_twice_what_the_member_gains_or_loses(int k, int count, Zoning zoning)
    {
        foreach (var (seed, what, own, moved) in Changes(k, count, zoning))
        {
            Assert.True(moved <= 2 * own, $"seed {seed}: {what} of a member with {own} copies moved {moved}");
        }
    }

    [Theory]
    [MemberData(nameof(UnevenShapes))]
    public void With_one_copy_or_uneven_zones_a_change_moves_few_fair_shares(int k, int count, Zoning zoning)
    {
        var most = count <= 20 ? 2 : 3;
        foreach (var (seed, what, own, moved) in Changes(k, count, zoning))
        {
            var share = Math.Max(own, (double)Segments.Count * Math.Min(k, count) / count);
            Assert.True(moved <= most * share, $"seed {seed}: {what} of a member with {own} copies moved {moved}; a fair share is {share:F1}");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void Growing_from_one_member_on_moves_at_most_twice_the_newcomers_copies(int k)
    {
        for (var seed = 1; seed <= 15; seed++)
        {
            var members = Rings.Draw(new Random(seed), 24);
            var before = RingPlacement.Of(Rings.Of(members[..1], k));
            for (var count = 2; count <= members.Length; count++)
            {
                var after = RingPlacement.Of(Rings.Of(members[..count], k));
                var (gained, moved) = (after.CopiesOf(members[count - 1].Id), Rings.Moved(before, after));

                Assert.True(moved <= 2 * gained, $"seed {seed}, member {count}: {moved} copies moved for {gained} gained");
                before = after;
            }
        }
    }

    [Fact]
    public void With_three_copies_and_no_zones_hardly_more_moves_than_must()
    {
        foreach (var (count, most) in new[] { (5, 1.01), (20, 1.02), (50, 1.1) })
        {
            var changes = Changes(3, count, Zoning.None).ToArray();
            var ratio = (double)changes.Sum(c => c.Moved) / changes.Sum(c => c.Gained);

            Assert.True(ratio <= most, $"{count} members: {ratio:F3} times what must move; expected at most {most}");
        }
    }

    private static bool IsEven(int k, Zoning zoning) => k > 1 && zoning is (Zoning.None or Zoning.ThreeEqual or Zoning.FiveEqual);

    private static TheoryData<int, int, Zoning> ShapesWhere(Func<int, Zoning, bool> wanted)
    {
        var shapes = new TheoryData<int, int, Zoning>();
        foreach (var k in new[] { 1, 2, 3, 5 })
        {
            foreach (var members in new[] { 3, 4, 5, 20, 50 })
            {
                foreach (var zoning in Enum.GetValues<Zoning>().Where(zoning => wanted(k, zoning)))
                {
                    shapes.Add(k, members, zoning);
                }
            }
        }

        return shapes;
    }

    /// <summary>For each membership some members leave, and by the same token join: the copies they hold, and the copies that moved.</summary>
    private static IEnumerable<(int Seed, string What, int Gained, int Moved)> Changes(int k, int count, Zoning zoning)
    {
        foreach (var (seed, members) in Draw(k, count, zoning))
        {
            var with = RingPlacement.Of(Rings.Of(members, k));
            foreach (var member in members.Take(4))
            {
                var without = RingPlacement.Of(Rings.Of(members.Where(m => m != member), k));
                yield return (seed, "a leave", with.CopiesOf(member.Id), Rings.Moved(with, without));
                yield return (seed, "a join", with.CopiesOf(member.Id), Rings.Moved(without, with));
            }
        }
    }

    private static IEnumerable<(int Seed, RingMember[] Members)> Draw(int k, int count, Zoning zoning)
    {
        for (var i = 0; i < Memberships; i++)
        {
            var seed = (i * 1_000_003) + (k * 1_009) + (count * 17) + (int)zoning;
            var random = new Random(seed);
            yield return (seed, Rings.Draw(random, count, member => zoning switch
            {
                Zoning.None => "",
                Zoning.ThreeEqual => "z" + (member % 3),
                Zoning.FiveEqual => "z" + (member % 5),
                Zoning.TenThirtySixty => random.Next(10) switch { 0 => "a", < 4 => "b", _ => "c" },
                _ => "z" + random.Next(5),
            }));
        }
    }

    private static string Domain(RingMember member) => member.Zone.Length == 0 ? member.Id.ToString() : member.Zone;
}
