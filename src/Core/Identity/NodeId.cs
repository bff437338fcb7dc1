using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FailureHistory.Core.Identity;

/// <summary>
/// The id of a watched node: 128 bits, written as 32 hex digits, a point on the ring of 2^128 (R1.1).
/// </summary>
/// <param name="Value">The 128 bits, most significant first when written.</param>
public readonly record struct NodeId(UInt128 Value) : IComparable<NodeId>
{
    /// <summary>The number of hex digits of a written id.</summary>
    public const int HexLength = 32;

    /// <summary>Reads 32 hex digits.</summary>
    /// <exception cref="FormatException">The text is not 32 hex digits.</exception>
    public static NodeId Parse(string text) =>
        TryParse(text, out var id) ? id : throw new FormatException($"'{text}' is not a node id: expected {HexLength} hex digits");

    /// <summary>Reads 32 hex digits; false for anything else.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out NodeId id)
    {
        id = default;
        if (text is not { Length: HexLength } || !UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        id = new NodeId(value);
        return true;
    }

    /// <summary>The first 16 bytes of SHA-256 of the name, lower-cased (invariant), in UTF-8 (R1.1).</summary>
    public static NodeId FromName(string name) => Hash(name.ToLowerInvariant());

    /// <summary>
    /// The place of the address index entry of a hardware address (R1.5): the hash of <c>hw:</c> and the lower-cased address.
    /// </summary>
    public static NodeId OfAddress(HardwareAddress address) => Hash("hw:" + address.Canonical);

    /// <summary>An id as it is, a name hashed: what a reporter may write in the field <c>node</c> (R1.1).</summary>
    public static NodeId FromIdOrName(string text) => TryParse(text, out var id) ? id : FromName(text);

    /// <summary>Reads the 16 bytes that <see cref="WriteTo"/> wrote.</summary>
    public static NodeId Read(ReadOnlySpan<byte> source) => new(BinaryPrimitives.ReadUInt128BigEndian(source));

    /// <summary>Writes 16 bytes, most significant first.</summary>
    public void WriteTo(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, Value);

    /// <inheritdoc/>
    public int CompareTo(NodeId other) => Value.CompareTo(other.Value);

    /// <summary>32 lower-case hex digits.</summary>
    public override string ToString() => Value.ToString("x32", CultureInfo.InvariantCulture);

    private static NodeId Hash(string text)
    {
        Span<byte> digest = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), digest);
        return Read(digest);
    }

    /// <inheritdoc cref="CompareTo(NodeId)"/>
    public static bool operator <(NodeId left, NodeId right) => left.Value < right.Value;

    /// <inheritdoc cref="CompareTo(NodeId)"/>
    public static bool operator >(NodeId left, NodeId right) => left.Value > right.Value;

    /// <inheritdoc cref="CompareTo(NodeId)"/>
    public static bool operator <=(NodeId left, NodeId right) => left.Value <= right.Value;

    /// <inheritdoc cref="CompareTo(NodeId)"/>
    public static bool operator >=(NodeId left, NodeId right) => left.Value >= right.Value;
}
