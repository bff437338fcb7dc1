using System.Collections.Immutable;
using System.Runtime.Serialization;
using Akka.Actor;
using CsCheck;
using FailureHistory.Core.Probability;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;
using FailureHistory.Node.Registry;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Registry;

/// <summary>The values in DistributedData: merging is commutative, associative and idempotent, and the bytes say the same (DESIGN D8).</summary>
public sealed class ReplicatedValuesTests(ITestOutputHelper output) : ActorTest(output)
{
    private static readonly Gen<DetectorEntry> Entries =
        from id in Gen.Int[0, 3]
        from counter in Gen.Long[1, 3]
        from author in Gen.Int[1, 2]
        from accuracy in Gen.OneOf(0.0, 50.0, 99.5)
        from ttl in Gen.OneOf(Gen.Const((TimeSpan?)null), Gen.Const((TimeSpan?)TimeSpan.FromSeconds(7)))
        from flags in Gen.Select(Gen.Bool, Gen.Bool, Gen.Bool)
        from scope in Gen.OneOf<string[]>([], ["gpu-*", "ж?"])
        from description in Gen.OneOf(null, "", "a text")
        select new DetectorEntry
        {
            Id = $"d{id}", Accuracy = accuracy, Scope = scope, Ttl = ttl, ReportedTimestamps = flags.Item1, Explicit = flags.Item2, Deleted = flags.Item3,
            Counter = counter, Author = MemberRig.Id(author), Description = description,
        };

    private static readonly Gen<RegistryShard> Shards = Entries.Array[0, 6].Select(entries => entries.Aggregate(RegistryShard.Empty, (shard, e) => shard.With(e)));

    private static readonly Gen<HeardTimes> Heard = Gen.Select(Gen.Int[0, 3], Gen.Long[0, 5]).Array[0, 5].Select(times =>
        new HeardTimes(times.DistinctBy(t => t.Item1).ToImmutableDictionary(t => $"d{t.Item1}", t => new Stamp(t.Item2), StringComparer.Ordinal)));

    // Of one member one counter means one bitmap: it is that member's own.
    private static readonly Gen<ServingMap> Serving = Gen.Select(Gen.Int[1, 4], Gen.Long[1, 5]).Array[0, 5].Select(said =>
        said.Aggregate(ServingMap.Empty, (map, s) => map.With(MemberRig.Id(s.Item1), s.Item2, Bitmap((int)(s.Item1 * 10 + s.Item2)))));

    [Fact]
    public void Registry_shards_merge_in_any_order_and_as_often_as_they_like_R3_2() => Laws(Shards, (a, b) => a.Merge(b), Text);

    [Fact]
    public void Heard_times_merge_in_any_order_and_as_often_as_they_like() => Laws(Heard, (a, b) => a.Merge(b), Text);

    [Fact]
    public void Serving_maps_merge_in_any_order_and_as_often_as_they_like() => Laws(Serving, (a, b) => a.Merge(b), Text);

    [Fact]
    public void The_bytes_say_the_same()
    {
        var serializer = new ReplicatedValuesSerializer((ExtendedActorSystem)Sys);
        Shards.Sample(s => Text((RegistryShard)Back(s)) == Text(s));
        Heard.Sample(h => Text((HeardTimes)Back(h)) == Text(h));
        Serving.Sample(s => Text((ServingMap)Back(s)) == Text(s));
        object Back(object value) => serializer.FromBinary(serializer.ToBinary(value), serializer.Manifest(value));
    }

    [Fact]
    public void Anything_else_is_refused_R13_1()
    {
        var serializer = new ReplicatedValuesSerializer((ExtendedActorSystem)Sys);
        Assert.Throws<SerializationException>(() => serializer.Manifest("text"));
        Assert.Throws<SerializationException>(() => serializer.ToBinary("text"));
        Assert.Contains("'XX'", Assert.Throws<SerializationException>(() => serializer.FromBinary([], "XX")).Message, StringComparison.Ordinal);
        Assert.ThrowsAny<Exception>(() => serializer.FromBinary([0xff, 0xff, 0xff], "DR"));
    }

