using System.Buffers;
using System.Text;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Retention;
using Google.Protobuf;
using Google.Protobuf.Collections;

namespace FailureHistory.Messages.Wire;

/// <summary>
/// Builds one <c>ObservationBatch</c>: every text goes once into a table, every row into columns of small numbers. Knows at any time how
/// large the batch has become, so that a page can be cut before it is too large. For one thread, and for one batch.
/// </summary>
public sealed class ObservationBatchWriter
{
    // Format, and the tag and length of every table and column.
    private const int FixedBytes = 192;

    // The most that a row adds besides its texts: indexes, stamps, a profile, and the tags and lengths of new table entries.
    private const int MostPerRow = 192;

    private readonly ObservationBatch batch = new() { Format = ObservationBatchCodec.Format };
    private readonly Dictionary<(NodeId Id, string? Name), int> nodes = [];
    private readonly Dictionary<(long Accuracy, long Total, bool Explicit), int> profiles = [];
    private readonly Dictionary<Labels, int> labelSets = [];
    private readonly TextTable detectors;
    private readonly TextTable hardware;
    private readonly TextTable reasons;
    private readonly TextTable labelTexts;
    private readonly ArrayBufferWriter<byte> ids = new();
    private byte[] kinds;
    private byte[] keys;
    private int keyBytes;
    private long lastAt;
    private long lastLag;
    private bool anyLag;
    private bool anyMachine;
    private (int Id, int Reported, int Reason, int Label, int Signature, int Holder) last = (-1, -1, -1, -1, -1, -1);
    private (NodeId Id, string? Name, int Index) lastNode = (default, null, -1);
    private (long Accuracy, long Total, bool Explicit, int Index) lastProfile = (0, 0, false, -1);

    /// <summary>A writer for about so many observations.</summary>
    public ObservationBatchWriter(int expected = 128)
    {
        var capacity = Math.Clamp(expected, 4, 1 << 16);
        kinds = new byte[capacity];
        keys = new byte[capacity * 24];
        batch.Node.Capacity = capacity;
        batch.Detector.Capacity = capacity;
        batch.At.Capacity = capacity;
        batch.Lag.Capacity = capacity;
        batch.Profile.Capacity = capacity;
        batch.Machine.Capacity = capacity;
        batch.KeyLength.Capacity = capacity;
        detectors = new TextTable("detector", batch.Detectors);
        hardware = new TextTable("hardware", batch.Hardware);
        reasons = new TextTable("reason", batch.Reasons);
        labelTexts = new TextTable("label", batch.LabelTexts);
    }

    /// <summary>How many observations are in it.</summary>
    public int Count { get; private set; }

    /// <summary>The size of the payload in bytes, never too low and little too high.</summary>
    public int Size { get; private set; } = FixedBytes;

    /// <summary>Adds an observation unless the batch might then exceed <paramref name="maxBytes"/>; the first is always added.</summary>
    /// <returns>False where it was not added.</returns>
    /// <exception cref="WireFormatException">A text can't be written as UTF-8, or the name is empty.</exception>
    public bool TryAdd(Observation observation, int maxBytes)
    {
        ArgumentNullException.ThrowIfNull(observation);
        if (Count > 0 && Size + MostPerRow > maxBytes - TextBytes(observation))
        {
            return false;
        }

        Add(observation);
        return true;
    }

    /// <summary>Adds an observation.</summary>
    /// <exception cref="WireFormatException">A text can't be written as UTF-8, or the name is empty.</exception>
    public void Add(Observation observation)
    {
        ArgumentNullException.ThrowIfNull(observation);
        AddKey(observation.Id);
        AddKind(observation.Kind);
        Put(batch.Node, NodeIndex(observation.About, observation.Name));
        Put(batch.Detector, detectors.IndexPlusOne(observation.Detector, this));
        Put(batch.Machine, hardware.IndexPlusOne(observation.Hardware?.Text, this));
        anyMachine |= observation.Hardware is not null;
        AddTimes(observation.At.Ticks, observation.ReceivedAt.Ticks);
        Put(batch.Profile, ProfileIndex(observation));
        AddSparse(observation);
        Count++;
    }

    /// <summary>Adds a tombstone.</summary>
    /// <exception cref="WireFormatException">Its address can't be written as UTF-8.</exception>
    public void Add(Tombstone tombstone)
    {
        ArgumentNullException.ThrowIfNull(tombstone);
        var row = new TombstoneRow { Node = WireIds.Bytes(tombstone.Node), UpTo = tombstone.UpTo.Ticks };
        if (tombstone.Hardware is { } machine)
        {
            WireText.Length("hardware of a tombstone", machine.Text);
            row.Hardware = machine.Text;
        }

        var before = 0L;
        foreach (var (from, to) in tombstone.Stints)
        {
            row.Stints.Add(unchecked(from.Ticks - before));
            row.Stints.Add(unchecked(to.Ticks - from.Ticks));
            before = to.Ticks;
        }

        batch.Tombstones.Add(row);
        AddSize(row);
    }

