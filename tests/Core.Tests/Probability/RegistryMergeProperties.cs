using CsCheck;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Probability;
using FailureHistory.Core.Tests.History;
using Xunit;

namespace FailureHistory.Core.Tests.Probability;

[Trait("Rule", "R3.2")]
public sealed class RegistryMergeProperties
{
    private static readonly Gen<DetectorEntry> Entry =
        from id in Gen.Int[0, 2]
        from numbers in Gen.Select(Gen.Int[0, 2], Gen.Int[1, 3], Gen.UInt[0, 2])
        from flags in Gen.Select(Gen.Bool, Gen.Bool, Gen.Bool)
        from extra in Gen.Int[0, 3]
        select new DetectorEntry
        {
            Id = $"d{id}",
            Accuracy = numbers.Item1 * 40,
            Counter = numbers.Item2,
            Author = new MemberId(numbers.Item3),
            Explicit = flags.Item1,
            Deleted = flags.Item2,
            ReportedTimestamps = flags.Item3,
            Ttl = extra == 1 ? TimeSpan.FromSeconds(1) : null,
            Scope = extra == 2 ? ["a*"] : extra == 3 ? ["b*"] : [],
            Description = extra == 3 ? "three" : null,
        };

    private static readonly Gen<DetectorRegistry> Registry = Gen.Select(Entry.Array[0, 6], Gen.Select(Gen.Int[0, 3], Gen.Int[0, 9]).Array[0, 4]).Select(
        (entries, heard) =>
        {
            var registry = entries.Aggregate(DetectorRegistry.Empty, (r, e) => r.Merge(e));
            return heard.Aggregate(registry, (r, h) => r.WithHeard($"d{h.Item1}", Script.At(h.Item2)));
        });

    [Fact]
    public void Merge_is_commutative() => Gen.Select(Registry, Registry).Sample((a, b) => Same(a.Merge(b), b.Merge(a)));

    [Fact]
    public void Merge_is_associative() =>
        Gen.Select(Registry, Registry, Registry).Sample((a, b, c) => Same(a.Merge(b).Merge(c), a.Merge(b.Merge(c))));

    [Fact]
    public void Merge_is_idempotent() => Registry.Sample(a => Same(a, a.Merge(a)));

    [Fact]
    public void Entries_in_any_order_make_the_same_registry() =>
        (from entries in Entry.Array[0, 10] from shuffled in Gen.Shuffle(entries) select (entries, shuffled)).Sample(x =>
            Same(x.entries.Aggregate(DetectorRegistry.Empty, (r, e) => r.Merge(e)), x.shuffled.Aggregate(DetectorRegistry.Empty, (r, e) => r.Merge(e))));

    [Fact]
    public void Of_two_versions_one_supersedes_unless_they_are_equal() =>
        Gen.Select(Entry, Entry).Select((a, b) => (a, b with { Id = a.Id })).Sample((a, b) =>
            Assert.Equal(!a.Equals(b), a.Supersedes(b) ^ b.Supersedes(a)));

    private static void Same(DetectorRegistry expected, DetectorRegistry actual)
    {
        Assert.Equal(expected.AllVersions, actual.AllVersions);
        Assert.Equal(expected.All, actual.All);
        Assert.Equal(expected.LastHeard.OrderBy(h => h.Key, StringComparer.Ordinal), actual.LastHeard.OrderBy(h => h.Key, StringComparer.Ordinal));
    }
}
