using System.Buffers.Binary;
using FailureHistory.Core.Identity;
using Google.Protobuf;

namespace FailureHistory.Messages.Wire;

/// <summary>Ids as 16 bytes, most significant first, and lists of them.</summary>
public static class WireIds
{
    /// <summary>The bytes of an id.</summary>
    public const int Length = 16;

    /// <summary>The bytes of one entry of a list of digests: an id and 8 bytes.</summary>
    public const int DigestEntryLength = Length + sizeof(ulong);

    /// <summary>The bytes of a node's id.</summary>
    public static ByteString Bytes(NodeId id) => Bytes(id.Value);

    /// <summary>The bytes of a member's id.</summary>
    public static ByteString Bytes(MemberId id) => Bytes(id.Value);

    /// <summary>The bytes of any id of 128 bits, such as that of the cluster.</summary>
    public static ByteString Bytes(UInt128 id)
    {
        var bytes = new byte[Length];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, id);
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }

    /// <summary>Reads a node's id.</summary>
    /// <exception cref="WireFormatException">There are not 16 bytes.</exception>
    public static NodeId Node(ByteString bytes) => new(Bits("node id", bytes));

    /// <summary>Reads a member's id.</summary>
    /// <exception cref="WireFormatException">There are not 16 bytes.</exception>
    public static MemberId Member(ByteString bytes) => new(Bits("member id", bytes));

    /// <summary>Reads the id of a cluster.</summary>
    /// <exception cref="WireFormatException">There are not 16 bytes.</exception>
    public static UInt128 Cluster(ByteString bytes) => Bits("cluster id", bytes);

    /// <summary>Reads a member's id, or null where there is none: no bytes.</summary>
    /// <exception cref="WireFormatException">There are neither 0 nor 16 bytes.</exception>
    public static MemberId? MemberOrNone(ByteString bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        return bytes.IsEmpty ? null : Member(bytes);
    }

    /// <summary>Reads a node's id, or null where there is none: no bytes.</summary>
    /// <exception cref="WireFormatException">There are neither 0 nor 16 bytes.</exception>
    public static NodeId? NodeOrNone(ByteString bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        return bytes.IsEmpty ? null : Node(bytes);
    }

    /// <summary>Packs nodes and their digests, as in <c>NodeDigestPage.digests</c>.</summary>
    public static ByteString PackDigests(IReadOnlyList<(NodeId Node, ulong Digest)> digests)
    {
        ArgumentNullException.ThrowIfNull(digests);
        var bytes = new byte[digests.Count * DigestEntryLength];
        for (var i = 0; i < digests.Count; i++)
        {
            var entry = bytes.AsSpan(i * DigestEntryLength, DigestEntryLength);
            digests[i].Node.WriteTo(entry);
            BinaryPrimitives.WriteUInt64BigEndian(entry[Length..], digests[i].Digest);
        }

        return UnsafeByteOperations.UnsafeWrap(bytes);
    }

    /// <summary>Reads what <see cref="PackDigests"/> wrote.</summary>
    /// <exception cref="WireFormatException">The length is no multiple of 24.</exception>
    public static IReadOnlyList<(NodeId Node, ulong Digest)> UnpackDigests(ByteString bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        var (count, rest) = Math.DivRem(bytes.Length, DigestEntryLength);
        if (rest != 0)
        {
            throw new WireFormatException($"a list of digests has {bytes.Length} bytes; expected a multiple of {DigestEntryLength}");
        }

        var digests = new (NodeId, ulong)[count];
        for (var i = 0; i < count; i++)
        {
            var entry = bytes.Span.Slice(i * DigestEntryLength, DigestEntryLength);
            digests[i] = (NodeId.Read(entry), BinaryPrimitives.ReadUInt64BigEndian(entry[Length..]));
        }

        return digests;
    }

    private static UInt128 Bits(string what, ByteString bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        return bytes.Length == Length
            ? BinaryPrimitives.ReadUInt128BigEndian(bytes.Span)
            : throw new WireFormatException($"a {what} has {bytes.Length} bytes; expected {Length}");
    }
}