    /// <summary>Adds a pin.</summary>
    /// <exception cref="WireFormatException">Its reason can't be written as UTF-8.</exception>
    public void Add(Pin pin)
    {
        ArgumentNullException.ThrowIfNull(pin);
        WireText.Length("reason of a pin", pin.Reason);
        WireText.Length("author of a pin", pin.By);
        var row = new PinRow { Node = WireIds.Bytes(pin.Node), At = pin.At.Ticks, Pinned = pin.IsPinned, Reason = pin.Reason, By = pin.By };
        batch.Pins.Add(row);
        AddSize(row);
    }

    /// <summary>Adds a fold.</summary>
    /// <exception cref="WireFormatException">Its address can't be written as UTF-8.</exception>
    public void Add(Fold fold)
    {
        ArgumentNullException.ThrowIfNull(fold);
        var row = FoldRows.ToWire(fold);
        batch.Folds.Add(row);
        AddSize(row);
    }

    private void AddSize(IMessage row)
    {
        var size = row.CalculateSize();
        Size += size + 2 + CodedOutputStream.ComputeLengthSize(size);
    }

    /// <summary>The bytes. The writer is of no use afterwards.</summary>
    public ByteString ToPayload()
    {
        if (!anyLag)
        {
            batch.Lag.Clear();
        }

        if (!anyMachine)
        {
            batch.Machine.Clear();
        }

        batch.Kinds = UnsafeByteOperations.UnsafeWrap(kinds.AsMemory(0, Count));
        batch.Keys = UnsafeByteOperations.UnsafeWrap(keys.AsMemory(0, keyBytes));
        batch.Ids = UnsafeByteOperations.UnsafeWrap(ids.WrittenMemory);
        return UnsafeByteOperations.UnsafeWrap(batch.ToByteArray());
    }

    private static int TextBytes(Observation observation)
    {
        var bytes = Bytes(observation.Id) + Bytes(observation.Name) + Bytes(observation.Detector) + Bytes(observation.Hardware?.Text)
            + Bytes(observation.Reason) + Bytes(observation.Signature);
        for (var i = 0; i < observation.Labels.Count; i++)
        {
            var (key, value) = observation.Labels[i];
            bytes += Bytes(key) + Bytes(value) + 16;
        }

        return bytes;

        static int Bytes(string? text) => text is null ? 0 : Encoding.UTF8.GetByteCount(text);
    }

    private void Put(RepeatedField<uint> column, int value)
    {
        column.Add((uint)value);
        Size += CodedOutputStream.ComputeUInt32Size((uint)value);
    }

    private void PutSigned(RepeatedField<long> column, long value)
    {
        column.Add(value);
        Size += CodedOutputStream.ComputeSInt64Size(value);
    }

    private void AddKey(string id)
    {
        var length = WireText.Length("id", id);
        if (keys.Length - keyBytes < length)
        {
            Array.Resize(ref keys, Math.Max(keys.Length * 2, keyBytes + length));
        }

        WireText.Strict.GetBytes(id, keys.AsSpan(keyBytes));
        keyBytes += length;
        Size += length;
        Put(batch.KeyLength, length);
    }

    private void AddKind(ObservationKind kind)
    {
        if (kind > ObservationKind.Leave)
        {
            throw new WireFormatException($"kind {(byte)kind}; expected 0 to {(byte)ObservationKind.Leave}");
        }

        if (Count == kinds.Length)
        {
            Array.Resize(ref kinds, kinds.Length * 2);
        }

        kinds[Count] = (byte)kind;
        Size++;
    }

    // Wraps around on purpose: whatever the stamps are, adding the differences up again gives them back.
    private void AddTimes(long at, long receivedAt)
    {
        unchecked
        {
            PutSigned(batch.At, at - lastAt);
            var lag = receivedAt - at;
            PutSigned(batch.Lag, lag - lastLag);
            anyLag |= lag != 0;
            (lastAt, lastLag) = (at, lag);
        }
    }

