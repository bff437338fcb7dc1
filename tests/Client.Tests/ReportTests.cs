using System.Collections.Concurrent;
using System.Diagnostics;
using Akka.Actor;
using Xunit;
using FailureHistory.Client.Reporting;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;

namespace FailureHistory.Client.Tests;

/// <summary>Reports: every observation is stored once or its index is told, whatever becomes of messages and members (R2.4, R2.7).</summary>
public sealed class ReportTests
{
    [Fact]
    [Trait("Rule", "R2.4")]
    public async Task A_repeat_after_silence_has_the_same_ids_though_the_caller_gave_none()
    {
        await using var fakes = new FakeMembers(2);
        fakes.Options = fakes.Options with { ReportHedgeAfter = TimeSpan.FromMilliseconds(200), MessagesInFlight = 1 };
        var seen = 0;
        fakes.AllAnswer(m => m is ReportObservations && Interlocked.Increment(ref seen) > 1 ? new ObservationsRecorded(1, 1, [], []) : null);
        var outcome = await fakes.Client.ReportAsync([Failure("a") with { Id = null }, Failure("b") with { Id = "mine" }]);

        var ids = fakes.Members.SelectMany(m => m.Asked.OfType<ReportObservations>()).SelectMany(r => r.Observations).GroupBy(o => o.Node).ToDictionary(g => g.Key!, g => g.Select(o => o.Id).ToList());
        Assert.Equal(["mine", "mine"], ids["b"]);
        Assert.Equal(2, ids["a"].Count);
        Assert.NotNull(Assert.Single(ids["a"].Distinct()));
        Assert.Equal(ids["a"][0], outcome.Observations[0].Id);
    }

