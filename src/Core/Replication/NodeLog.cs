using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Retention;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Replication;

/// <summary>
/// One node's stored observations, packed in the order of their arrival; about 25 bytes each where names and ids are usual, and the objects of the node beside. Append-only: what a <see cref="NodeView"/> was given
/// never changes under it, as a later copy of a key is appended and names the record it replaces, and what must go goes by writing a new log.
/// </summary>
/// <remarks>
/// One thread writes. Keys are found by a walk through the first few records and, beyond, by an open-addressing table of offsets, each one above by
/// one so that 0 is an empty slot.
/// </remarks>
internal sealed class NodeLog(NodeId node, Vocabulary vocabulary)
{
    /// <summary>About what the objects of a node cost beside their bytes: this one, two array headers, a place in the machine's dictionary.</summary>
    public const int Overhead = 240;

    private const int WalkLimit = 8;
    private const int DetectorsTold = 16;
    private const int RoomAtLeast = 96;

    private readonly Vocabulary vocabulary = vocabulary;
    private byte[] buffer = [];
    private int[] slots = [];
    private long baseTicks;
    private long lastTicks;
    private int lastStart = -1;
    private int lastName = -1;
    private int length;
    private int records;

    public NodeId Node { get; } = node;

    /// <summary>The observations that count: records less those that were replaced.</summary>
    public int Count { get; private set; }

    public ulong Digest { get; private set; }

    public bool Ordered { get; private set; } = true;

    public long Bytes => buffer.Length + (slots.Length * 4L) + Overhead;

    /// <summary>Whether so much of it was replaced that writing it anew pays.</summary>
    public bool IsMostlyReplaced => records - Count > WalkLimit && records > 2 * Count;

    /// <summary>The origins in an address's index entry (R1.5); null in any other history.</summary>
    public IndexOrigins? Origins { get; set; }

    /// <summary>Set while the machine has the log on its list of what to compact; see <see cref="SegmentMachine.CompactTo"/>.</summary>
    public bool Touched { get; set; }

    /// <summary>The <c>receivedAt</c> of the next repeat to go, in ticks; <see cref="long.MaxValue"/> for none.</summary>
    public long Due { get; set; } = long.MaxValue;

    public NodeView Freeze(ulong marks, Pin? pin, Fold? fold) => new(Node, vocabulary, buffer, length, Count, records, baseTicks, Digest, marks, Ordered, pin, fold);

    /// <summary>A log as <see cref="NodeView.WriteTo"/> wrote it.</summary>
    /// <param name="reader">Where it begins; then its end.</param>
    /// <param name="vocabulary">What its records refer to.</param>
    /// <param name="copies">The observations that are copies for or from another history (R1.5), in the order of their arrival.</param>
    /// <param name="latest">The latest <c>receivedAt</c>.</param>
    public static NodeLog Read(ref PackedReader reader, Vocabulary vocabulary, out IReadOnlyList<Observation> copies, out Stamp latest)
    {
        var log = new NodeLog(reader.Id(), vocabulary)
        {
            Digest = reader.UInt64(),
            Count = reader.Int(),
            Ordered = reader.Byte() != 0,
            baseTicks = reader.Difference(),
        };
        log.buffer = reader.Bytes(reader.Int()).ToArray();
        log.length = log.buffer.Length;
        List<Observation>? withOrigin = null;
        latest = Stamp.Zero;
        for (var records = new PackedReader(log.buffer, 0); records.Position < log.length; log.records++)
        {
            var size = records.Int();
            log.lastStart = records.Position;
            records.Position += size;
            var (hasOrigin, at, receivedAt) = Record.Stamps(log.buffer, log.lastStart, log.baseTicks);
            log.lastTicks = at;
            latest = receivedAt > latest.Ticks ? new Stamp(receivedAt) : latest;
            if (hasOrigin)
            {
                (withOrigin ??= []).Add(log.Read(log.lastStart));
            }
        }

        if (log.records > WalkLimit)
        {
            log.Rehash();
        }

        copies = withOrigin ?? (IReadOnlyList<Observation>)[];
        return log;
    }

    /// <summary>The start of the record that has the observation's key, or -1. Leaves the key in the writer, when one could exist.</summary>
    public int Find(Observation observation, PackedWriter writer)
    {
        writer.Clear();
        if (!Record.WriteKey(writer, observation, vocabulary, add: false))
        {
            return -1;
        }

        return slots.Length == 0 ? Walk(writer.Written) : Probe(writer.Written, out _);
    }

    public Observation Read(int start) => Record.Read(buffer, start, Node, vocabulary, baseTicks);

    /// <summary>Appends an observation whose key is new, or that replaces the record at <paramref name="superseded"/>.</summary>
    /// <param name="observation">The observation, of this node.</param>
    /// <param name="digest">Its digest.</param>
    /// <param name="writer">Where the record is put together.</param>
    /// <param name="superseded">The start of the record to replace, or -1.</param>
    /// <param name="again">Whether it was written into another log of this vocabulary before.</param>
    /// <param name="keyIsWritten">Whether <see cref="Find"/> has left the key in the writer.</param>
    public void Append(Observation observation, ulong digest, PackedWriter writer, int superseded = -1, bool again = false, bool keyIsWritten = false)
    {
        if (records == 0)
        {
            baseTicks = observation.At.Ticks;
        }

        if (!keyIsWritten)
        {
            writer.Clear();
            Record.WriteKey(writer, observation, vocabulary, add: true);
        }

        var keyLength = writer.Length;
        Record.WriteContent(writer, observation, vocabulary, baseTicks, Name(observation.Name), superseded, again);
        NoteOrder(observation);
        var start = Write(writer.Written);
        lastTicks = observation.At.Ticks;
        lastStart = start;
        records++;
        Digest += digest;
        Count += superseded < 0 ? 1 : 0;
        Index(writer.Written[..keyLength], start);
    }