    private void AddSparse(Observation observation)
    {
        if (observation.ReportedAt is { } reportedAt)
        {
            Put(batch.ReportedRows, Gap(ref last.Reported));
            PutSigned(batch.Reported, unchecked(reportedAt.Ticks - observation.At.Ticks));
        }

        if (observation.Reason is { } reason)
        {
            Put(batch.ReasonRows, Gap(ref last.Reason));
            Put(batch.Reason, reasons.IndexPlusOne(reason, this) - 1);
        }

        if (observation.Labels.Count > 0)
        {
            Put(batch.LabelRows, Gap(ref last.Label));
            Put(batch.LabelSet, LabelSetIndex(observation.Labels));
        }

        if (observation.Signature is { } signature)
        {
            Put(batch.SignatureRows, Gap(ref last.Signature));
            batch.Signature.Add(signature);
            AddText("signature", signature);
        }

        if (observation.Origin is not null)
        {
            Put(batch.HolderRows, Gap(ref last.Holder));
            Put(batch.Holder, NodeIndex(observation.Node, null));
        }
    }

    private int Gap(ref int before)
    {
        var gap = Count - before;
        before = Count;
        return gap;
    }

    private void AddText(string field, string text)
    {
        var length = WireText.Length(field, text);
        Size += length + 2 + CodedOutputStream.ComputeLengthSize(length);
    }

    private int NodeIndex(NodeId id, string? name)
    {
        if (lastNode.Index >= 0 && lastNode.Id == id && lastNode.Name == name)
        {
            return lastNode.Index;
        }

        if (!nodes.TryGetValue((id, name), out var index))
        {
            index = nodes.Count;
            AddNode(id, name);
            nodes.Add((id, name), index);
        }

        lastNode = (id, name, index);
        return index;
    }

    private void AddNode(NodeId id, string? name)
    {
        if (name is { Length: 0 })
        {
            throw new WireFormatException($"the name of node {id} is empty; expected 1 to 256 characters, or none");
        }

        var index = batch.NodeNames.Count;
        batch.NodeNames.Add(name ?? string.Empty);
        AddText("name", name ?? string.Empty);
        if (name is not null && NodeNames.IdOf(name) == id)
        {
            return;
        }

        Put(batch.IdEntries, index - last.Id);
        last.Id = index;
        id.WriteTo(ids.GetSpan(WireIds.Length));
        ids.Advance(WireIds.Length);
        Size += WireIds.Length;
    }

    // By their bits: 0 and -0, and one NaN and another, are different values that must come back as they were.
    private int ProfileIndex(Observation observation)
    {
        var accuracy = BitConverter.DoubleToInt64Bits(observation.Accuracy);
        var total = BitConverter.DoubleToInt64Bits(observation.Total);
        if (lastProfile.Index >= 0 && lastProfile.Accuracy == accuracy && lastProfile.Total == total && lastProfile.Explicit == observation.Explicit)
        {
            return lastProfile.Index;
        }

        if (!profiles.TryGetValue((accuracy, total, observation.Explicit), out var index))
        {
            index = profiles.Count;
            profiles.Add((accuracy, total, observation.Explicit), index);
            batch.ProfileAccuracy.Add(observation.Accuracy);
            batch.ProfileTotal.Add(observation.Total);
            batch.ProfileExplicit.Add(observation.Explicit);
            Size += 17;
        }

        lastProfile = (accuracy, total, observation.Explicit, index);
        return index;
    }

    private int LabelSetIndex(Labels labels)
    {
        if (labelSets.TryGetValue(labels, out var index))
        {
            return index;
        }

        index = labelSets.Count;
        labelSets.Add(labels, index);
        var set = new LabelSet();
        for (var i = 0; i < labels.Count; i++)
        {
            var (key, value) = labels[i];
            Put(set.Pairs, labelTexts.IndexPlusOne(key, this) - 1);
            Put(set.Pairs, labelTexts.IndexPlusOne(value, this) - 1);
        }

        Size += 8;
        batch.LabelSets.Add(set);
        return index;
    }

    /// <summary>The texts of one kind, each once.</summary>
    private sealed class TextTable(string field, RepeatedField<string> texts)
    {
        private readonly Dictionary<string, int> known = new(StringComparer.Ordinal);
        private string? lastText;
        private int lastIndex;

        public int IndexPlusOne(string? text, ObservationBatchWriter writer)
        {
            if (text is null)
            {
                return 0;
            }

            if (ReferenceEquals(text, lastText))
            {
                return lastIndex;
            }

            if (!known.TryGetValue(text, out var index))
            {
                writer.AddText(field, text);
                texts.Add(text);
                index = texts.Count;
                known.Add(text, index);
            }

            (lastText, lastIndex) = (text, index);
            return index;
        }
    }
}
