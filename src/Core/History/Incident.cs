using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.History;

/// <summary>Failures that are reports of the same event (R4.1, R4.2).</summary>
/// <param name="Id">16 hex digits, derived from its first failure.</param>
/// <param name="Since">The time of its first failure.</param>
public sealed record Incident(string Id, Stamp Since)
{
    /// <summary>
    /// The id of the incident that begins with this failure: the first 8 bytes of SHA-256 over the node id, the time in ticks, and the
    /// detector and observation ids, each with its length before it so that no two failures write the same bytes.
    /// </summary>
    public static string IdOf(Observation first)
    {
        ArgumentNullException.ThrowIfNull(first);
        var detector = first.Detector ?? "";
        var length = 16 + 8 + 4 + 4 + Encoding.UTF8.GetMaxByteCount(detector.Length) + Encoding.UTF8.GetMaxByteCount(first.Id.Length);
        Span<byte> bytes = length <= 2048 ? stackalloc byte[length] : new byte[length];
        first.About.WriteTo(bytes);
        BinaryPrimitives.WriteInt64BigEndian(bytes[16..], first.At.Ticks);
        var written = 24;
        written += WriteText(detector, bytes[written..]);
        written += WriteText(first.Id, bytes[written..]);

        Span<byte> digest = stackalloc byte[32];
        SHA256.HashData(bytes[..written], digest);
        return BinaryPrimitives.ReadUInt64BigEndian(digest).ToString("x16", CultureInfo.InvariantCulture);
    }

    private static int WriteText(string text, Span<byte> destination)
    {
        var count = Encoding.UTF8.GetBytes(text, destination[4..]);
        BinaryPrimitives.WriteInt32BigEndian(destination, count);
        return 4 + count;
    }
}
