using CsCheck;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Probability;
using FailureHistory.Core.Tests.History;
using FailureHistory.Core.Time;
using Xunit;

namespace FailureHistory.Core.Tests.Probability;

public sealed class NodeStatesTests
{
    private static readonly MemberId Ann = new(1);
    private static readonly Stamp Now = Script.At(1000);

    private static DetectorRegistry Three { get; } = DetectorRegistry.Empty
        .Register(new("a", 50), Ann).Register(new("b", 30), Ann).Register(new("c", 20), Ann);

    [Fact]
    [Trait("Rule", "R5.1")]
    public void The_probability_is_the_share_of_accuracy_that_suspects_and_silent_ones_count_against()
    {
        var state = StateOf(new Script().Failure(1, "a").Alive(2, "b"), Three);

        Assert.Equal((NodeCondition.Failed, 0.5), (state.Condition, state.Probability));
        Assert.Equal(["a", "b", "c"], state.Verdicts.Select(v => v.Detector));
    }

    [Fact]
    [Trait("Rule", "R5.4")]
    public void Every_detector_counted_is_named_with_its_weight_verdict_and_the_observation_behind_it()
    {
        var state = StateOf(new Script().Failure(1, "a", accuracy: 1, id: "f", reason: "no echo").Failure(5, "a").Alive(6, "b", id: "ok"), Three);

        Assert.Equal(
            [
                new DetectorVerdict("a", 50, true, Script.At(1), Script.At(5), true, "f", "no echo"),
                new DetectorVerdict("b", 30, false, Script.At(6), Script.At(6), false, "ok", null),
                new DetectorVerdict("c", 20, false, null, null, false, null, null),
            ],
            state.Verdicts);
    }

    [Fact]
    [Trait("Rule", "R5.3")]
    public void State_uses_the_accuracies_of_today_and_not_those_stored() =>
        Assert.Equal(0.9, StateOf(new Script().Failure(1, "a", accuracy: 50, total: 100), Three.Register(new("a", 90), Ann).Delete("b", Ann).Register(new("c", 10), Ann)).Probability);

    [Fact]
    [Trait("Rule", "R5.2")]
    public void Without_a_detector_that_watches_it_a_node_is_unknown()
    {
        var state = StateOf(new Script().Join(0), DetectorRegistry.Empty.Register(new("a", 50, ["other"]), Ann));

        Assert.Equal((NodeCondition.Unknown, null), (state.Condition, state.Probability));
        Assert.Empty(state.Verdicts);
    }

    [Fact]
    [Trait("Rule", "R5.2")]
    public void Detectors_without_any_accuracy_leave_it_unknown_too() =>
        Assert.Equal(NodeCondition.Unknown, StateOf(new Script().Failure(0, "a"), DetectorRegistry.Empty.Register(new("a", 0), Ann)).Condition);

    [Theory]
    [Trait("Rule", "R6.1")]
    [InlineData("a", 0.5, NodeCondition.Failed)]
    [InlineData("a", 0.51, NodeCondition.Suspected)]
    [InlineData("b", 0.5, NodeCondition.Suspected)]
    [InlineData("b", 0.3, NodeCondition.Failed)]
    public void A_node_has_failed_from_the_threshold_on_and_is_suspected_below(string detector, double threshold, NodeCondition expected) =>
        Assert.Equal(expected, StateOf(new Script().Failure(0, detector), Three, threshold).Condition);

    [Fact]
    [Trait("Rule", "R6.1")]
    public void A_node_that_nobody_suspects_is_up() => Assert.Equal((NodeCondition.Up, 0), Brief(StateOf(new Script().Join(0), Three)));

    [Fact]
    [Trait("Rule", "R6.1")]
    public void A_node_that_left_has_left_whoever_watches_it()
    {
        Assert.Equal((NodeCondition.Left, 0), Brief(StateOf(new Script().Failure(0, "a").Leave(5).Failure(9, "b"), Three)));
        Assert.Equal((NodeCondition.Left, null), Brief(StateOf(new Script().Leave(5), DetectorRegistry.Empty)));
    }

