using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Probability;
using FailureHistory.Core.Time;
using FailureHistory.Messages;
using FailureHistory.Node.Ingest;
using Xunit;

namespace FailureHistory.Node.Tests.Ingest;

public sealed class ReportValidatorTests
{
    private static readonly Stamp Now = MemberRig.Second(0);
    private static readonly MemberId Author = MemberRig.Id(1);
    private static readonly ReportedObservation Good = new() { Node = "n1", Kind = "failure", Detector = "ping", Id = "i1" };

    public static TheoryData<string, ReportedObservation, string> Bad => new()
    {
        { "no node", Good with { Node = null }, "node is empty; expected 1 to 256 printable characters" },
        { "a long node", Good with { Node = new string('n', 257) }, "node has 257 characters; expected 1 to 256" },
        { "a node with a line feed", Good with { Node = "a\nb" }, "node has an unprintable character (U+000A) at position 1; expected 1 to 256 printable characters" },
        { "a node by address", Good with { Node = "hw:52:54:00:ab:cd:01" }, "node 'hw:52:54:00:ab:cd:01': a report names a node by id or name, the address goes into hardware" },
        { "an empty id", Good with { Id = "" }, "id is empty; expected 1 to 256 printable characters" },
        { "a long id", Good with { Id = new string('i', 257) }, "id has 257 characters; expected 1 to 256" },
        { "an empty detector", Good with { Detector = " " }, "detector is empty; expected 1 to 256 printable characters" },
        { "no detector", Good with { Detector = null }, "detector is missing; a report of kind failure needs one" },
        { "no kind", Good with { Kind = null }, "kind is missing; expected failure, join, alive or leave" },
        { "another kind", Good with { Kind = "down" }, "kind is 'down'; expected failure, join, alive or leave" },
        { "a kind in capitals", Good with { Kind = "Failure" }, "kind is 'Failure'; expected failure, join, alive or leave" },
        { "a long reason", Good with { Reason = new string('r', 1025) }, "reason has 1025 characters; expected at most 1024" },
        { "half a surrogate", Good with { Reason = "a\ud83d" }, "reason has a broken surrogate pair; expected well-formed text" },
        { "a long signature", Good with { Signature = new string('s', 2049) }, "signature has 2049 characters; expected at most 2048" },
        { "many labels", Good with { Labels = Enumerable.Range(0, 33).ToDictionary(i => $"k{i}", _ => "v") }, "labels has 33 entries; expected at most 32" },
        { "an empty label key", Good with { Labels = new Dictionary<string, string> { [""] = "v" } }, "labels key is empty; expected 1 to 256 printable characters" },
        { "an empty label", Good with { Labels = new Dictionary<string, string> { ["rack"] = "" } }, "labels['rack'] is empty; expected 1 to 256 printable characters" },
        { "a time before 1970", Good with { At = new Stamp(-1) }, "at is 1969-12-31T23:59:59.9999999Z; expected 1970-01-01T00:00:00Z or later" },
        {
            "a time ahead", Good with { At = Now + TimeSpan.FromMinutes(5) + TimeSpan.FromTicks(1) },
            "at is 2026-03-01T12:05:00.0000001Z, more than 5 min ahead of the member's clock 2026-03-01T12:00:00.0000000Z"
        },
        { "a long address", Good with { Hardware = new string('h', 129) }, "hardware has 129 characters; expected 1 to 128" },
        { "what the adapter could not read", Good with { Fault = "labels: expected an object; came a number" }, "labels: expected an object; came a number" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_bad_report_is_told_the_field_the_limit_and_what_came_R2_8(string what, ReportedObservation reported, string expected)
    {
        var (draft, error) = ReportValidator.Check(reported, DetectorRegistry.Empty, autoRegister: true, Now);
        Assert.True(draft is null, what);
        Assert.Equal(expected, error);
    }

    [Fact]
    public void What_is_just_within_the_limits_is_taken_R2_8()
    {
        var widest = Good with
        {
            Node = new string('n', 256), Id = new string('i', 256), Detector = new string('d', 256), Reason = new string('r', 1024), Hardware = new string('h', 128),
            At = Now + TimeSpan.FromMinutes(5), Labels = Enumerable.Range(0, 32).ToDictionary(i => $"k{i}", _ => new string('v', 256)), Signature = new string('s', 2048),
        };
        Assert.Null(ReportValidator.Check(widest, DetectorRegistry.Empty, true, Now).Error);
        Assert.Null(ReportValidator.Check(Good with { At = Stamp.Zero }, DetectorRegistry.Empty, true, Now).Error);
        Assert.Null(ReportValidator.Check(Good with { Kind = "join", Detector = null }, DetectorRegistry.Empty, true, Now).Error);
        Assert.Null(ReportValidator.Check(Good with { Kind = "leave", Detector = null }, DetectorRegistry.Empty, true, Now).Error);
    }

    [Fact]
    public void An_unknown_detector_registers_itself_with_50_or_is_rejected_as_configured_R3_3()
    {
        var draft = Check(Good, DetectorRegistry.Empty);
        Assert.True(draft.NewDetector);
        Assert.Equal((50.0, false), (draft.Observation.Accuracy, draft.Observation.Explicit));
        Assert.Equal(
            "detector 'ping' is not registered and detectors.auto-register is off; register it first",
            ReportValidator.Check(Good, DetectorRegistry.Empty, autoRegister: false, Now).Error);

        var deleted = Registered(new DetectorRegistration("ping", 80));
        deleted = deleted.Merge(deleted.Delete("ping", Author).FindVersion("ping")!);
        Assert.True(Check(Good, deleted).NewDetector, "a deleted detector that reports again registers itself again");
    }

    [Fact]
    public void The_gate_stamps_but_keeps_the_own_time_of_a_detector_registered_with_one_R2_3()
    {
        var reportedAt = Now - TimeSpan.FromDays(3000);
        var own = Check(Good with { At = reportedAt }, Registered(new DetectorRegistration("ping", 80, ReportedTimestamps: true))).Stamped(Now);
        Assert.Equal((reportedAt, Now, (Stamp?)null), (own.At, own.ReceivedAt, own.ReportedAt));

        var timeless = Check(Good, Registered(new DetectorRegistration("ping", 80, ReportedTimestamps: true))).Stamped(Now);
        Assert.Equal((Now, Now, (Stamp?)null), (timeless.At, timeless.ReceivedAt, timeless.ReportedAt));

        var gate = Check(Good with { At = reportedAt }, Registered(new DetectorRegistration("ping", 80))).Stamped(Now);
        Assert.Equal((Now, Now, (Stamp?)reportedAt), (gate.At, gate.ReceivedAt, gate.ReportedAt));

        var nobody = Check(new ReportedObservation { Node = "n1", Kind = "join", At = reportedAt }, DetectorRegistry.Empty).Stamped(Now);
        Assert.Equal((Now, (Stamp?)reportedAt), (nobody.At, nobody.ReportedAt));
    }

    [Fact]
    public void Stored_with_it_are_the_accuracy_of_that_moment_and_the_sum_of_the_explicit_detectors_that_watch_the_node_R2_5()
    {
        var registry = Registered(
            new DetectorRegistration("ping", 80),
            new DetectorRegistration("gpu", 60, Scope: ["gpu-*"]),
            new DetectorRegistration("disk", 30, Scope: ["n*"]),
            new DetectorRegistration("silent", 40, Ttl: TimeSpan.FromSeconds(10)));
        registry = registry.Merge(registry.AutoRegister("stranger", Author).FindVersion("stranger")!);

        var observation = Check(Good, registry).Stamped(Now);
        Assert.Equal((80.0, 110.0, true), (observation.Accuracy, observation.Total, observation.Explicit)); // not gpu (scope), silent (expired), stranger (auto)

        Assert.Equal(150, Check(Good, registry.WithHeard("silent", Now)).Stamped(Now).Total);
        var auto = Check(Good with { Detector = "stranger" }, registry).Stamped(Now);
        Assert.Equal((50.0, 110.0, false), (auto.Accuracy, auto.Total, auto.Explicit));
        var join = Check(new ReportedObservation { Node = "n1", Kind = "join" }, registry).Stamped(Now);
        Assert.Equal((0.0, 110.0), (join.Accuracy, join.Total));
    }

    [Fact]
    public void A_name_is_hashed_and_kept_an_id_is_taken_as_it_is_and_a_placeholder_is_no_address_R1_1_R1_8()
    {
        var named = Check(Good with { Node = "Rack-1", Hardware = "To Be Filled By O.E.M." }, DetectorRegistry.Empty).Observation;
        Assert.Equal((NodeId.FromName("rack-1"), "Rack-1", null), (named.Node, named.Name, named.Hardware));

        var hex = "00112233445566778899AABBCCDDEEFF";
        var byId = Check(Good with { Node = hex, Hardware = "52:54:00:AB:cd:01" }, DetectorRegistry.Empty).Observation;
        Assert.Equal((NodeId.Parse(hex), null, "52:54:00:AB:cd:01"), (byId.Node, byId.Name, byId.Hardware?.Text));
    }

    [Fact]
    public void Ids_that_the_service_makes_are_short_printable_and_never_the_same_R2_4()
    {
        var ids = Enumerable.Range(0, 1000).Select(_ => Check(Good with { Id = null }, DetectorRegistry.Empty).Observation.Id).ToList();
        Assert.Equal(1000, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^[A-Za-z0-9_-]{16}$", id));
    }

    private static DetectorRegistry Registered(params DetectorRegistration[] registrations) =>
        registrations.Aggregate(DetectorRegistry.Empty, (registry, r) => registry.Merge(registry.Register(r, Author).FindVersion(r.Id)!));

    private static ReportValidator.Draft Check(ReportedObservation reported, DetectorRegistry registry)
    {
        var (draft, error) = ReportValidator.Check(reported, registry, autoRegister: true, Now);
        Assert.True(draft is not null, error);
        return draft!;
    }
}
