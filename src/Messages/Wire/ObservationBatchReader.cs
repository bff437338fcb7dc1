using System.Text;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Retention;
using FailureHistory.Core.Time;
using Google.Protobuf.Collections;

namespace FailureHistory.Messages.Wire;

/// <summary>Reads one parsed <c>ObservationBatch</c>: first the tables, then the columns, every length and index checked.</summary>
internal sealed class ObservationBatchReader(ObservationBatch batch)
{
    private readonly int rows = batch.Kinds.Length;
    private readonly NodeId[] ids = new NodeId[batch.NodeNames.Count];
    private readonly string?[] names = new string?[batch.NodeNames.Count];
    private readonly HardwareAddress[] machines = new HardwareAddress[batch.Hardware.Count];
    private readonly Labels[] labelSets = new Labels[batch.LabelSets.Count];

    public DecodedBatch Read()
    {
        if (batch.Format != ObservationBatchCodec.Format)
        {
            throw new WireFormatException(
                $"batch has format {batch.Format}; this version reads {ObservationBatchCodec.Format}: a newer member wrote it, upgrade this one, or it is no batch");
        }

        CheckLengths();
        ReadNodes();
        ReadMachines();
        ReadLabelSets();
        return new DecodedBatch(ReadRows(), ReadTombstones(), ReadPins(), [.. batch.Folds.Select(FoldRows.FromWire)]);
    }

    private static WireFormatException Corrupt(string what) => new($"corrupt batch: {what}");

    private static void CheckLength(string column, int length, int expected)
    {
        if (length != expected)
        {
            throw Corrupt($"column {column} has {length} values; expected {expected}");
        }
    }

    private static int Index(string column, uint index, int count) =>
        index < (uint)count ? (int)index : throw Corrupt($"column {column} names entry {index} of a table of {count}");

    private void CheckLengths()
    {
        CheckLength("node", batch.Node.Count, rows);
        CheckLength("detector", batch.Detector.Count, rows);
        CheckLength("at", batch.At.Count, rows);
        CheckLength("lag", batch.Lag.Count, batch.Lag.Count == 0 ? 0 : rows);
        CheckLength("profile", batch.Profile.Count, rows);
        CheckLength("machine", batch.Machine.Count, batch.Machine.Count == 0 ? 0 : rows);
        CheckLength("key_length", batch.KeyLength.Count, rows);
        CheckLength("reported", batch.Reported.Count, batch.ReportedRows.Count);
        CheckLength("reason", batch.Reason.Count, batch.ReasonRows.Count);
        CheckLength("label_set", batch.LabelSet.Count, batch.LabelRows.Count);
        CheckLength("signature", batch.Signature.Count, batch.SignatureRows.Count);
        CheckLength("holder", batch.Holder.Count, batch.HolderRows.Count);
        CheckLength("profile_total", batch.ProfileTotal.Count, batch.ProfileAccuracy.Count);
        CheckLength("profile_explicit", batch.ProfileExplicit.Count, batch.ProfileAccuracy.Count);
        CheckLength("ids", batch.Ids.Length, batch.IdEntries.Count * WireIds.Length);
    }

    private void ReadNodes()
    {
        var explicitIds = new SparseColumn("id_entries", batch.IdEntries, ids.Length);
        for (var i = 0; i < ids.Length; i++)
        {
            var name = batch.NodeNames[i];
            names[i] = name.Length == 0 ? null : name;
            if (explicitIds.TakeAt(i, out var n))
            {
                ids[i] = NodeId.Read(batch.Ids.Span.Slice(n * WireIds.Length, WireIds.Length));
            }
            else if (names[i] is not null)
            {
                ids[i] = NodeNames.IdOf(name);
            }
            else
            {
                throw Corrupt($"node {i} has neither a name nor an id");
            }
        }

        explicitIds.CheckTaken();
    }

    private void ReadMachines()
    {
        for (var i = 0; i < machines.Length; i++)
        {
            machines[i] = Machine(batch.Hardware[i]);
        }
    }

    private static HardwareAddress Machine(string text)
    {
        try
        {
            return HardwareAddress.Parse(text) ?? throw Corrupt($"hardware '{text}' is empty or a placeholder");
        }
        catch (FormatException e)
        {
            throw Corrupt(e.Message);
        }
    }

    private void ReadLabelSets()
    {
        for (var i = 0; i < labelSets.Length; i++)
        {
            var pairs = batch.LabelSets[i].Pairs;
            if (pairs.Count % 2 != 0)
            {
                throw Corrupt($"label set {i} has {pairs.Count} texts; expected pairs");
            }

            var labels = new KeyValuePair<string, string>[pairs.Count / 2];
            for (var n = 0; n < labels.Length; n++)
            {
                labels[n] = new(LabelText(pairs[2 * n]), LabelText(pairs[(2 * n) + 1]));
            }

            labelSets[i] = Labels.From(labels);
        }
    }

    private string LabelText(uint index) => batch.LabelTexts[Index("pairs", index, batch.LabelTexts.Count)];

