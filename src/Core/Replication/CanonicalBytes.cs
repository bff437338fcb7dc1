using System.Buffers;
using System.Buffers.Binary;
using FailureHistory.Core.Identity;

namespace FailureHistory.Core.Replication;

/// <summary>
/// The bytes that contents are hashed over. Numbers are little-endian; an id is 16 bytes, most significant first; an optional value is a byte 0, or a
/// byte 1 and the value; a text is the count of its UTF-16 code units as 32 bits (-1 for none) and the units, so that any string is kept apart from
/// any other without a detour over an encoding that can't hold it.
/// </summary>
internal ref struct CanonicalBytes
{
    private byte[] buffer;
    private int length;

    public CanonicalBytes() => buffer = ArrayPool<byte>.Shared.Rent(512);

    /// <summary>The hash of what was written; ends the use of this value.</summary>
    public ulong Hash()
    {
        var hash = ContentHash.Of(buffer.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
        return hash;
    }

    public void Byte(byte value) => Take(1)[0] = value;

    public void Int32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Take(4), value);

    public void Int64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Take(8), value);

    public void Double(double value) => Int64(BitConverter.DoubleToInt64Bits(value));

    public void Id(NodeId value) => value.WriteTo(Take(16));

    public void Text(string? value)
    {
        if (value is null)
        {
            Int32(-1);
            return;
        }

        Int32(value.Length);
        var target = Take(value.Length * 2);
        for (var i = 0; i < value.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(target[(2 * i)..], value[i]);
        }
    }

    private Span<byte> Take(int count)
    {
        if (length + count > buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(buffer.Length * 2, length + count));
            buffer.AsSpan(0, length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
        }

        var taken = buffer.AsSpan(length, count);
        length += count;
        return taken;
    }
}
