using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Replication;

/// <summary>
/// One stored observation as bytes, readable on its own: the length of the rest; the key (detector, origin, id), first, so that keys are compared as
/// bytes; two bytes that say which of the rest is there; stamps as differences (<c>at</c> to the first one of its log); shared values as places in
/// the vocabulary.
/// </summary>
/// <remarks>In memory, and in snapshots (<see cref="SegmentPacking"/>), whose layout is another one when this changes. What is logged and what goes to other members is encoded elsewhere.</remarks>
internal static class Record
{
    private const int KindBits = 3;
    private const int HasReceivedAt = 1 << 2;
    private const int HasReportedAt = 1 << 3;
    private const int HasLabels = 1 << 4;
    private const int HasSharedReason = 1 << 5;
    private const int HasOwnReason = 1 << 6;
    private const int HasSignature = 1 << 7;
    private const int HasHardware = 1 << 8;
    private const int HasName = 1 << 9;
    private const int HasSuperseded = 1 << 10;

    /// <summary>
    /// Writes the key; with <paramref name="add"/> false it writes none and is false when the vocabulary lacks a word of it, as then no record has
    /// that key.
    /// </summary>
    public static bool WriteKey(PackedWriter target, Observation observation, Vocabulary vocabulary, bool add)
    {
        var detector = observation.Detector is not { } name ? 0 : 1 + vocabulary.Detector(name, add);
        var origin = observation.Origin is not { } node ? 0 : 1 + (add ? vocabulary.Origins.PlaceOf(node) : vocabulary.Origins.Find(node));
        if ((detector == 0 && observation.Detector is not null) || (origin == 0 && observation.Origin is not null))
        {
            return false;
        }

        target.Number(detector);
        target.Number(origin);
        target.Text(observation.Id);
        return true;
    }

    /// <summary>Writes all that follows the key.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="observation">What.</param>
    /// <param name="vocabulary">Where shared values get their places.</param>
    /// <param name="baseTicks">What <c>at</c> is counted from.</param>
    /// <param name="name">The place of the name in the vocabulary, or -1 for none.</param>
    /// <param name="superseded">The offset of the record of the same key that this one replaces, or -1.</param>
    /// <param name="again">Whether the observation was written into another log of this vocabulary before.</param>
    public static void WriteContent(PackedWriter target, Observation observation, Vocabulary vocabulary, long baseTicks, int name, int superseded, bool again)
    {
        var reasonPlace = observation.Reason is { } reason ? vocabulary.Reason(reason, again) : -1;
        var flags = Flags(observation, reasonPlace, superseded);
        target.Byte((byte)flags);
        target.Byte((byte)(flags >> 8));
        target.Difference(observation.At.Ticks - baseTicks);
        if ((flags & HasReceivedAt) != 0)
        {
            target.Difference(observation.ReceivedAt.Ticks - observation.At.Ticks);
        }

        if (observation.ReportedAt is { } reportedAt)
        {
            target.Difference(reportedAt.Ticks - observation.At.Ticks);
        }

        target.Number(vocabulary.WeightOf(observation));
        if (observation.Hardware is { } hardware)
        {
            target.Number(vocabulary.Address(hardware));
        }

        if (name >= 0)
        {
            target.Number(name);
        }

        if (observation.Labels.Count > 0)
        {
            target.Number(vocabulary.LabelSet(observation.Labels));
        }

        if (reasonPlace >= 0)
        {
            target.Number(reasonPlace);
        }
        else if (observation.Reason is { } ownReason)
        {
            target.Text(ownReason);
        }

        if (observation.Signature is { } signature)
        {
            target.Text(signature);
        }

        if (superseded >= 0)
        {
            target.Number(superseded);
        }
    }