    [Fact]
    [Trait("Rule", "R3.1")]
    public void Deleting_a_detector_withdraws_its_suspicion() =>
        Assert.Equal((NodeCondition.Up, 0), Brief(StateOf(new Script().Failure(0, "a"), Three.Delete("a", Ann))));

    [Fact]
    [Trait("Rule", "R3.1")]
    public void A_stale_detector_is_in_neither_sum()
    {
        var registry = Three.Register(new("d", 900 / 10, Ttl: TimeSpan.FromSeconds(60)), Ann);
        var script = new Script().Failure(0, "d");

        Assert.Equal((NodeCondition.Up, 0), Brief(StateOf(script, registry)));
        Assert.Equal((NodeCondition.Suspected, 90.0 / 190), Brief(StateOf(script, registry.WithHeard("d", Now))));
    }

    [Fact]
    [Trait("Rule", "R3.1")]
    public void A_detector_whose_scope_lacks_the_node_is_in_neither_sum() =>
        Assert.Equal((NodeCondition.Up, 0), Brief(StateOf(new Script().Failure(0, "d"), Three.Register(new("d", 90, ["q*"]), Ann))));

    [Fact]
    [Trait("Rule", "R3.3")]
    public void A_detector_that_registered_itself_watches_what_it_reported_on_and_nothing_else()
    {
        var registry = Three.AutoRegister("auto", Ann);

        Assert.Equal(50.0 / 150, StateOf(new Script().Failure(0, "auto", auto: true), registry).Probability);
        Assert.DoesNotContain(StateOf(new Script().Join(0), registry).Verdicts, v => v.Detector == "auto");
    }

    [Fact]
    [Trait("Rule", "R3.3")]
    public void One_whose_own_registration_has_not_spread_yet_counts_as_stored_and_a_deleted_one_does_not()
    {
        var script = new Script().Failure(0, "auto", accuracy: 50, auto: true);

        Assert.Equal(1, StateOf(script, DetectorRegistry.Empty).Probability);
        Assert.Null(StateOf(script, DetectorRegistry.Empty.AutoRegister("auto", Ann).Delete("auto", Ann)).Probability);
    }

    [Fact]
    [Trait("Rule", "R2.3")]
    public void What_lies_in_the_future_is_in_no_state() =>
        Assert.Equal((NodeCondition.Up, 0), Brief(StateOf(new Script().Join(0).Failure(1001, "a"), Three)));

    [Fact]
    [Trait("Rule", "R5.1")]
    public void The_probability_of_a_state_is_null_or_between_zero_and_one() =>
        Gen.Select(RandomHistories.OfOneMachine, Gen.Double[1, 100].Array[3], Gen.Double[0.01, 1]).Sample((reports, accuracies, threshold) =>
        {
            var registry = DetectorRegistry.Empty.Register(new("a", accuracies[0]), Ann).Register(new("b", accuracies[1]), Ann)
                .Register(new("c", accuracies[2]), Ann);
            var history = new Script(reports).ReadAsOf(1000, "p")!;
            var state = NodeStates.Of(history, registry, Now, threshold);

            var suspecting = state.Verdicts.Where(v => v.Suspects).Sum(v => v.Accuracy);
            Assert.Equal(suspecting / accuracies.Sum(), state.Probability!.Value, 1e-12);
            Assert.InRange(state.Probability.Value, 0, 1);
        });

    [Theory]
    [Trait("Rule", "R5.2")]
    [InlineData(0, 0, null)]
    [InlineData(0, 10, 0.0)]
    [InlineData(5, 10, 0.5)]
    [InlineData(10, 5, 1.0)]
    public void A_probability_is_a_share_and_unknown_without_any_weight(double suspecting, double watching, double? expected) =>
        Assert.Equal(expected, FailureProbability.Of(suspecting, watching));

    private static (NodeCondition Condition, double? Probability) Brief(NodeStateResult state) => (state.Condition, state.Probability);

    private static NodeStateResult StateOf(Script script, DetectorRegistry registry, double threshold = 0.5) =>
        NodeStates.Of(script.ReadAsOf(1000, "p")!, registry, Now, threshold);
}
