using FailureHistory.Core.Identity;
using FailureHistory.Core.Probability;
using FailureHistory.Core.Time;
using FailureHistory.Messages;
using FailureHistory.Node.Ingest;
using Xunit;

namespace FailureHistory.Node.Tests.Ingest;

/// <summary>What was stored before is stored as it was, or told why not (SPEC 11.4, R2.8).</summary>
[Trait("Rule", "11.4")]
public sealed class RestoreValidatorTests
{
    private static readonly Stamp Wall = MemberRig.Second(0);
    private static readonly MemberId Author = MemberRig.Id(1);

    private static readonly ReportedObservation Good = new()
    {
        Node = "n1", Kind = "failure", Detector = "ping", Id = "i1", At = new Stamp(10), ReceivedAt = new Stamp(20), ReportedAt = new Stamp(5),
        Accuracy = 33.3, Total = 120.5, Explicit = false, Signature = "s",
    };

    public static TheoryData<string, ReportedObservation, string> Bad => new()
    {
        { "no id", Good with { Id = null }, "id is missing; a restored observation keeps its own" },
        { "no at", Good with { At = null }, "at is missing; a restored observation keeps its own" },
        { "no receivedAt", Good with { ReceivedAt = null }, "receivedAt is missing; a restored observation keeps its own" },
        { "receivedAt before 1970", Good with { ReceivedAt = new Stamp(-1) }, "receivedAt is 1969-12-31T23:59:59.9999999Z; expected 1970-01-01T00:00:00Z or later" },
        {
            "receivedAt ahead", Good with { ReceivedAt = Wall + TimeSpan.FromMinutes(5) + TimeSpan.FromTicks(1) },
            "receivedAt is 2026-03-01T12:05:00.0000001Z, more than 5 min ahead of the member's clock 2026-03-01T12:00:00.0000000Z"
        },
        {
            "at ahead", Good with { At = Wall + TimeSpan.FromMinutes(5) + TimeSpan.FromTicks(1) },
            "at is 2026-03-01T12:05:00.0000001Z, more than 5 min ahead of the member's clock 2026-03-01T12:00:00.0000000Z"
        },
        { "reportedAt before 1970", Good with { ReportedAt = new Stamp(-1) }, "reportedAt is 1969-12-31T23:59:59.9999999Z; expected 1970-01-01T00:00:00Z or later" },
        { "no total", Good with { Total = null }, "total is missing; expected a number from 0 on" },
        { "a negative total", Good with { Total = -0.5 }, "total is -0.5; expected a number from 0 on" },
        { "an infinite total", Good with { Total = double.PositiveInfinity }, "total is Infinity; expected a number from 0 on" },
        { "a total that is none", Good with { Total = double.NaN }, "total is NaN; expected a number from 0 on" },
        { "no accuracy", Good with { Accuracy = null }, "accuracy is missing; expected 0 to 100" },
        { "too much accuracy", Good with { Accuracy = 100.1 }, "accuracy is 100.1; expected 0 to 100" },
        { "an accuracy that is none", Good with { Accuracy = double.NaN }, "accuracy is NaN; expected 0 to 100" },
        { "an accuracy without a detector", Good with { Detector = null, Kind = "join" }, "accuracy is 33.3; expected none without a detector" },
        { "what no report may be", Good with { Kind = "down" }, "kind is 'down'; expected failure, join, alive or leave" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void What_can_not_be_restored_is_told_the_field_the_limit_and_what_came_R2_8(string what, ReportedObservation reported, string expected)
    {
        var (draft, error) = RestoreValidator.Check(reported, DetectorRegistry.Empty, autoRegister: true, Wall);

        Assert.True(draft is null, what);
        Assert.Equal(expected, error);
    }

    [Fact]
    public void Everything_is_kept_whatever_the_registry_says_today_R2_5()
    {
        var registry = DetectorRegistry.Empty.Register(new DetectorRegistration("ping", 99, ReportedTimestamps: true), Author);

        var stored = RestoreValidator.Check(Good, registry, autoRegister: false, Wall).Draft!.Stamped(Wall);

        Assert.Equal(
            (new Stamp(10), new Stamp(20), new Stamp(5), 33.3, 120.5, false, "s", "i1"),
            (stored.At, stored.ReceivedAt, stored.ReportedAt!.Value, stored.Accuracy, stored.Total, stored.Explicit, stored.Signature, stored.Id));
    }

    [Fact]
    public void Without_a_word_a_detector_counts_as_explicitly_registered_and_none_does_not()
    {
        Assert.True(RestoreValidator.Check(Good with { Explicit = null }, DetectorRegistry.Empty, true, Wall).Draft!.Observation.Explicit);
        var join = Good with { Detector = null, Kind = "join", Accuracy = null, Explicit = true };
        Assert.False(RestoreValidator.Check(join, DetectorRegistry.Empty, true, Wall).Draft!.Observation.Explicit);
    }

    [Fact]
    public void Only_a_detector_that_registered_itself_then_and_was_never_heard_of_here_registers_itself_by_it_R3_2_R3_3()
    {
        var deleted = DetectorRegistry.Empty.AutoRegister("ping", Author).Delete("ping", Author);

        Assert.True(NewDetector(Good, DetectorRegistry.Empty, autoRegister: true));
        Assert.False(NewDetector(Good, DetectorRegistry.Empty, autoRegister: false));
        Assert.False(NewDetector(Good with { Explicit = true }, DetectorRegistry.Empty, autoRegister: true));
        Assert.False(NewDetector(Good, deleted, autoRegister: true));
    }

    private static bool NewDetector(ReportedObservation reported, DetectorRegistry registry, bool autoRegister) =>
        RestoreValidator.Check(reported, registry, autoRegister, Wall).Draft!.NewDetector;
}
