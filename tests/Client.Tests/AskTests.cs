using Xunit;
using System.Diagnostics;
using FailureHistory.Core.Time;
using FailureHistory.Messages;

namespace FailureHistory.Client.Tests;

/// <summary>Whom the client asks, in which order, and what it makes of the answers (DESIGN D6).</summary>
public sealed class AskTests
{
    private static readonly NodeState State = new(new NodeRef(new string('0', 32), "n", null), Stamp.Zero, NodeStatus.Up, 0, null, [], true, 1, "a");

    [Fact]
    public async Task A_member_that_does_not_answer_costs_the_delay_and_is_not_asked_first_again()
    {
        await using var fakes = new FakeMembers(3);
        fakes[1].Answers = fakes[2].Answers = _ => State;
        for (var i = 0; i < 30; i++)
        {
            await fakes.Client.GetStateAsync("n"); // by the third at the latest it was the silent one's turn
        }

        Assert.Single(fakes[0].Asked);
        Assert.True(fakes[1].Asked.Count > 5 && fakes[2].Asked.Count > 5, $"expected the others to take turns; they were asked {fakes[1].Asked.Count} and {fakes[2].Asked.Count} times");
    }

    [Fact]
    public async Task A_member_that_dies_with_the_question_in_hand_does_not_cost_the_delay()
    {
        await using var fakes = new FakeMembers(2);
        fakes.Options = fakes.Options with { Timeout = TimeSpan.FromSeconds(20), HedgeAfter = TimeSpan.FromSeconds(10), ReportHedgeAfter = TimeSpan.FromSeconds(10) };
        await fakes.Client.GetClusterAsync();
        var dying = fakes[0];
        dying.Does = (_, _, _) => _ = dying.DisposeAsync().AsTask();
        fakes[1].Answers = m => m is ReportObservations ? new ObservationsRecorded(1, 0, [], []) : State;
        var begun = Stopwatch.GetTimestamp();
        for (var i = 0; i < 4 && dying.Asked.IsEmpty; i++)
        {
            await fakes.Client.GetStateAsync("n"); // by the second at the latest it was the dying one's turn
        }

        Assert.Single(dying.Asked);
        await fakes.Client.ReportAsync(new ReportedObservation { Node = "n", Detector = "d", Kind = "failure" });
        Assert.True(Stopwatch.GetElapsedTime(begun) < fakes.Options.HedgeAfter, $"expected the other to be asked as soon as the connection broke; it took {Stopwatch.GetElapsedTime(begun)}");
    }

    [Fact]
    public async Task One_that_says_to_try_again_is_passed_over_at_once()
    {
        await using var fakes = new FakeMembers(2);
        fakes.Options = fakes.Options with { HedgeAfter = TimeSpan.FromSeconds(4) };
        fakes[0].Answers = _ => new TryAgain("not yet", TimeSpan.FromSeconds(1));
        fakes[1].Answers = _ => State;
        await fakes.Client.GetClusterAsync();
        var begun = Stopwatch.GetTimestamp();
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(State.Node, (await fakes.Client.GetStateAsync("n")).Node);
        }

