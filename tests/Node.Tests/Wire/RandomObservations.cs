using CsCheck;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Time;

namespace FailureHistory.Node.Tests.Wire;

/// <summary>Observations for the tests of the codec: anything that is allowed, and what a fleet really reports.</summary>
internal static class RandomObservations
{
    private static readonly Gen<string> AnyText = Gen.Frequency(
        (6, Gen.String[Gen.Char[' ', '~'], 1, 24]),
        (1, OneOf("ж", "日本語", "🜁🜂", "a\u0301", "\u0000", " ")),
        (1, Gen.String[Gen.Char['\u0100', '\ud7ff'], 1, 256]));

    private static readonly Gen<Stamp> AnyStamp =
        Gen.Frequency((8, Gen.Long[0, Stamp.MaxValue.Ticks]), (1, Gen.Long)).Select(ticks => new Stamp(ticks));

    private static readonly Gen<HardwareAddress> AnyAddress = Gen.Byte.Array[6].Where(b => b.Any(x => x is not (0 or 0xff)))
        .Select(b => HardwareAddress.Parse(BitConverter.ToString(b).Replace('-', ':'))!);

    private static readonly Gen<NodeId> AnyId = Gen.ULong.Select(Gen.ULong, (high, low) => new NodeId(new UInt128(high, low)));

    private static readonly Gen<Labels> AnyLabels = Gen.Select(AnyText, AnyText, (key, value) => KeyValuePair.Create(key, value))
        .Array[0, 32].Select(Labels.From);

    /// <summary>Any observation, with few distinct values in some fields so that tables are shared.</summary>
    public static Gen<Observation> Any { get; } =
        from name in Gen.Frequency((2, Gen.Const((string?)null)), (2, OneOf("node1", "Node1", "node2")!), (1, AnyText!))
        from id in AnyId
        from hashed in Gen.Bool
        from origin in Gen.Frequency((3, Gen.Const(false)), (1, Gen.Const(true)))
        from identity in AnyText.Null()
        from when in Gen.Select(AnyStamp, AnyStamp, AnyStamp.Nullable(), Gen.Bool)
        from kind in Gen.Enum<ObservationKind>()
        from hardware in AnyAddress.Null()
        from texts in Gen.Select(AnyText.Null(), AnyText.Null(), AnyText.Null())
        from labels in Gen.Frequency((3, Gen.Const(Labels.None)), (1, AnyLabels))
        from numbers in Gen.Select(Gen.Double, Gen.Double, Gen.Bool)
        let about = name is not null && hashed ? NodeId.FromName(name) : id
        select new Observation
        {
            Node = origin ? new NodeId(id.Value ^ 1) : about,
            Origin = origin ? about : null,
            Name = name,
            Hardware = hardware,
            Detector = texts.Item1,
            Kind = kind,
            At = when.Item1,
            ReceivedAt = when.Item4 ? when.Item1 : when.Item2,
            ReportedAt = when.Item3,
            Id = identity ?? string.Empty,
            Reason = texts.Item2,
            Labels = labels,
            Accuracy = numbers.Item1,
            Explicit = numbers.Item3,
            Total = numbers.Item2,
            Signature = texts.Item3,
        };

    /// <summary>Any tombstone.</summary>
    public static Gen<Tombstone> AnyTombstone { get; } = Gen.Select(
        AnyId, AnyAddress.Null(), Gen.Select(AnyStamp, AnyStamp).Array[0, 5], AnyStamp, (id, hardware, stints, upTo) => new Tombstone(id, hardware, stints, upTo));

    /// <summary>
    /// What a gate writes: so many distinct nodes, three detectors, ids of 16 to 22 characters, consecutive stamps, an address in each join (a
    /// tenth of the reports) and a reason in each failure of one detector.
    /// </summary>
    public static Observation[] Fleet(int count, int seed, int nodes = 100)
    {
        var random = new Random(seed);
        var observations = new Observation[count];
        var stamp = 17_600_000_000_000_000L;
        for (var i = 0; i < count; i++)
        {
            var node = i % nodes;
            var name = $"rack{node / 24:00}-node{node:000}.example.org";
            var detector = random.Next(3);
            var kind = random.Next(10) switch { 0 => ObservationKind.Join, < 4 => ObservationKind.Alive, _ => ObservationKind.Failure };
            observations[i] = new Observation
            {
                Node = NodeId.FromName(name),
                Name = name,
                Hardware = kind == ObservationKind.Join ? HardwareAddress.Parse($"3c:ec:ef:{node / 256:x2}:{node % 256:x2}:{random.Next(1, 255):x2}") : null,
                Detector = detector switch { 0 => "heartbeat", 1 => "smartd", _ => "kernel.log" },
                Kind = kind,
                At = new Stamp(stamp),
                ReceivedAt = new Stamp(stamp++),
                Id = RandomKey(random, random.Next(16, 23)),
                Reason = detector == 2 && kind == ObservationKind.Failure ? "mce: hardware error" : null,
                Accuracy = detector switch { 0 => 80, 1 => 60, _ => 95 },
                Explicit = detector != 2,
                Total = 140,
            };
        }

        return observations;
    }

    private static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    private static string RandomKey(Random random, int length) =>
        string.Create(length, random, (span, r) =>
        {
            foreach (ref var c in span)
            {
                c = "0123456789abcdefghijklmnopqrstuvwxyz"[r.Next(36)];
            }
        });
}
