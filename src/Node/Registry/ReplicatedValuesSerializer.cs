using System.Collections.Immutable;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;
using FailureHistory.Core.Time;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Notifications;
using Google.Protobuf;

namespace FailureHistory.Node.Registry;

/// <summary>
/// The values that members share in DistributedData, as protobuf (docs/WIRE.md). They are exchanged between members only. Entries are sorted:
/// DistributedData compares digests of these bytes, and a dictionary's order differs from process to process.
/// </summary>
internal sealed class ReplicatedValuesSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private const string RegistryManifest = "DR";
    private const string HeardManifest = "DH";
    private const string ServingManifest = "DS";
    private const string InterestManifest = "DI";

    /// <summary>What an actor system needs to know of this serializer.</summary>
    public static Config Bindings { get; } = ConfigurationFactory.ParseString("""
        akka.actor.serializers.fh-values = "FailureHistory.Node.Registry.ReplicatedValuesSerializer, FailureHistory.Node"
        akka.actor.serialization-bindings {
          "FailureHistory.Node.Registry.RegistryShard, FailureHistory.Node" = fh-values
          "FailureHistory.Node.Registry.HeardTimes, FailureHistory.Node" = fh-values
          "FailureHistory.Node.Registry.ServingMap, FailureHistory.Node" = fh-values
          "FailureHistory.Node.Notifications.InterestMap, FailureHistory.Node" = fh-values
        }
        """);

    public override int Identifier => 1949;

    public override string Manifest(object o) => o switch
    {
        RegistryShard => RegistryManifest,
        HeardTimes => HeardManifest,
        ServingMap => ServingManifest,
        InterestMap => InterestManifest,
        _ => throw new SerializationException($"{o.GetType()} is not one of the values that members share"),
    };

    public override byte[] ToBinary(object obj) => obj switch
    {
        RegistryShard shard => ToWire(shard).ToByteArray(),
        HeardTimes heard => ToWire(heard).ToByteArray(),
        ServingMap serving => ToWire(serving).ToByteArray(),
        InterestMap interest => interest.ToWire().ToByteArray(),
        _ => throw new SerializationException($"{obj.GetType()} is not one of the values that members share"),
    };

    public override object FromBinary(byte[] bytes, string manifest) => manifest switch
    {
        RegistryManifest => FromWire(RegistryShardP.Parser.ParseFrom(bytes)),
        HeardManifest => new HeardTimes(HeardP.Parser.ParseFrom(bytes).Entries
            .ToImmutableDictionary(e => e.Id, e => new Stamp(e.Stamp), StringComparer.Ordinal)),
        ServingManifest => new ServingMap(ServingP.Parser.ParseFrom(bytes).Entries
            .ToImmutableDictionary(e => WireIds.Member(e.Member), e => (e.Counter, e.Bitmap.ToByteArray()))),
        InterestManifest => InterestMap.FromWire(InterestP.Parser.ParseFrom(bytes)),
        _ => throw new SerializationException($"unknown manifest '{manifest}'; this member knows {RegistryManifest}, {HeardManifest}, {ServingManifest} and {InterestManifest}"),
    };

    private static RegistryShardP ToWire(RegistryShard shard)
    {
        var wire = new RegistryShardP();
        wire.Detectors.AddRange(shard.Entries.Values.OrderBy(e => e.Id, StringComparer.Ordinal).Select(e => e.ToWire()));
        return wire;
    }

    private static RegistryShard FromWire(RegistryShardP wire) =>
        wire.Detectors.Select(d => d.ToEntry()).Aggregate(RegistryShard.Empty, (shard, entry) => shard.With(entry));

    private static HeardP ToWire(HeardTimes heard)
    {
        var wire = new HeardP();
        wire.Entries.AddRange(heard.Times.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => new HeardP.Types.Entry { Id = t.Key, Stamp = t.Value.Ticks }));
        return wire;
    }

    private static ServingP ToWire(ServingMap serving)
    {
        var wire = new ServingP();
        wire.Entries.AddRange(serving.Members.OrderBy(m => m.Key).Select(m => new ServingP.Types.Entry
        {
            Member = WireIds.Bytes(m.Key), Counter = m.Value.Counter, Bitmap = ByteString.CopyFrom(m.Value.Bitmap),
        }));
        return wire;
    }
}