        Assert.NotEmpty(fakes[0].Asked);
        Assert.True(Stopwatch.GetElapsedTime(begun) < fakes.Options.HedgeAfter, "expected the other to be asked without waiting for the delay");
    }

    [Fact]
    [Trait("Rule", "R6.6")]
    public async Task Where_all_say_to_try_again_to_the_end_the_last_reason_is_told_with_its_time()
    {
        await using var fakes = new FakeMembers(2);
        fakes.Options = fakes.Options with { Timeout = TimeSpan.FromSeconds(3) };
        fakes.AllAnswer(_ => new TryAgain("no majority", TimeSpan.FromSeconds(7)));
        var thrown = await Assert.ThrowsAsync<UnavailableException>(() => fakes.Client.GetStateAsync("n"));
        Assert.Equal(("no majority", TimeSpan.FromSeconds(7)), (thrown.Reason, thrown.RetryAfter));
        Assert.True(fakes.Members.Sum(m => m.Asked.Count) > 2, "expected more than one round of asking");
    }

    [Fact]
    public async Task Where_nobody_answers_that_is_told()
    {
        await using var fakes = new FakeMembers(2);
        fakes.Options = fakes.Options with { Timeout = TimeSpan.FromSeconds(1) };
        await Assert.ThrowsAsync<NoAnswerException>(() => fakes.Client.GetStateAsync("n"));
    }

    [Fact]
    [Trait("Rule", "R2.8")]
    public async Task What_asking_again_does_not_mend_is_told_at_once_by_a_type_of_its_own()
    {
        await using var fakes = new FakeMembers(1);
        fakes.AllAnswer(m => m switch
        {
            GetState => new NodeNotFound("n", "a"),
            GetDetector => new DetectorNotFound("d"),
            GetHistory => new InvalidRequest("cursor", "is none"),
            _ => null,
        });
        Assert.Equal("n", (await Assert.ThrowsAsync<NodeNotFoundException>(() => fakes.Client.GetStateAsync("n"))).Node);
        Assert.Equal("d", (await Assert.ThrowsAsync<DetectorNotFoundException>(() => fakes.Client.GetDetectorAsync("d"))).Detector);
        Assert.Equal("cursor", (await Assert.ThrowsAsync<InvalidRequestException>(() => fakes.Client.GetHistoryAsync(new GetHistory("n", Cursor: "x")))).Field);
        var large = await Assert.ThrowsAsync<InvalidRequestException>(() => fakes.Client.GetStateAsync(new string('n', 70_000))); // remoting would drop it without a word
        Assert.Contains("64000", large.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_goes_on_when_all_its_contacts_and_then_all_but_one_of_the_members_that_it_learned_of_are_gone()
    {
        await using var fakes = new FakeMembers(3);
        fakes.AllAnswer(_ => State);
        await fakes.Client.GetStateAsync("n");
        await fakes.Remove(fakes[0]); // the contact
        var late = fakes.Add();
        late.Answers = _ => State;
        await FakeMembers.Until("the new member to be asked, too", () =>
        {
            fakes.Client.GetStateAsync("n").GetAwaiter().GetResult();
            return !late.Asked.IsEmpty;
        }, () => late.Asked.Count);
        await fakes.Remove(fakes[0]);
        await fakes.Remove(fakes[0]);
        Assert.Equal(State.Node, (await fakes.Client.GetStateAsync("n")).Node);
    }

    [Fact]
    [Trait("Rule", "R10.2")]
    public async Task A_removal_that_nobody_answers_is_asked_of_nobody_else()
    {
        await using var fakes = new FakeMembers(2);
        fakes.Options = fakes.Options with { Timeout = TimeSpan.FromSeconds(3) };
        fakes.AllAnswer(_ => null);
        await Assert.ThrowsAsync<NoAnswerException>(() => fakes.Client.RemoveHistoryAsync("n"));
        Assert.Single(fakes.Members.SelectMany(m => m.Asked.OfType<RemoveHistory>()));
    }

    [Fact]
    [Trait("Rule", "R10.2")]
    public async Task A_removal_that_a_member_refuses_for_now_is_asked_again()
    {
        await using var fakes = new FakeMembers(2);
        var removals = 0;
        fakes.AllAnswer(m => m is RemoveHistory ? Interlocked.Increment(ref removals) == 1 ? new TryAgain("busy") : new NodeNotFound("n", "a") : null);
        Assert.False(await fakes.Client.RemoveHistoryAsync("n"));
        Assert.Equal(2, removals);
    }

    [Fact]
    public void A_system_that_cannot_send_our_messages_and_options_out_of_range_are_refused_with_words()
    {
        using var bare = Akka.Actor.ActorSystem.Create("bare");
        var address = "akka.tcp://failure-history@127.0.0.1:4053";
        var cannot = Assert.Throws<InvalidOperationException>(() => FailureHistoryClient.Create(bare, new FailureHistoryClientOptions { Contacts = [address] }));
        Assert.Contains("FailureHistoryClient.Configuration", cannot.Message, StringComparison.Ordinal);
        Assert.Contains("contacts", Assert.Throws<ArgumentException>(() => FailureHistoryClient.Create(bare, new FailureHistoryClientOptions())).Message, StringComparison.Ordinal);
        Assert.Contains("'nonsense'", Assert.Throws<ArgumentException>(() => FailureHistoryClient.Create(bare, new FailureHistoryClientOptions { Contacts = ["nonsense"] })).Message, StringComparison.Ordinal);
        var many = new FailureHistoryClientOptions { Contacts = [address], MessagesInFlight = 65 };
        Assert.Contains("messages-in-flight", Assert.Throws<ArgumentException>(() => FailureHistoryClient.Create(bare, many)).Message, StringComparison.Ordinal);
        var few = new FailureHistoryClientOptions { Contacts = [address], ObservationsInFlight = 499 };
        Assert.Contains("observations-in-flight", Assert.Throws<ArgumentException>(() => FailureHistoryClient.Create(bare, few)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_are_the_same_after_a_way_through_the_configuration_and_the_defaults_are_those_of_the_file()
    {
        var options = new FailureHistoryClientOptions { Contacts = ["akka.tcp://a@b:1"], HedgeAfter = TimeSpan.FromMilliseconds(77), MessagesInFlight = 9, ObservationsInFlight = 777 };
        var read = FailureHistoryClientOptions.From(options.ToHocon());
        Assert.Equal(options.Contacts, read.Contacts);
        Assert.Equal(options with { Contacts = [] }, read with { Contacts = [] });
        Assert.Equal(new FailureHistoryClientOptions(), FailureHistoryClientOptions.From(Akka.Configuration.Config.Empty) with { Contacts = new FailureHistoryClientOptions().Contacts });
    }
}
