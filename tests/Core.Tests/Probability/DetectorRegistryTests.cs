using FailureHistory.Core.Identity;
using FailureHistory.Core.Probability;
using FailureHistory.Core.Tests.History;
using FailureHistory.Core.Time;
using Xunit;

namespace FailureHistory.Core.Tests.Probability;

public sealed class DetectorRegistryTests
{
    private static readonly MemberId Ann = new(1);
    private static readonly MemberId Bob = new(2);
    private static readonly NodeId Node = NodeId.FromName("gpu-1");
    private static readonly Stamp Now = Script.At(1000);

    [Fact]
    [Trait("Rule", "R3.1")]
    public void A_registration_says_accuracy_scope_ttl_timestamps_and_description()
    {
        var entry = DetectorRegistry.Empty
            .Register(new DetectorRegistration("d", 80, ["gpu-*"], TimeSpan.FromSeconds(60), true, "watches"), Ann).Find("d")!;

        Assert.Equal((80, TimeSpan.FromSeconds(60), true, "watches", true, 1), (entry.Accuracy, entry.Ttl, entry.ReportedTimestamps, entry.Description, entry.Explicit, entry.Counter));
        Assert.Equal(["gpu-*"], entry.Scope);
    }

    [Fact]
    [Trait("Rule", "R3.1")]
    public void A_registration_replaces_the_one_before_and_the_same_again_changes_nothing()
    {
        var registry = Registered("d", 80);

        Assert.Equal(30, registry.Register(new("d", 30), Bob).Find("d")!.Accuracy);
        Assert.Same(registry, registry.Register(new("d", 80), Bob));
    }

    public static TheoryData<DetectorRegistration, string> Faulty => new()
    {
        { new("", 50), "id" },
        { new(new string('a', 257), 50), "id" },
        { new("d", -1), "accuracy" },
        { new("d", 100.1), "accuracy" },
        { new("d", double.NaN), "accuracy" },
        { new("d", 50, Ttl: TimeSpan.Zero), "ttl" },
        { new("d", 50, ["ok", ""]), "scope[1]" },
        { new("d", 50, Enumerable.Repeat("a", 101).ToArray()), "scope" },
        { new("d", 50, Description: new string('a', 1025)), "description" },
    };

    [Theory]
    [Trait("Rule", "R2.8")]
    [MemberData(nameof(Faulty))]
    public void A_faulty_registration_is_refused_and_names_the_field(DetectorRegistration registration, string field)
    {
        Assert.StartsWith(field, registration.Fault(), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => DetectorRegistry.Empty.Register(registration, Ann));
    }

    [Fact]
    [Trait("Rule", "R2.8")]
    public void The_limits_themselves_are_allowed()
    {
        Assert.Null(new DetectorRegistration(new string('a', 256), 0, Enumerable.Repeat("a", 100).ToArray(), TimeSpan.FromTicks(1), Description: new string('a', 1024)).Fault());
        Assert.Null(new DetectorRegistration("d", 100).Fault());
    }

    [Fact]
    [Trait("Rule", "R3.2")]
    public void A_deleted_detector_is_kept_as_a_version_and_found_no_more()
    {
        var registry = Registered("d", 80).Delete("d", Bob);

        Assert.Null(registry.Find("d"));
        Assert.Empty(registry.All);
        Assert.True(Assert.Single(registry.AllVersions).Deleted);
        Assert.Same(registry, registry.Delete("d", Ann));
        Assert.Same(registry, registry.Delete("never known", Ann));
    }

    [Fact]
    [Trait("Rule", "R3.2")]
    public void No_late_member_brings_back_what_was_deleted()
    {
        var late = Registered("d", 80);
        var deleted = late.Delete("d", Bob);

        Assert.Null(late.Merge(deleted).Find("d"));
        Assert.Null(deleted.Merge(late).Find("d"));
        Assert.Null(deleted.Merge(DetectorRegistry.Empty.AutoRegister("d", Bob)).Find("d"));
    }

