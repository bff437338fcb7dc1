using FailureHistory.Core.Ring;
using Google.Protobuf.Collections;

namespace FailureHistory.Messages.Wire;

/// <summary>The ring's record to and from cluster.proto.</summary>
public static class RingRecordMapping
{
    /// <summary>As it travels.</summary>
    public static RingRecordP ToWire(this RingRecord ring)
    {
        var wire = new RingRecordP
        {
            ClusterId = WireIds.Bytes(ring.ClusterId),
            Version = ring.Version,
            ReplicationFactor = ring.ReplicationFactor,
            SegmentCount = ring.SegmentCount,
        };
        CommonMapping.Fill(wire.Members, ring.Members, ToWire);
        CommonMapping.Fill(wire.PreviousMembers, ring.PreviousMembers, ToWire);
        return wire;
    }

    /// <summary>As it came.</summary>
    /// <exception cref="WireFormatException">An id has not 16 bytes, or a number is out of its range.</exception>
    public static RingRecord ToRecord(this RingRecordP wire)
    {
        if (wire.Version < 1 || wire.ReplicationFactor < 1 || wire.SegmentCount < 1)
        {
            throw new WireFormatException(
                $"ring record has version {wire.Version}, replication factor {wire.ReplicationFactor}, {wire.SegmentCount} segments; expected at least 1 of each");
        }

        return new RingRecord
        {
            ClusterId = WireIds.Cluster(wire.ClusterId),
            Version = wire.Version,
            ReplicationFactor = wire.ReplicationFactor,
            SegmentCount = wire.SegmentCount,
            Members = FromWire(wire.Members),
            PreviousMembers = FromWire(wire.PreviousMembers),
        };
    }

    private static RingRecordP.Types.Member ToWire(RingMember member) =>
        new() { Id = WireIds.Bytes(member.Id), Zone = member.Zone, Name = member.Name, Address = member.Address };

    private static RingMember[] FromWire(RepeatedField<RingRecordP.Types.Member> members) =>
        CommonMapping.Map(members, m => new RingMember(WireIds.Member(m.Id), m.Zone, m.Name, m.Address));
}