    /// <summary>Takes the digest of a record that is about to be replaced out of the sum.</summary>
    public void Forget(ulong digest) => Digest -= digest;

    /// <summary>
    /// Whether there may be a run of three repeats or more, as only they have a middle that can go (<see cref="RepeatRuns"/>): three verdicts of one kind in a row
    /// by one detector, or as many joins or leaves. Read off the packed bytes, since nearly every history that is looked at has none; true where it can't be told so.
    /// </summary>
    public bool MayHaveRuns()
    {
        if (!Ordered || records != Count)
        {
            return true;
        }

        Span<(int Detector, ObservationKind Kind, int Length)> runs = stackalloc (int, ObservationKind, int)[DetectorsTold];
        var known = 0;
        (int Detector, ObservationKind Kind, int Length) presence = default;
        for (var reader = new PackedReader(buffer.AsSpan(0, length), 0); reader.Position < length;)
        {
            var size = reader.Int();
            var (detector, kind) = Record.Verdict(buffer, reader.Position);
            reader.Position += size;
            if (kind is ObservationKind.Join or ObservationKind.Leave)
            {
                if (Continues(ref presence, kind))
                {
                    return true;
                }

                continue;
            }

            var i = 0;
            while (i < known && runs[i].Detector != detector)
            {
                i++;
            }

            if (detector == 0 || i == DetectorsTold || Continues(ref runs[i], kind))
            {
                return true;
            }

            runs[i].Detector = detector;
            known = Math.Max(known, i + 1);
        }

        return false;

        static bool Continues(ref (int Detector, ObservationKind Kind, int Length) run, ObservationKind kind)
        {
            run = run with { Kind = kind, Length = run.Kind == kind ? run.Length + 1 : 1 };
            return run.Length >= 3;
        }
    }

    // Nearly always the one that came before.
    private int Name(string? name)
    {
        if (name is null)
        {
            return -1;
        }

        if (lastName < 0 || vocabulary.Texts[lastName] != name)
        {
            lastName = vocabulary.Text(name);
        }

        return lastName;
    }

    private void NoteOrder(Observation next)
    {
        if (Ordered && records > 0)
        {
            Ordered = next.At.Ticks > lastTicks || (next.At.Ticks == lastTicks && TimeOrder.Instance.Compare(Read(lastStart), next) < 0);
        }
    }

    private int Write(ReadOnlySpan<byte> record)
    {
        var head = VarintLength(record.Length);
        var needed = checked(length + head + record.Length);
        if (needed > buffer.Length)
        {
            // The first exactly, as many nodes have one only; then some records at a time, or every report of a short history would copy all of it.
            var room = buffer.Length == 0 ? 0 : Math.Max(RoomAtLeast, buffer.Length / 4);
            var larger = new byte[Math.Min(needed + (long)room, Array.MaxLength)];
            buffer.AsSpan(0, length).CopyTo(larger);
            buffer = larger;
        }

        var rest = record.Length;
        for (; rest >= 0x80; rest >>= 7)
        {
            buffer[length++] = (byte)(rest | 0x80);
        }

        buffer[length++] = (byte)rest;
        var start = length;
        record.CopyTo(buffer.AsSpan(start));
        length = needed;
        return start;
    }

    private int Walk(ReadOnlySpan<byte> key)
    {
        var found = -1;
        for (var reader = new PackedReader(buffer, 0); reader.Position < length;)
        {
            var size = reader.Int();
            if (buffer.AsSpan(reader.Position, size).StartsWith(key))
            {
                found = reader.Position;
            }

            reader.Position += size;
        }

        return found;
    }

    private void Index(ReadOnlySpan<byte> key, int start)
    {
        if (slots.Length == 0 ? records > WalkLimit : (Count * 5L) + 5 > slots.Length * 4L)
        {
            Rehash();
        }

        if (slots.Length > 0)
        {
            Probe(key, out var slot);
            slots[slot] = start + 1;
        }
    }

    // The table holds the record that counts of each key; a walk in order of arrival leaves the last one there.
    private void Rehash()
    {
        slots = new int[Math.Max(16, (int)Math.Min(Count * 1.6, Array.MaxLength))];
        for (var reader = new PackedReader(buffer, 0); reader.Position < length;)
        {
            var size = reader.Int();
            var start = reader.Position;
            Probe(Record.Key(buffer, start), out var slot);
            slots[slot] = start + 1;
            reader.Position = start + size;
        }
    }

    private int Probe(ReadOnlySpan<byte> key, out int slot)
    {
        var hash = (uint)(ContentHash.Of(key) >> 32);
        slot = (int)(((ulong)hash * (uint)slots.Length) >> 32);
        while (slots[slot] != 0)
        {
            var start = slots[slot] - 1;
            if (buffer.AsSpan(start, length - start).StartsWith(key))
            {
                return start;
            }

            slot = slot + 1 == slots.Length ? 0 : slot + 1;
        }

        return -1;
    }

    private static int VarintLength(int value) => value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5;
}

/// <summary>The ids that an address's index entry knows it under: one, or several, which then have to hear of each other (R1.5).</summary>
internal sealed class IndexOrigins(NodeId first)
{
    public bool Several { get; private set; }

    public void Note(NodeId origin) => Several |= origin != first;
}