    [Fact]
    [Trait("Rule", "R3.2")]
    public void What_was_deleted_may_be_registered_anew() =>
        Assert.Equal(40, Registered("d", 80).Delete("d", Ann).Register(new("d", 40), Ann).Merge(Registered("d", 80)).Find("d")!.Accuracy);

    [Fact]
    [Trait("Rule", "R3.3")]
    public void The_first_report_of_an_unknown_detector_registers_it_with_accuracy_50()
    {
        var entry = DetectorRegistry.Empty.AutoRegister("d", Ann).Find("d")!;

        Assert.Equal((50, false), (entry.Accuracy, entry.Explicit));
    }

    [Fact]
    [Trait("Rule", "R3.3")]
    public void Registering_itself_never_overrides_an_explicit_registration()
    {
        var registry = Registered("d", 80);

        Assert.Same(registry, registry.AutoRegister("d", Bob));
        Assert.Equal(80, registry.Merge(DetectorRegistry.Empty.AutoRegister("d", Bob)).Find("d")!.Accuracy);
        Assert.Equal(80, DetectorRegistry.Empty.AutoRegister("d", Bob).Merge(registry).Find("d")!.Accuracy);
    }

    [Fact]
    [Trait("Rule", "R3.2")]
    public void Of_versions_made_at_the_same_time_explicit_beats_deleted_beats_automatic_and_then_the_author_decides()
    {
        var entry = Registered("d", 80).Find("d")!;
        DetectorEntry[] ascending =
        [
            entry with { Explicit = false },
            entry with { Explicit = false, Author = Bob },
            entry with { Deleted = true },
            entry with { Deleted = true, Author = Bob },
            entry,
            entry with { Accuracy = 81 },
            entry with { Author = Bob, Accuracy = 1 },
            entry with { Counter = 2, Explicit = false, Accuracy = 0 },
        ];

        for (var i = 0; i < ascending.Length; i++)
        {
            for (var j = 0; j < ascending.Length; j++)
            {
                Assert.Equal(i > j, ascending[i].Supersedes(ascending[j]));
            }
        }
    }

    [Fact]
    [Trait("Rule", "R3.1")]
    public void A_detector_with_a_ttl_is_available_only_while_heard_from_within_it()
    {
        var registry = DetectorRegistry.Empty.Register(new("d", 80, Ttl: TimeSpan.FromSeconds(60)), Ann);

        Assert.True(registry.IsStale("d", Now));
        registry = registry.WithHeard("d", Now).WithHeard("d", Script.At(1));
        Assert.False(registry.IsStale("d", Now + TimeSpan.FromSeconds(60)));
        Assert.True(registry.IsStale("d", Now + TimeSpan.FromSeconds(60) + TimeSpan.FromTicks(1)));
        Assert.Equal(Now, registry.LastHeard["d"]);
    }

    [Fact]
    [Trait("Rule", "R3.4")]
    public void What_the_service_registers_by_itself_loses_against_an_administrator_who_changes_or_deletes_it_at_the_same_time()
    {
        var common = DetectorRegistry.Empty.Register(new("d", 90, ["a"]), DetectorEntry.TheService);
        var service = common.Register(new("d", 90, ["a", "b"]), DetectorEntry.TheService);
        var changed = common.Register(new("d", 60, ["a"]), Ann);
        var deleted = common.Delete("d", Ann);

        Assert.Equal(60, service.Merge(changed).Find("d")!.Accuracy);
        Assert.Equal(60, changed.Merge(service).Find("d")!.Accuracy);
        Assert.Null(service.Merge(deleted).Find("d"));
        Assert.Null(deleted.Merge(service).Find("d"));
        Assert.True(service.Merge(DetectorRegistry.Empty.AutoRegister("d", Ann)).Find("d")!.Explicit);
        Assert.Equal(60, deleted.Merge(changed).Find("d")!.Accuracy); // as before: an administrator's registration against a deletion
    }

