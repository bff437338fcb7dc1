using Google.Protobuf.Collections;

namespace FailureHistory.Messages.Wire;

/// <summary>ClusterQueries.cs to and from public.proto.</summary>
public static class ClusterQueriesMapping
{
    /// <summary>As it travels.</summary>
    public static GetClusterP ToWire(this GetCluster _) => new();

    /// <summary>As it came.</summary>
    public static GetCluster ToRecord(this GetClusterP _) => new();

    /// <summary>As it travels.</summary>
    public static ClusterInfoP ToWire(this ClusterInfo message)
    {
        var wire = new ClusterInfoP();
        if (message.ClusterId is not null)
        {
            wire.ClusterId = message.ClusterId;
        }

        CommonMapping.Fill(wire.Members, message.Members, ToWire);
        return wire;
    }

    /// <summary>As it came.</summary>
    public static ClusterInfo ToRecord(this ClusterInfoP wire) =>
        new(wire.HasClusterId ? wire.ClusterId : null, CommonMapping.Map(wire.Members, FromWire));

    /// <summary>As it travels.</summary>
    public static GetRingP ToWire(this GetRing _) => new();

    /// <summary>As it came.</summary>
    public static GetRing ToRecord(this GetRingP _) => new();

    /// <summary>As it travels: 256 segments name each member often, so ids stand once and are named by index.</summary>
    public static RingInfoP ToWire(this RingInfo message)
    {
        var wire = new RingInfoP { ClusterId = message.ClusterId, Version = message.Version, ReplicationFactor = message.ReplicationFactor };
        CommonMapping.Fill(
            wire.Members, message.Members, m => new RingMemberInfoP { Id = m.Id, Name = m.Name, Zone = m.Zone, Copies = m.Copies });
        var known = new Dictionary<string, uint>(StringComparer.Ordinal);
        foreach (var segment in message.Segments)
        {
            var row = new RingSegmentInfoP { Segment = segment.Segment };
            AddIndexes(row.Members, segment.Members);
            AddIndexes(row.Serving, segment.Serving);
            wire.Segments.Add(row);
        }

        return wire;

        void AddIndexes(RepeatedField<uint> indexes, IReadOnlyList<string> ids)
        {
            foreach (var id in ids)
            {
                if (!known.TryGetValue(id, out var index))
                {
                    index = (uint)known.Count;
                    known.Add(id, index);
                    wire.Ids.Add(id);
                }

                indexes.Add(index);
            }
        }
    }

    /// <summary>As it came.</summary>
    /// <exception cref="WireFormatException">A segment names a member that is not in the table of ids.</exception>
    public static RingInfo ToRecord(this RingInfoP wire)
    {
        return new RingInfo(
            wire.ClusterId,
            wire.Version,
            wire.ReplicationFactor,
            CommonMapping.Map(wire.Members, m => new RingMemberInfo(m.Id, m.Name, m.Zone, m.Copies)),
            CommonMapping.Map(wire.Segments, s => new RingSegmentInfo(s.Segment, Ids(s.Members), Ids(s.Serving))));

        string[] Ids(RepeatedField<uint> indexes) => CommonMapping.Map(
            indexes,
            i => i < (uint)wire.Ids.Count ? wire.Ids[(int)i] : throw new WireFormatException($"a segment names member {i} of {wire.Ids.Count}"));
    }

    /// <summary>As it travels.</summary>
    public static RemoveRingMemberP ToWire(this RemoveRingMember message) => new() { Id = message.Id };

    /// <summary>As it came.</summary>
    public static RemoveRingMember ToRecord(this RemoveRingMemberP wire) => new(wire.Id);

    /// <summary>As it travels.</summary>
    public static RingChangedP ToWire(this RingChanged message) => new() { Version = message.Version };

    /// <summary>As it came.</summary>
    public static RingChanged ToRecord(this RingChangedP wire) => new(wire.Version);

    /// <summary>As it travels.</summary>
    public static GetReadinessP ToWire(this GetReadiness _) => new();

    /// <summary>As it came.</summary>
    public static GetReadiness ToRecord(this GetReadinessP _) => new();

    /// <summary>As it travels.</summary>
    public static ReadinessP ToWire(this Readiness message)
    {
        var wire = new ReadinessP { Ready = message.Ready, Status = message.Status, RingVersion = message.RingVersion };
        wire.WaitsFor.AddRange(message.WaitsFor);
        return wire;
    }

    /// <summary>As it came.</summary>
    public static Readiness ToRecord(this ReadinessP wire) => new(wire.Ready, wire.Status, wire.RingVersion, [.. wire.WaitsFor]);

    private static ClusterMemberInfoP ToWire(ClusterMemberInfo member)
    {
        var wire = new ClusterMemberInfoP
        {
            Id = member.Id, Name = member.Name, Address = member.Address, Zone = member.Zone, Status = member.Status, InRing = member.InRing,
        };
        if (member.Http is not null)
        {
            wire.Http = member.Http;
        }

        return wire;
    }

    private static ClusterMemberInfo FromWire(ClusterMemberInfoP wire) =>
        new(wire.Id, wire.Name, wire.Address, wire.HasHttp ? wire.Http : null, wire.Zone, wire.Status, wire.InRing);
}
