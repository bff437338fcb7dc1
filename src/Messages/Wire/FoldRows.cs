using System.Buffers.Binary;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Reliability;
using FailureHistory.Core.Retention;
using FailureHistory.Core.Time;
using Google.Protobuf;

namespace FailureHistory.Messages.Wire;

/// <summary>Folds to and from observations.proto: steps as their lengths, each probability once.</summary>
internal static class FoldRows
{
    private const int DigestBytes = 8;

    public static FoldRow ToWire(Fold fold)
    {
        var row = new FoldRow
        {
            Node = WireIds.Bytes(fold.Node),
            Horizon = fold.Horizon.Ticks,
            ReceivedUpTo = fold.ReceivedUpTo.Ticks,
            Earlier = fold.Earlier is { } totals ? ToWire(totals) : null,
            Begin = fold.Steps.Count > 0 ? fold.Steps[0].From.Ticks : 0,
        };
        if (fold.Hardware is { } address)
        {
            WireText.Length("hardware of a fold", address.Text);
            row.Hardware = address.Text;
        }

        var places = new Dictionary<long, uint>();
        foreach (var step in fold.Steps)
        {
            row.StepLengths.Add((step.To!.Value - step.From).Ticks);
            row.StepKinds.Add((step.Probability is { } p ? 2 * Place(row, places, p) : 0) + (step.Planned ? 1u : 0));
        }

        var kept = new byte[fold.Kept.Count * DigestBytes];
        for (var i = 0; i < fold.Kept.Count; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(kept.AsSpan(i * DigestBytes), fold.Kept[i]);
        }

        row.Kept = UnsafeByteOperations.UnsafeWrap(kept);
        return row;
    }

    public static Fold FromWire(FoldRow row)
    {
        if (row.StepLengths.Count != row.StepKinds.Count || row.Kept.Length % DigestBytes != 0)
        {
            throw new WireFormatException($"corrupt batch: a fold of {row.StepLengths.Count} lengths, {row.StepKinds.Count} kinds and {row.Kept.Length} bytes of digests");
        }

        var steps = new ProbabilityStep[row.StepLengths.Count];
        var at = new Stamp(row.Begin);
        for (var i = 0; i < steps.Length; i++)
        {
            var place = row.StepKinds[i] / 2;
            if (place > row.Probabilities.Count)
            {
                throw new WireFormatException($"corrupt batch: step {i} of a fold names probability {place} of {row.Probabilities.Count}");
            }

            var to = new Stamp(unchecked(at.Ticks + row.StepLengths[i]));
            steps[i] = new ProbabilityStep(at, to, place == 0 ? null : row.Probabilities[(int)place - 1], row.StepKinds[i] % 2 == 1);
            at = to;
        }

        var kept = new ulong[row.Kept.Length / DigestBytes];
        for (var i = 0; i < kept.Length; i++)
        {
            kept[i] = BinaryPrimitives.ReadUInt64LittleEndian(row.Kept.Span[(i * DigestBytes)..]);
        }

        return new Fold
        {
            Node = WireIds.Node(row.Node),
            Hardware = row.HasHardware ? Address(row.Hardware) : null,
            Horizon = new Stamp(row.Horizon),
            ReceivedUpTo = new Stamp(row.ReceivedUpTo),
            Earlier = row.Earlier is { } totals ? FromWire(totals) : null,
            Steps = steps,
            Kept = kept,
        };
    }

    private static uint Place(FoldRow row, Dictionary<long, uint> places, double probability)
    {
        var bits = BitConverter.DoubleToInt64Bits(probability);
        if (!places.TryGetValue(bits, out var place))
        {
            row.Probabilities.Add(probability);
            place = (uint)row.Probabilities.Count;
            places.Add(bits, place);
        }

        return place;
    }

    private static HardwareAddress Address(string text)
    {
        try
        {
            return HardwareAddress.Parse(text) ?? throw new WireFormatException($"corrupt batch: hardware '{text}' of a fold is empty or a placeholder");
        }
        catch (FormatException e)
        {
            throw new WireFormatException($"corrupt batch: {e.Message}");
        }
    }

    private static FoldTotals ToWire(ReliabilityTotals totals)
    {
        var wire = new FoldTotals
        {
            From = totals.From.Ticks, To = totals.To.Ticks, Up = totals.Up.Ticks, Failed = totals.Failed.Ticks, Planned = totals.Planned.Ticks,
            Unknown = totals.Unknown.Ticks, Failures = totals.Failures, Flapping = totals.Flapping,
        };
        if (totals.LastFailure is { } last)
        {
            wire.LastFrom = last.From.Ticks;
            wire.LastTo = (last.To ?? totals.To).Ticks;
        }

        return wire;
    }

    private static ReliabilityTotals FromWire(FoldTotals wire) => new(
        new Stamp(wire.From), new Stamp(wire.To), new TimeSpan(wire.Up), new TimeSpan(wire.Failed), new TimeSpan(wire.Planned), new TimeSpan(wire.Unknown),
        wire.Failures, wire.Flapping, wire.HasLastFrom ? new FailureStretch(new Stamp(wire.LastFrom), new Stamp(wire.LastTo)) : null);
}
