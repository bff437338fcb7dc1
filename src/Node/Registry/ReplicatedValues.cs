using System.Buffers.Binary;
using System.Collections.Immutable;
using Akka.DistributedData;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Probability;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;

namespace FailureHistory.Node.Registry;

/// <summary>
/// One of the 64 shards of the detectors' registry in DistributedData (DESIGN D8). Each entry carries its own version, so that putting an old
/// one again after a restart never makes it the newest.
/// </summary>
internal sealed class RegistryShard(ImmutableDictionary<string, DetectorEntry> entries) : IReplicatedData<RegistryShard>
{
    public const int Count = 64;

    public static RegistryShard Empty { get; } = new(ImmutableDictionary.Create<string, DetectorEntry>(StringComparer.Ordinal));

    public ImmutableDictionary<string, DetectorEntry> Entries { get; } = entries;

    public static IKey<RegistryShard> Key(int shard) => new RegistryShardKey($"fh-registry-{shard}");

    /// <summary>The shard of a detector: by a hash that is the same in every process.</summary>
    public static int Of(string detector) => (int)(NodeId.FromName(detector).Value % Count);

    public RegistryShard With(DetectorEntry entry) =>
        Entries.TryGetValue(entry.Id, out var known) && !entry.Supersedes(known) ? this : new(Entries.SetItem(entry.Id, entry));

    public RegistryShard Merge(RegistryShard other) => other.Entries.Values.Aggregate(this, (shard, entry) => shard.With(entry));

    IReplicatedData IReplicatedData.Merge(IReplicatedData other) => Merge((RegistryShard)other);

    private sealed class RegistryShardKey(string id) : Key<RegistryShard>(id);
}

/// <summary>When detectors with a ttl were last heard, in DistributedData: the latest of each.</summary>
internal sealed class HeardTimes(ImmutableDictionary<string, Stamp> times) : IReplicatedData<HeardTimes>
{
    public static HeardTimes Empty { get; } = new(ImmutableDictionary.Create<string, Stamp>(StringComparer.Ordinal));

    public static IKey<HeardTimes> Key { get; } = new HeardKey("fh-heard");

    public ImmutableDictionary<string, Stamp> Times { get; } = times;

    public HeardTimes Merge(HeardTimes other)
    {
        var merged = Times.ToBuilder();
        foreach (var (id, at) in other.Times)
        {
            if (!merged.TryGetValue(id, out var known) || at > known)
            {
                merged[id] = at;
            }
        }

        return new HeardTimes(merged.ToImmutable());
    }

    IReplicatedData IReplicatedData.Merge(IReplicatedData other) => Merge((HeardTimes)other);

    private sealed class HeardKey(string id) : Key<HeardTimes>(id);
}

/// <summary>
/// Which segments each member's copies serve, and which of them count (R9.4) under which version of the ring, in DistributedData: of one member what
/// it said last (by its counter).
/// </summary>
/// <remarks>A member's bitmap: a bit for each segment that it serves; behind them a bit for each that counts; behind those the version, 8 bytes, and the member's incarnation (its Akka uid), 4 bytes, little endian.</remarks>
internal sealed class ServingMap(ImmutableDictionary<MemberId, (long Counter, byte[] Bitmap)> members) : IReplicatedData<ServingMap>
{
    private const int Bits = Segments.Count / 8;
    private const int IncarnationAt = (Bits * 2) + sizeof(long);
    private const int BitmapLength = IncarnationAt + sizeof(int);

    public static ServingMap Empty { get; } = new(ImmutableDictionary<MemberId, (long, byte[])>.Empty);

    public static IKey<ServingMap> Key { get; } = new ServingKey("fh-serving");

    public ImmutableDictionary<MemberId, (long Counter, byte[] Bitmap)> Members { get; } = members;

    public bool Serves(MemberId member, int segment) =>
        Members.TryGetValue(member, out var said) && (said.Bitmap[segment / 8] & (1 << (segment % 8))) != 0;

    /// <summary>Whether the member's copy counts under this version, as far as it has said so since it started: what it said in a life before it may have lost since.</summary>
    public bool Counts(MemberId member, int incarnation, int segment, long ringVersion) =>
        Members.TryGetValue(member, out var said) && said.Bitmap.Length == BitmapLength
        && BinaryPrimitives.ReadInt64LittleEndian(said.Bitmap.AsSpan(Bits * 2)) == ringVersion
        && BinaryPrimitives.ReadInt32LittleEndian(said.Bitmap.AsSpan(IncarnationAt)) == incarnation
        && (said.Bitmap[Bits + (segment / 8)] & (1 << (segment % 8))) != 0;

    /// <summary>What a member says.</summary>
    public static byte[] BitmapOf(IEnumerable<int> serving, IEnumerable<int> counting, long ringVersion, int incarnation)
    {
        var bitmap = new byte[BitmapLength];
        foreach (var segment in serving)
        {
            bitmap[segment / 8] |= (byte)(1 << (segment % 8));
        }

        foreach (var segment in counting)
        {
            bitmap[Bits + (segment / 8)] |= (byte)(1 << (segment % 8));
        }

        BinaryPrimitives.WriteInt64LittleEndian(bitmap.AsSpan(Bits * 2), ringVersion);
        BinaryPrimitives.WriteInt32LittleEndian(bitmap.AsSpan(IncarnationAt), incarnation);
        return bitmap;
    }

    public ServingMap With(MemberId member, long counter, byte[] bitmap) =>
        Members.TryGetValue(member, out var known) && known.Counter >= counter ? this : new(Members.SetItem(member, (counter, bitmap)));

    public ServingMap Merge(ServingMap other) => other.Members.Aggregate(this, (map, m) => map.With(m.Key, m.Value.Counter, m.Value.Bitmap));

    IReplicatedData IReplicatedData.Merge(IReplicatedData other) => Merge((ServingMap)other);

    private sealed class ServingKey(string id) : Key<ServingMap>(id);
}
