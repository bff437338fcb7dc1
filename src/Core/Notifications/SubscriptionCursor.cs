using System.Buffers.Binary;
using System.Buffers.Text;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Notifications;

/// <summary>What a subscriber was told of one node last.</summary>
/// <param name="Node">The lowest 32 bits of a hash of its id, so that ids that are alike are told apart.</param>
/// <param name="ReceivedAt">The <see cref="Present.ReceivedAt"/> of the present by which it crossed.</param>
/// <param name="Side">The side that it was told.</param>
public readonly record struct ToldSide(uint Node, Stamp ReceivedAt, Side Side)
{
    /// <summary>How a cursor names a node: short, since it names many.</summary>
    public static uint Brief(NodeId node)
    {
        var bytes = new CanonicalBytes();
        bytes.Id(node);
        return unchecked((uint)bytes.Hash());
    }
}

/// <summary>
/// Where a subscriber goes on from (R8.3): all that took effect up to <see cref="Since"/> was told, and of what came later <see cref="Told"/>.
/// Written as the id of the last crossing alone where that says enough, else with the rest behind a <c>~</c>.
/// </summary>
public sealed record SubscriptionCursor
{
    /// <summary>So far before the time in it a bare id stands for: crossings that overtake one another do so by less.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromSeconds(15);

    /// <summary>What was told is named until its effect lies so far before <see cref="Since"/>.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromSeconds(10);

    /// <summary>More nodes than these are not named: a subscriber who then breaks off at once may be told of the others again.</summary>
    public const int MostTold = 250;

    // Of the first format each entry took twelve bytes; it is read for those who kept one.
    private const byte FirstFormat = 1;
    private const byte Format = 2;
    private const int Head = 10;
    private const int FirstFormatEntryBytes = 12;
    private const int MostEntryBytes = sizeof(uint) + 10;

    /// <summary>The id of the last crossing that was told, or null.</summary>
    public string? LastId { get; init; }

    /// <summary>All that took effect up to here was told.</summary>
    public required Stamp Since { get; init; }

    /// <summary>What was told of what took effect later.</summary>
    public IReadOnlyList<ToldSide> Told { get; init; } = [];

    /// <summary>Where the present is being told, in the order of ids: the last node told; null once it has been.</summary>
    public NodeId? After { get; init; }

    /// <summary>Reads a cursor, or the bare id of a crossing.</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    public static SubscriptionCursor Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var tilde = text.IndexOf('~', StringComparison.Ordinal);
        var id = tilde < 0 ? text : text[..tilde];
        var stamp = Stamp.Zero;
        if ((id.Length > 0 || tilde < 0) && !NotificationId.TryReadStamp(id, out stamp))
        {
            throw Malformed(text);
        }

        return tilde < 0
            ? new SubscriptionCursor { LastId = id, Since = Before(stamp) }
            : Read(text, text[(tilde + 1)..]) with { LastId = id.Length == 0 ? null : id };
    }

    /// <summary>The text that <see cref="Parse"/> reads; printable ASCII without spaces.</summary>
    public override string ToString()
    {
        // Not where its period began long before it was told ("for", a late report): all that was told since would be told again.
        if (LastId is not null && After is null && Told.Count <= 1
            && NotificationId.TryReadStamp(LastId, out var stamp) && Since >= Before(stamp) && Since <= Before(stamp) + Kept)
        {
            return LastId;
        }

        var told = Told.Count <= MostTold ? Told : [.. Told.Skip(Told.Count - MostTold)];
        var bytes = new byte[Head + (After is null ? 0 : 16) + (told.Count * MostEntryBytes)];
        bytes[0] = Format;
        bytes[1] = After is null ? (byte)0 : (byte)1;
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(2), Since.Ticks);
        After?.WriteTo(bytes.AsSpan(Head));
        var at = After is null ? Head : Head + 16;
        var previous = Since.Ticks << 1;
        foreach (var entry in told)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(at), entry.Node);
            at += sizeof(uint);

            // By how much it differs from the one before, its sign lowest, in groups of seven bits, the lowest first: they are told soon after one another.
            var packed = (entry.ReceivedAt.Ticks << 1) | (long)entry.Side;
            var difference = packed - previous;
            var left = (ulong)((difference << 1) ^ (difference >> 63));
            for (; left >= 0x80; left >>= 7)
            {
                bytes[at++] = (byte)(left | 0x80);
            }

            bytes[at++] = (byte)left;
            previous = packed;
        }

        return $"{LastId}~{Base64Url.EncodeToString(bytes.AsSpan(0, at))}";
    }

    private static SubscriptionCursor Read(string text, string packed)
    {
        byte[] bytes;
        try
        {
            bytes = Base64Url.DecodeFromChars(packed);
        }
        catch (FormatException)
        {
            throw Malformed(text);
        }

        var start = bytes.Length > 1 && bytes[1] == 1 ? Head + 16 : Head;
        if (bytes.Length < start || bytes[1] > 1)
        {
            throw Malformed(text);
        }

        var since = new Stamp(BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(2)));
        var told = bytes[0] switch
        {
            FirstFormat => ReadFirstFormat(bytes.AsSpan(start)),
            Format => ReadTold(bytes.AsSpan(start), since),
            _ => null,
        };
        if (told is null || since < Stamp.Zero || since > Stamp.MaxValue || told.Exists(t => t.ReceivedAt > Stamp.MaxValue))
        {
            throw Malformed(text);
        }

        return new SubscriptionCursor
        {
            Since = since,
            After = bytes[1] == 1 ? NodeId.Read(bytes.AsSpan(Head)) : null,
            Told = told,
        };
    }

    // Null where it is none.
    private static List<ToldSide>? ReadFirstFormat(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length % FirstFormatEntryBytes != 0)
        {
            return null;
        }

        var told = new List<ToldSide>(bytes.Length / FirstFormatEntryBytes);
        for (; bytes.Length > 0; bytes = bytes[FirstFormatEntryBytes..])
        {
            told.Add(Unpack(BinaryPrimitives.ReadUInt32BigEndian(bytes), BinaryPrimitives.ReadInt64BigEndian(bytes[4..])));
        }

        return told;
    }

    // Null where it is none.
    private static List<ToldSide>? ReadTold(ReadOnlySpan<byte> bytes, Stamp since)
    {
        var told = new List<ToldSide>();
        var packed = since.Ticks << 1;
        while (bytes.Length > sizeof(uint))
        {
            var node = BinaryPrimitives.ReadUInt32BigEndian(bytes);
            bytes = bytes[sizeof(uint)..];
            var length = bytes.IndexOfAnyInRange((byte)0, (byte)0x7f) + 1;
            if (length is 0 or > 10)
            {
                return null;
            }

            var difference = 0UL;
            for (var i = 0; i < length; i++)
            {
                difference |= (ulong)(bytes[i] & 0x7f) << (7 * i);
            }

            packed += (long)(difference >> 1) ^ -(long)(difference & 1);
            told.Add(Unpack(node, packed));
            bytes = bytes[length..];
        }

        return bytes.IsEmpty ? told : null;
    }

    private static ToldSide Unpack(uint node, long packed) => new(node, new Stamp(packed >>> 1), (Side)(packed & 1));

    private static Stamp Before(Stamp stamp) => stamp.Ticks > Margin.Ticks ? stamp - Margin : Stamp.Zero;

    private static FormatException Malformed(string text) =>
        new($"'{(text.Length > 80 ? text[..80] + "…" : text)}' is not the id of a notification; expected the id of the last one seen, as it came");
}