    [Fact]
    [Trait("Rule", "R3.1")]
    public void A_detector_without_a_ttl_is_always_available_and_an_endless_ttl_does_not_overflow()
    {
        Assert.False(Registered("d", 80).IsStale("d", Now));
        Assert.False(DetectorRegistry.Empty.Register(new("e", 80, Ttl: TimeSpan.MaxValue), Ann).WithHeard("e", Now).IsStale("e", Stamp.MaxValue));
        Assert.False(DetectorRegistry.Empty.IsStale("unknown", Now));
    }

    [Fact]
    [Trait("Rule", "R2.5")]
    public void The_stored_total_is_of_explicit_live_available_detectors_whose_scope_holds_the_name()
    {
        var registry = Registered("everywhere", 1)
            .Register(new("star", 2, ["x", "*"]), Ann)
            .Register(new("gpus", 4, ["cpu-*", "GPU-*"]), Ann)
            .Register(new("cpus", 8, ["cpu-*"]), Ann)
            .Register(new("heard", 16, Ttl: TimeSpan.FromSeconds(60)), Ann)
            .Register(new("silent", 32, Ttl: TimeSpan.FromSeconds(60)), Ann)
            .Register(new("heard gpus", 64, ["gpu-?"], TimeSpan.FromSeconds(60)), Ann)
            .Register(new("silent gpus", 99, ["gpu-?"], TimeSpan.FromSeconds(60)), Ann)
            .Register(new("gone", 77), Ann).Delete("gone", Ann)
            .AutoRegister("auto", Ann)
            .WithHeard("heard", Now).WithHeard("heard gpus", Now);

        Assert.Equal(1 + 2 + 4 + 16 + 64, registry.ExplicitTotal("gpu-1", Node, Now));
        Assert.Equal(1 + 2 + 4 + 16 + 64, registry.ExplicitTotal("gpu-1", Node, Now + TimeSpan.FromSeconds(60)));
        Assert.Equal(1 + 2 + 4, registry.ExplicitTotal("gpu-1", Node, Now + TimeSpan.FromSeconds(60) + TimeSpan.FromTicks(1)));
        Assert.Equal(1 + 2 + 4 + 8 + 16, registry.ExplicitTotal("cpu-1", Node, Now));
        Assert.Equal(1 + 2 + 4 + 16 + 32 + 64, registry.WithHeard("silent", Now).ExplicitTotal("Gpu-1", Node, Now));
    }

    [Fact]
    [Trait("Rule", "R2.5")]
    public void The_scope_of_a_nameless_node_is_matched_against_its_id()
    {
        var registry = DetectorRegistry.Empty.Register(new("d", 80, [Node.ToString()[..4] + "*"]), Ann);

        Assert.Equal(80, registry.ExplicitTotal(null, Node, Now));
        Assert.Equal(0, registry.ExplicitTotal(null, NodeId.FromName("other"), Now));
        Assert.Equal(0, registry.ExplicitTotal("gpu-1", Node, Now));
    }

    [Theory]
    [Trait("Rule", "R2.5")]
    [InlineData(0)]
    [InlineData(20)] // so many patterns that answers are kept
    public void The_total_stays_right_for_more_names_than_are_kept_and_when_the_registry_changes(int furtherPatterns)
    {
        var registry = DetectorRegistry.Empty.Register(new("d", 80, ["n-*", .. Enumerable.Range(0, furtherPatterns).Select(i => $"x{i}-*")]), Ann);
        for (var i = 0; i < 20_000; i++)
        {
            Assert.Equal(i % 2 == 0 ? 80 : 0, registry.ExplicitTotal((i % 2 == 0 ? "n-" : "m-") + i, Node, Now));
        }

        Assert.Equal(0, registry.Register(new("d", 80, ["m-*"]), Ann).ExplicitTotal("n-0", Node, Now));
    }

    [Fact]
    [Trait("Rule", "R3.1")]
    public void A_scope_that_cannot_be_read_matches_nothing()
    {
        var entry = Registered("d", 80).Find("d")! with { Scope = [""] };

        Assert.Equal(0, DetectorRegistry.Empty.Merge(entry).ExplicitTotal("gpu-1", Node, Now));
    }

    private static DetectorRegistry Registered(string id, double accuracy) => DetectorRegistry.Empty.Register(new(id, accuracy), Ann);
}