    [Fact]
    public void A_deletion_is_not_undone_by_an_older_version_that_comes_late_R3_2()
    {
        var registered = new DetectorEntry { Id = "d", Accuracy = 80, Explicit = true, Counter = 1, Author = MemberRig.Id(9) };
        var deleted = registered with { Deleted = true, Counter = 2, Author = MemberRig.Id(1) };
        var shard = RegistryShard.Empty.With(registered).With(deleted);
        Assert.True(shard.Merge(RegistryShard.Empty.With(registered)).Entries["d"].Deleted);
        Assert.True(RegistryShard.Empty.With(registered).Merge(shard).Entries["d"].Deleted);
    }

    [Fact]
    public void What_a_member_serves_is_what_it_said_last()
    {
        var map = ServingMap.Empty.With(MemberRig.Id(1), 5, Bitmap(3)).With(MemberRig.Id(1), 4, Bitmap(9));
        Assert.True(map.Serves(MemberRig.Id(1), 3));
        Assert.False(map.Serves(MemberRig.Id(1), 9));
        Assert.False(map.Serves(MemberRig.Id(2), 3));
    }

    [Fact]
    public void Detectors_spread_over_all_shards_the_same_in_every_process_DESIGN_D8()
    {
        Assert.Equal(RegistryShard.Count, Enumerable.Range(0, 2000).Select(i => RegistryShard.Of($"detector-{i}")).Distinct().Count());
        Assert.Equal(RegistryShard.Of("Ping"), RegistryShard.Of("Ping"));
        Assert.InRange(RegistryShard.Of("akka.reachability"), 0, RegistryShard.Count - 1);
    }

    private static void Laws<T>(Gen<T> values, Func<T, T, T> merge, Func<T, string> text) =>
        Gen.Select(values, values, values).Sample((a, b, c) =>
            text(merge(a, b)) == text(merge(b, a))
            && text(merge(merge(a, b), c)) == text(merge(a, merge(b, c)))
            && text(merge(a, a)) == text(a)
            && text(merge(merge(a, b), b)) == text(merge(a, b)));

    private static string Text(RegistryShard shard) => string.Join('\n', shard.Entries.Values.OrderBy(e => e.Id, StringComparer.Ordinal)
        .Select(e => $"{e.Id} {e.Counter} {e.Author} {e.Deleted} {e.Accuracy} {string.Join(',', e.Scope)} {e.Ttl} {e.ReportedTimestamps} {e.Explicit} {e.Description ?? "-"}"));

    private static string Text(HeardTimes heard) => string.Join('\n', heard.Times.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => $"{t.Key} {t.Value}"));

    [Fact]
    public void What_a_member_said_of_its_copies_before_it_was_started_again_counts_for_nothing_R9_3()
    {
        var map = ServingMap.Empty.With(MemberRig.Id(1), 1, ServingMap.BitmapOf([3], [3, 7], ringVersion: 5, incarnation: 42));

        Assert.True(map.Counts(MemberRig.Id(1), 42, 7, 5));
        Assert.False(map.Counts(MemberRig.Id(1), 43, 7, 5), "it has been started again");
        Assert.False(map.Counts(MemberRig.Id(1), 42, 7, 6), "it spoke of another version");
        Assert.False(map.Counts(MemberRig.Id(1), 42, 8, 5), "it did not name the segment");
        Assert.False(map.Counts(MemberRig.Id(2), 42, 7, 5), "it has said nothing");
        Assert.True(map.Serves(MemberRig.Id(1), 3));
    }

    private static string Text(ServingMap map) => string.Join('\n', map.Members.OrderBy(m => m.Key).Select(m => $"{m.Key} {m.Value.Counter} {Convert.ToHexString(m.Value.Bitmap)}"));

    private static byte[] Bitmap(int segment)
    {
        var bitmap = new byte[Segments.Count / 8];
        bitmap[segment / 8] = (byte)(1 << (segment % 8));
        return bitmap;
    }
}
