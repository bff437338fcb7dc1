using CsCheck;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;

namespace FailureHistory.Core.Tests.Replication;

/// <summary>Observations for the tests of this folder, by hand and at random.</summary>
internal static class Samples
{
    public static readonly TimeSpan Settle = TimeSpan.FromMinutes(1);

    public static readonly HardwareAddress X = HardwareAddress.Parse("52:54:00:AB:cd:01")!;

    public static readonly HardwareAddress Y = HardwareAddress.Parse("serial 4711")!;

    public static NodeId Node(int i) => NodeId.FromName($"rack{i}.example.org");

    /// <summary>A moment some seconds after the beginning of 2026.</summary>
    public static Stamp Second(double seconds) => Stamp.From(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)) + TimeSpan.FromSeconds(seconds);

    public static Observation Failure(string id, double at, string detector = "ping", double? receivedAt = null) => new()
    {
        Node = Node(1),
        Kind = ObservationKind.Failure,
        Id = id,
        Detector = detector,
        At = Second(at),
        ReceivedAt = Second(receivedAt ?? at),
        Accuracy = 80,
        Explicit = true,
        Total = 200,
    };

    public static Observation Alive(string id, double at, string detector = "ping") => Failure(id, at, detector) with { Kind = ObservationKind.Alive };

    public static Observation Join(string id, double at, string? detector = null) =>
        Failure(id, at) with { Kind = ObservationKind.Join, Detector = detector, Accuracy = 0, Explicit = false };

    public static Observation Leave(string id, double at) => Join(id, at) with { Kind = ObservationKind.Leave };

    public static SegmentMachine Machine(params IEnumerable<Observation> observations) => SegmentMachine.Restore(7, Settle, observations, []);

    /// <summary>All that a machine holds, sorted by node and time, as text, so that a difference can be read.</summary>
    public static string[] Contents(SegmentMachine machine)
    {
        var image = machine.Freeze();
        return [.. image.Observations.Select(Line).Order(StringComparer.Ordinal), .. image.Tombstones.Select(Line).Order(StringComparer.Ordinal)];
    }

    /// <summary>Every field, exactly.</summary>
    public static string Line(Observation o) => string.Join(
        ' ',
        o.Node, o.Origin, o.Name ?? "-", o.Hardware?.Text ?? "-", o.Detector ?? "-", o.Kind, o.At.Ticks, o.ReceivedAt.Ticks, o.ReportedAt?.Ticks, o.Id, o.Reason ?? "-",
        $"[{string.Join(',', o.Labels.Select(l => $"{l.Key}={l.Value}"))}]", BitConverter.DoubleToInt64Bits(o.Accuracy), o.Explicit,
        BitConverter.DoubleToInt64Bits(o.Total), o.Signature ?? "-");

    public static string Line(Tombstone t) => $"tombstone {t.Node} {t.Hardware} [{string.Join(',', t.Stints)}] {t.UpTo}";

    /// <summary>Any text: ids, hex, UUIDs, other scripts, emoji, even a lone surrogate.</summary>
    public static readonly Gen<string> Text = Gen.OneOf(
        Gen.String[Gen.Char.AlphaNumeric, 1, 24],
        Gen.String[Gen.Char["0123456789abcdef"], 1, 40],
        Gen.String[Gen.Char["0123456789ABCDEF"], 8, 16],
        Gen.Guid.Select(g => g.ToString()),
        Gen.Guid.Select(g => g.ToString().ToUpperInvariant()),
        Gen.String[1, 20],
        Gen.OneOf("å∫ç", "nœud-é", "机器 12", "🚀🚀", "\ud83d", "x\udc00y", " ", new string('z', 1024)));

    private static readonly Gen<Labels> AnyLabels = Gen.Select(Text, Text).Array[0, 4]
        .Select(pairs => Labels.From(pairs.Select(p => KeyValuePair.Create(p.Item1, p.Item2))));

    private static readonly Gen<long> AnyTicks = Gen.OneOf(Gen.Long[0, Stamp.MaxValue.Ticks], Gen.Int[0, 100].Select(i => Second(i).Ticks));

    /// <summary>An observation with anything in any field.</summary>
    public static readonly Gen<Observation> Any =
        from node in Gen.Int[0, 3]
        from origin in Gen.Int[0, 5]
        from name in Text.Null()
        from hardware in Gen.OneOf(null, X, Y, HardwareAddress.Parse(X.Text.ToUpperInvariant()))
        from detector in Text.Null()
        from kind in Gen.Enum<ObservationKind>()
        from at in AnyTicks
        from receivedAt in AnyTicks
        from reportedAt in AnyTicks.Nullable()
        from texts in Gen.Select(Text, Text.Null(), Text.Null())
        from labels in AnyLabels
        from numbers in Gen.Select(Gen.Double, Gen.Bool, Gen.Double)
        select new Observation
        {
            Node = Node(node),
            Origin = origin > 2 ? null : Node(100 + origin),
            Name = name,
            Hardware = hardware,
            Detector = detector,
            Kind = kind,
            At = new Stamp(at),
            ReceivedAt = new Stamp(receivedAt),
            ReportedAt = reportedAt is { } ticks ? new Stamp(ticks) : null,
            Id = texts.Item1,
            Reason = texts.Item2,
            Labels = labels,
            Accuracy = numbers.Item1,
            Explicit = numbers.Item2,
            Total = numbers.Item3,
            Signature = texts.Item3,
        };

    /// <summary>
    /// Observations of few nodes and few keys, so that many are copies of one another: copies of a key are received in one band of 1,000 s, as a
    /// reporter's retries are. <see cref="Tombstones"/> end at the edges of bands.
    /// </summary>
    public static readonly Gen<Observation> Colliding =
        from node in Gen.Int[0, 2]
        from key in Gen.Int[0, 11]
        from offset in Gen.Select(Gen.Int[0, 3], Gen.Int[0, 3])
        from reason in Gen.OneOf(null, "cable", "power")
        let band = (key % 4) * 1000
        select new Observation
        {
            Node = Node(node),
            Id = $"id-{key}",
            Detector = key % 3 == 0 ? null : $"d{key % 3}",
            Kind = (ObservationKind)(key % 4),
            At = Second(band + offset.Item1),
            ReceivedAt = Second(band + 10 + offset.Item2),
            Hardware = (key % 5) switch { 0 => X, 1 => Y, _ => null },
            Reason = reason,
            Accuracy = 50,
            Total = 100,
        };

    /// <summary>Tombstones whose times lie at the edges of the bands of <see cref="Colliding"/>.</summary>
    public static readonly Gen<Tombstone> Tombstones =
        from node in Gen.Int[0, 2]
        from hardware in Gen.OneOf(null, X, Y, HardwareAddress.Parse(X.Text.ToLowerInvariant()))
        from upTo in Gen.Int[0, 4]
        from stints in Gen.Select(Gen.Int[0, 4], Gen.Int[0, 4]).Array[0, 3]
        select new Tombstone(Node(node), hardware, [.. stints.Select(s => (Edge(s.Item1), Edge(s.Item2)))], Edge(upTo));

    private static Stamp Edge(int band) => Second((band * 1000) - 500);
}
