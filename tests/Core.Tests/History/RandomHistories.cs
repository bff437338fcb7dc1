using System.Globalization;
using CsCheck;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;

namespace FailureHistory.Core.Tests.History;

/// <summary>
/// Histories over a small world (three ids, two addresses, three detectors, times ten seconds apart), so that instants, intervals and identities
/// collide often. CsCheck prints the seed of a failure.
/// </summary>
internal static class RandomHistories
{
    private static readonly string?[] Detectors = ["a", "b", "c", null];
    private static readonly string?[] Addresses = ["X-1", "x-1", "Y-2", null, null];
    private static readonly double[] Numbers = [0, 33.3, 50, 80, 100];
    private static readonly string[] Names = ["p", "q", "r"];

    /// <summary>One report; only joins and leaves may lack a detector.</summary>
    public static Gen<Observation> Report { get; } =
        from kind in Gen.Frequency((4, Gen.Const(0)), (2, Gen.Const(1)), (2, Gen.Const(2)), (1, Gen.Const(3)))
        from detector in Gen.Int[0, 3]
        from at in Gen.Int[0, 40]
        from numbers in Gen.Select(Gen.Int[0, 4], Gen.Int[0, 4], Gen.Bool)
        from place in Gen.Select(Gen.Int[0, 4], Gen.Int[0, 2], Gen.Int[0, 5])
        select new Observation
        {
            Node = Script.Id(Names[place.Item2]),
            Name = place.Item3 == 0 ? null : Names[place.Item2],
            Hardware = HardwareAddress.Parse(Addresses[place.Item1]),
            Detector = kind < 2 ? Detectors[detector % 3] : Detectors[detector],
            Kind = (ObservationKind)kind,
            At = Script.At(at * 10),
            ReceivedAt = Script.At((at * 10) + place.Item3),
            Id = place.Item3.ToString(CultureInfo.InvariantCulture),
            Accuracy = Numbers[numbers.Item1],
            Total = Numbers[numbers.Item2],
            Explicit = numbers.Item3,
            Labels = Labels.From([new($"k{place.Item3 % 2}", $"v{at}")]),
        };

    /// <summary>Up to 24 reports, each with an id of its own.</summary>
    public static Gen<Observation[]> Any { get; } = Report.Array[0, 24].Select(WithOwnIds);

    /// <summary>At least one report, all about one machine.</summary>
    public static Gen<Observation[]> OfOneMachine { get; } =
        Report.Array[1, 24].Select(os => WithOwnIds([.. os.Select(o => o with { Node = Script.Id("p"), Hardware = null })]));

    /// <summary>Intervals that the ten-second grid of times hits exactly.</summary>
    public static Gen<HistoryOptions> Options { get; } = Gen.Select(Gen.Int[0, 4], Gen.Int[0, 8], (interval, limit) => new HistoryOptions
    {
        CorrelationInterval = TimeSpan.FromSeconds(interval * 10),
        IncidentLimit = TimeSpan.FromSeconds(limit * 10),
    });

    private static Observation[] WithOwnIds(Observation[] observations) =>
        [.. observations.Select((o, i) => o with { Id = $"{o.Id}-{i}" })];
}