    [Fact]
    [Trait("Rule", "R2.7")]
    public async Task However_many_reports_wait_for_one_silent_member_all_are_sent_to_the_other_after_the_delay()
    {
        await using var fakes = new FakeMembers(2);
        fakes.Options = fakes.Options with { ReportHedgeAfter = TimeSpan.FromMilliseconds(200) };
        fakes.AllAnswer(m => m is ReportObservations ? new ObservationsRecorded(1, 0, [], []) : null);
        await fakes.Client.ReportAsync(Failure("a"));
        var gate = fakes.Members.Single(m => m.Asked.OfType<ReportObservations>().Any()); // where this client's reports go
        gate.Answers = _ => null;
        var begun = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => fakes.Client.ReportAsync(Failure("a"))));
        Assert.True(Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(2), $"expected nobody to wait for 2 s more; it took {Stopwatch.GetElapsedTime(begun)}");
        Assert.True(gate.Asked.OfType<ReportObservations>().Count() > 100, $"{gate.Asked.Count} were at the silent member");
    }

    [Fact]
    [Trait("Rule", "R2.7")]
    public async Task Where_every_answer_takes_long_few_reports_are_sent_to_another_member_as_well()
    {
        await using var fakes = new FakeMembers(2);
        fakes.Options = fakes.Options with { ReportHedgeAfter = TimeSpan.FromMilliseconds(100) };
        var asked = 0;
        foreach (var member in fakes.Members)
        {
            member.Does = (message, asker, self) =>
            {
                if (message is ReportObservations)
                {
                    _ = Task.Delay(5 + (3 * Interlocked.Increment(ref asked))).ContinueWith(_ => asker.Tell(new ObservationsRecorded(1, 0, [], []), self), TaskScheduler.Default); // one after the other, later and later
                }
            };
        }

        await fakes.Client.ReportAsync(Failure("a"));
        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => fakes.Client.ReportAsync(Failure("a"))));

        Assert.InRange(fakes.Members.Sum(m => m.Asked.OfType<ReportObservations>().Count()), 201, 300); // 402 where each is asked of both
    }

    [Fact]
    [Trait("Rule", "R2.7")]
    public async Task A_member_that_stores_nothing_is_passed_over_at_once_and_no_gate_any_more()
    {
        await using var fakes = new FakeMembers(2);
        fakes.AllAnswer(m => m is ReportObservations ? new ObservationsRecorded(1, 0, [], []) : null);
        await fakes.Client.ReportAsync(Failure("a"));
        var full = fakes.Members.Single(m => m.Asked.OfType<ReportObservations>().Any()); // where this client's reports go
        full.Answers = m => m is ReportObservations ? new ObservationsRecorded(0, 0, [], [0]) : null;
        var before = full.Asked.Count;
        var begun = Stopwatch.GetTimestamp();
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(1, (await fakes.Client.ReportAsync(Failure("a"))).Accepted);
        }

        Assert.True(Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(2), $"expected no pause before the other is asked; it took {Stopwatch.GetElapsedTime(begun)}");
        Assert.InRange(full.Asked.Count - before, 1, 2); // it may be its turn once more when another gate is looked for
    }

    [Fact]
    public async Task What_is_more_than_may_be_under_way_waits_in_the_client_and_is_sent_when_there_is_room()
    {
        await using var fakes = new FakeMembers(1);
        fakes.Options = fakes.Options with { ObservationsInFlight = 500, ReportHedgeAfter = TimeSpan.FromSeconds(20), Timeout = TimeSpan.FromSeconds(20) };
        var unanswered = new ConcurrentQueue<(ReportObservations Report, IActorRef Reporter)>();
        fakes[0].Does = (m, reporter, _) => unanswered.Enqueue(((ReportObservations)m, reporter));
        ReportedObservation[] Some(string node, int count) => [.. Enumerable.Range(0, count).Select(_ => Failure(node))];

        var first = fakes.Client.ReportAsync(Some("a", 400));
        await FakeMembers.Until("the first report", () => unanswered.Count == 1, () => unanswered.Count);
        var second = fakes.Client.ReportAsync(Some("b", 200));
        await Task.Delay(500); // long enough for what would be sent too early
        Assert.Single(unanswered);

        for (var i = 0; i < 2; i++)
        {
            await FakeMembers.Until("a report to answer", () => !unanswered.IsEmpty, () => i);
            Assert.True(unanswered.TryDequeue(out var asked));
            asked.Reporter.Tell(new ObservationsRecorded(asked.Report.Observations.Count, 0, [], []));
        }

        Assert.Equal([400, 200], (await Task.WhenAll(first, second)).Select(o => o.Accepted));
        Assert.Equal(["a", "b"], fakes[0].Asked.Cast<ReportObservations>().Select(r => r.Observations[0].Node));
    }

    [Fact]
    [Trait("Rule", "R2.7")]
    public async Task What_no_majority_took_is_sent_again_alone_and_the_indices_are_those_of_the_caller()
    {
        await using var fakes = new FakeMembers(1);
        fakes.Options = fakes.Options with { MessagesInFlight = 1 };
        var first = true;
        fakes.AllAnswer(m =>
        {
            var (report, was) = ((ReportObservations)m, first);
            first = false;
            return was ? new ObservationsRecorded(1, 1, [new Rejection(3, "bad")], [1, 4]) : new ObservationsRecorded(report.Observations.Count, 0, [], []);
        });
        var outcome = await fakes.Client.ReportAsync([Failure("a"), Failure("b"), Failure("c"), Failure("d"), Failure("e")]);
        Assert.Equal((3, 1), (outcome.Accepted, outcome.Duplicates));
        Assert.Equal([new Rejection(3, "bad")], outcome.Rejected);
        Assert.Empty(outcome.Unstored);
        Assert.Equal(["b", "e"], ((ReportObservations)fakes[0].Asked.Last()).Observations.Select(o => o.Node));
    }

    [Fact]
    [Trait("Rule", "R2.7")]
    public async Task When_the_deadline_comes_the_call_fails_and_names_what_is_not_stored_with_the_ids_to_send_it_again_by()
    {
        await using var fakes = new FakeMembers(1);
        fakes.Options = fakes.Options with { ReportDeadline = TimeSpan.FromSeconds(1) };
        fakes.AllAnswer(m => new ObservationsRecorded(0, 0, [], [.. ((ReportObservations)m).Observations.Index().Where(o => o.Item.Node == "stuck").Select(o => o.Index)]));
        var thrown = await Assert.ThrowsAsync<ReportIncompleteException>(() => fakes.Client.ReportAsync([Failure("a"), Failure("stuck"), Failure("b")]));
        Assert.Equal([1], thrown.Outcome.Unstored);
        Assert.All(thrown.Outcome.Observations, o => Assert.NotNull(o.Id));
        Assert.Contains("majority", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Rule", "R2.8")]
    public async Task What_cannot_be_sent_is_rejected_by_its_index_and_harms_nothing_else()
    {
        await using var fakes = new FakeMembers(1);
        fakes.AllAnswer(m => new ObservationsRecorded(((ReportObservations)m).Observations.Count, 0, [], []));
        var outcome = await fakes.Client.ReportAsync([Failure("a"), Failure("b") with { Reason = new string('x', 70_000) }, Failure("c") with { Fault = "no time" }, Failure("d")]);
        Assert.Equal(2, outcome.Accepted);
        Assert.Equal([1, 2], outcome.Rejected.Select(r => r.Index));
        await Assert.ThrowsAsync<InvalidRequestException>(() => fakes.Client.ReportAsync(Failure("b") with { Reason = new string('x', 70_000) }));
        await Assert.ThrowsAsync<InvalidRequestException>(() => fakes.Client.ReportAsync([.. Enumerable.Repeat(Failure("a"), 10_001)]));
    }

    [Fact]
    [Trait("Rule", "R2.3")]
    public void Ten_thousand_observations_go_in_messages_below_the_limit_those_of_a_node_in_one_lane_and_in_their_order()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var observations = Enumerable.Range(0, 10_000)
            .Select(i => Failure($"{(random.Next(2) == 0 ? "node" : "NODE")}-{random.Next(300)}") with { Id = $"{i}", Reason = new string('r', random.Next(1024)) }).ToList();
        var rejected = new List<Rejection>();
        var lanes = ReportParts.Of(observations, 4, rejected);

        Assert.Empty(rejected);
        Assert.Equal(Enumerable.Range(0, 10_000), lanes.SelectMany(l => l).SelectMany(p => p).Order());
        Assert.InRange(lanes.Count, 2, 4);
        var laneOf = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var (lane, parts) in lanes.Index())
        {
            Assert.All(parts, p => Assert.True(FailureHistorySerializer.SizeOf(new ReportObservations([.. p.Select(i => observations[i])])) <= FailureHistorySerializer.MaxMessageBytes, $"seed {seed}"));
            Assert.All(parts, p => Assert.InRange(p.Length, 1, ReportParts.MostOfAPart));
            foreach (var ofNode in parts.SelectMany(p => p).GroupBy(i => observations[i].Node!, StringComparer.OrdinalIgnoreCase))
            {
                Assert.True(laneOf.TryAdd(ofNode.Key, lane), $"{ofNode.Key} is in two lanes (seed {seed})");
                Assert.Equal(ofNode.Order(), ofNode);
            }
        }
    }

    private static ReportedObservation Failure(string node) => new() { Node = node, Detector = "d", Kind = "failure" };
}