    /// <summary>Reads a record, which begins behind its length.</summary>
    public static Observation Read(ReadOnlySpan<byte> source, int start, NodeId node, Vocabulary vocabulary, long baseTicks)
    {
        var reader = new PackedReader(source, start);
        var detector = reader.Int();
        var origin = reader.Int();
        var id = reader.Text();
        var flags = reader.Byte() | (reader.Byte() << 8);
        var at = baseTicks + reader.Difference();
        var receivedAt = (flags & HasReceivedAt) != 0 ? at + reader.Difference() : at;
        Stamp? reportedAt = (flags & HasReportedAt) != 0 ? new Stamp(at + reader.Difference()) : null;
        var weight = vocabulary.Weights[reader.Int()];
        return new Observation
        {
            Node = node,
            Origin = origin == 0 ? null : vocabulary.Origins[origin - 1],
            Detector = detector == 0 ? null : vocabulary.Texts[detector - 1],
            Id = id,
            Kind = (ObservationKind)(flags & KindBits),
            At = new Stamp(at),
            ReceivedAt = new Stamp(receivedAt),
            ReportedAt = reportedAt,
            Accuracy = BitConverter.Int64BitsToDouble(weight.AccuracyBits),
            Explicit = weight.Explicit,
            Total = BitConverter.Int64BitsToDouble(weight.TotalBits),
            Hardware = (flags & HasHardware) != 0 ? vocabulary.Addresses[reader.Int()] : null,
            Name = (flags & HasName) != 0 ? vocabulary.Texts[reader.Int()] : null,
            Labels = (flags & HasLabels) != 0 ? vocabulary.LabelSets[reader.Int()] : Labels.None,
            Reason = (flags & HasSharedReason) != 0 ? vocabulary.Texts[reader.Int()] : (flags & HasOwnReason) != 0 ? reader.Text() : null,
            Signature = (flags & HasSignature) != 0 ? reader.Text() : null,
        };
    }

    /// <summary>The bytes of the key of a record.</summary>
    public static ReadOnlySpan<byte> Key(ReadOnlySpan<byte> source, int start)
    {
        var reader = new PackedReader(source, start);
        SkipKey(ref reader);
        return source[start..reader.Position];
    }

    /// <summary>The detector's place in the vocabulary and one more, 0 for none, and the kind.</summary>
    public static (int Detector, ObservationKind Kind) Verdict(ReadOnlySpan<byte> source, int start)
    {
        var reader = new PackedReader(source, start);
        var detector = reader.Int();
        reader.Number();
        SkipText(ref reader);
        return (detector, (ObservationKind)(reader.Byte() & KindBits));
    }

    /// <summary>Whether it is a copy for or from another history, and its stamps.</summary>
    public static (bool HasOrigin, long At, long ReceivedAt) Stamps(ReadOnlySpan<byte> source, int start, long baseTicks)
    {
        var reader = new PackedReader(source, start);
        reader.Number();
        var hasOrigin = reader.Number() != 0;
        SkipText(ref reader);
        var flags = reader.Byte() | (reader.Byte() << 8);
        var at = baseTicks + reader.Difference();
        return (hasOrigin, at, (flags & HasReceivedAt) != 0 ? at + reader.Difference() : at);
    }

    /// <summary>The offset of the record that the one here replaces, or -1. It is the last that is written.</summary>
    public static int Superseded(ReadOnlySpan<byte> source, int start)
    {
        var reader = new PackedReader(source, start);
        SkipKey(ref reader);
        var flags = reader.Byte() | (reader.Byte() << 8);
        if ((flags & HasSuperseded) == 0)
        {
            return -1;
        }

        const int oneNumberEach = HasReceivedAt | HasReportedAt | HasHardware | HasName | HasLabels | HasSharedReason;
        for (var numbers = 2 + int.PopCount(flags & oneNumberEach); numbers > 0; numbers--)
        {
            reader.Number();
        }

        for (var texts = int.PopCount(flags & (HasOwnReason | HasSignature)); texts > 0; texts--)
        {
            SkipText(ref reader);
        }

        return reader.Int();
    }

    private static void SkipKey(ref PackedReader reader)
    {
        reader.Number();
        reader.Number();
        SkipText(ref reader);
    }

    private static void SkipText(ref PackedReader reader)
    {
        var bytes = (int)(reader.Number() >> 2);
        reader.Position += bytes;
    }

    private static int Flags(Observation observation, int reasonPlace, int superseded) =>
        (int)observation.Kind
        | If(observation.ReceivedAt != observation.At, HasReceivedAt)
        | If(observation.ReportedAt is not null, HasReportedAt)
        | If(observation.Labels.Count > 0, HasLabels)
        | If(reasonPlace >= 0, HasSharedReason)
        | If(observation.Reason is not null && reasonPlace < 0, HasOwnReason)
        | If(observation.Signature is not null, HasSignature)
        | If(observation.Hardware is not null, HasHardware)
        | If(observation.Name is not null, HasName)
        | If(superseded >= 0, HasSuperseded);

    private static int If(bool condition, int flag) => condition ? flag : 0;
}
