using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using FailureHistory.Core.Identity;

namespace FailureHistory.Core.Replication;

/// <summary>A growing row of bytes: one record before it is appended, and used again for the next; or a whole segment.</summary>
/// <param name="expected">About how many bytes.</param>
internal sealed class PackedWriter(long expected = 256)
{
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>The bytes of an id.</summary>
    public const int IdBytes = 16;

    private byte[] buffer = new byte[Math.Clamp(expected, 256, Array.MaxLength)];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => buffer.AsSpan(0, Length);

    public void Clear() => Length = 0;

    public void Byte(byte value) => Take(1)[0] = value;

    /// <summary>Seven bits to a byte, lowest first.</summary>
    public void Number(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            Byte((byte)(value | 0x80));
        }

        Byte((byte)value);
    }

    public void Number(int value) => Number((ulong)value);

    /// <summary>Eight bytes, lowest first.</summary>
    public void UInt64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Take(sizeof(ulong)), value);

    /// <summary>Sixteen bytes, highest first.</summary>
    public void Id(NodeId id) => id.WriteTo(Take(IdBytes));

    /// <summary>Bytes as they are.</summary>
    public void Bytes(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Take(bytes.Length));

    /// <summary>A signed number, small when near zero on either side.</summary>
    public void Difference(long value) => Number((ulong)((value << 1) ^ (value >> 63)));

    /// <summary>
    /// A text in the one form that suits it: lower-case hex digits as half as many bytes, a lower-case UUID as 16, any other as UTF-8, or as its
    /// UTF-16 code units when it is not well-formed. A text has only one form, so equal texts have equal bytes and no others have.
    /// </summary>
    public void Text(string text)
    {
        if (IsPackableHex(text))
        {
            Form(text.Length / 2, TextForm.Hex);
            Convert.FromHexString(text, Take(text.Length / 2), out _, out _);
        }
        else if (IsUuid(text, out var uuid))
        {
            Form(16, TextForm.Uuid);
            uuid.TryWriteBytes(Take(16), bigEndian: true, out _);
        }
        else if (IsWellFormed(text))
        {
            var count = Encoding.UTF8.GetByteCount(text);
            Form(count, TextForm.Utf8);
            Encoding.UTF8.GetBytes(text, Take(count));
        }
        else
        {
            var units = MemoryMarshal.AsBytes(text.AsSpan());
            Form(units.Length, TextForm.Utf16);
            units.CopyTo(Take(units.Length));
        }
    }

    private void Form(int byteCount, TextForm form) => Number(((ulong)byteCount << 2) | (ulong)form);

    private Span<byte> Take(int count)
    {
        if (Length + count > buffer.Length)
        {
            Array.Resize(ref buffer, (int)Math.Clamp(buffer.Length * 2L, checked(Length + count), Array.MaxLength));
        }

        var taken = buffer.AsSpan(Length, count);
        Length += count;
        return taken;
    }

    private static bool IsPackableHex(string text) =>
        text.Length is >= 8 and <= 64 && text.Length % 2 == 0 && !text.AsSpan().ContainsAnyExcept(HexDigits);

    private static bool IsUuid(string text, out Guid uuid)
    {
        uuid = default;
        return text.Length == 36 && text[8] == '-' && Guid.TryParseExact(text, "D", out uuid)
            && string.Equals(uuid.ToString("D", CultureInfo.InvariantCulture), text, StringComparison.Ordinal);
    }

    private static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
            {
                continue;
            }

            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[++i]))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>How a text is written; two bits of its length.</summary>
internal enum TextForm : byte
{
    Utf8 = 0,
    Hex = 1,
    Uuid = 2,
    Utf16 = 3,
}

/// <summary>Reads what <see cref="PackedWriter"/> wrote.</summary>
internal ref struct PackedReader(ReadOnlySpan<byte> source, int position)
{
    private readonly ReadOnlySpan<byte> source = source;

    public int Position { get; set; } = position;

    public byte Byte() => source[Position++];

    public ulong Number()
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = source[Position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }

    public int Int() => (int)Number();

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(sizeof(ulong)));

    public NodeId Id() => NodeId.Read(Bytes(PackedWriter.IdBytes));

    public ReadOnlySpan<byte> Bytes(int count)
    {
        var bytes = source.Slice(Position, count);
        Position += count;
        return bytes;
    }

    public long Difference()
    {
        var value = Number();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public string Text()
    {
        var head = Number();
        var bytes = Bytes((int)(head >> 2));
        return (TextForm)(head & 3) switch
        {
            TextForm.Hex => Convert.ToHexStringLower(bytes),
            TextForm.Uuid => new Guid(bytes, bigEndian: true).ToString("D", CultureInfo.InvariantCulture),
            TextForm.Utf16 => new string(MemoryMarshal.Cast<byte, char>(bytes)),
            _ => Encoding.UTF8.GetString(bytes),
        };
    }
}