    private Observation[] ReadRows()
    {
        var observations = new Observation[rows];
        var kinds = batch.Kinds.Span;
        var keys = batch.Keys.Span;
        var reported = new SparseColumn("reported_rows", batch.ReportedRows, rows);
        var reason = new SparseColumn("reason_rows", batch.ReasonRows, rows);
        var labels = new SparseColumn("label_rows", batch.LabelRows, rows);
        var signature = new SparseColumn("signature_rows", batch.SignatureRows, rows);
        var holder = new SparseColumn("holder_rows", batch.HolderRows, rows);
        long at = 0, lag = 0;
        for (var i = 0; i < rows; i++)
        {
            at = unchecked(at + batch.At[i]);
            lag = batch.Lag.Count == 0 ? 0 : unchecked(lag + batch.Lag[i]);
            var node = Index("node", batch.Node[i], ids.Length);
            var detector = batch.Detector[i];
            var machine = batch.Machine.Count == 0 ? 0 : batch.Machine[i];
            var profile = Index("profile", batch.Profile[i], batch.ProfileAccuracy.Count);
            var held = holder.TakeAt(i, out var h);
            observations[i] = new Observation
            {
                Node = held ? ids[Index("holder", batch.Holder[h], ids.Length)] : ids[node],
                Origin = held ? ids[node] : null,
                Name = names[node],
                Hardware = machine == 0 ? null : machines[Index("machine", machine - 1, machines.Length)],
                Detector = detector == 0 ? null : batch.Detectors[Index("detector", detector - 1, batch.Detectors.Count)],
                Kind = Kind(kinds[i]),
                At = new Stamp(at),
                ReceivedAt = new Stamp(unchecked(at + lag)),
                ReportedAt = reported.TakeAt(i, out var r) ? new Stamp(unchecked(at + batch.Reported[r])) : null,
                Id = Key(ref keys, batch.KeyLength[i]),
                Reason = reason.TakeAt(i, out var w) ? batch.Reasons[Index("reason", batch.Reason[w], batch.Reasons.Count)] : null,
                Labels = labels.TakeAt(i, out var l) ? labelSets[Index("label_set", batch.LabelSet[l], labelSets.Length)] : Labels.None,
                Accuracy = batch.ProfileAccuracy[profile],
                Explicit = batch.ProfileExplicit[profile],
                Total = batch.ProfileTotal[profile],
                Signature = signature.TakeAt(i, out var s) ? batch.Signature[s] : null,
            };
        }

        CheckLength("keys", batch.Keys.Length, batch.Keys.Length - keys.Length);
        reported.CheckTaken();
        reason.CheckTaken();
        labels.CheckTaken();
        signature.CheckTaken();
        holder.CheckTaken();
        return observations;
    }

    private static ObservationKind Kind(byte kind) =>
        kind <= (byte)ObservationKind.Leave ? (ObservationKind)kind : throw Corrupt($"kind {kind}; expected 0 to {(byte)ObservationKind.Leave}");

    private static string Key(ref ReadOnlySpan<byte> keys, uint length)
    {
        if (length > (uint)keys.Length)
        {
            throw Corrupt($"an id of {length} bytes begins {keys.Length} bytes before the end of the ids");
        }

        try
        {
            var key = WireText.Strict.GetString(keys[..(int)length]);
            keys = keys[(int)length..];
            return key;
        }
        catch (DecoderFallbackException e)
        {
            throw Corrupt($"an id is no UTF-8: {e.Message}");
        }
    }

    private Tombstone[] ReadTombstones()
    {
        var tombstones = new Tombstone[batch.Tombstones.Count];
        for (var i = 0; i < tombstones.Length; i++)
        {
            var row = batch.Tombstones[i];
            if (row.Stints.Count % 2 != 0)
            {
                throw Corrupt($"tombstone {i} has {row.Stints.Count} ends of stints; expected an even number");
            }

            tombstones[i] = new Tombstone(
                WireIds.Node(row.Node), row.HasHardware ? Machine(row.Hardware) : null, Stints(row.Stints), new Stamp(row.UpTo));
        }

        return tombstones;
    }

    private Pin[] ReadPins() =>
        [.. batch.Pins.Select(row => new Pin(WireIds.Node(row.Node), new Stamp(row.At), row.Pinned, row.Reason, row.By))];

    private static (Stamp From, Stamp To)[] Stints(RepeatedField<long> ends)
    {
        var stints = new (Stamp From, Stamp To)[ends.Count / 2];
        var before = 0L;
        for (var i = 0; i < stints.Length; i++)
        {
            var from = unchecked(before + ends[2 * i]);
            before = unchecked(from + ends[(2 * i) + 1]);
            stints[i] = (new Stamp(from), new Stamp(before));
        }

        return stints;
    }

    /// <summary>Walks along a sparse column: which of its values, if any, belongs to the present row.</summary>
    private struct SparseColumn
    {
        private readonly string name;
        private readonly RepeatedField<uint> gaps;
        private readonly int rows;
        private int taken;
        private long next;

        public SparseColumn(string name, RepeatedField<uint> gaps, int rows)
        {
            this.name = name;
            this.gaps = gaps;
            this.rows = rows;
            next = -1;
            Advance();
        }

        public bool TakeAt(int row, out int index)
        {
            index = taken;
            if (row != next)
            {
                return false;
            }

            taken++;
            Advance();
            return true;
        }

        public readonly void CheckTaken()
        {
            if (taken != gaps.Count)
            {
                throw Corrupt($"column {name} names row {next} of {rows}");
            }
        }

        private void Advance()
        {
            if (taken >= gaps.Count)
            {
                next = long.MaxValue;
                return;
            }

            if (gaps[taken] == 0)
            {
                throw Corrupt($"column {name} names row {next} twice");
            }

            next += gaps[taken];
        }
    }
}
