using Akka.Actor;
using Akka.TestKit;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Queries;
using Xunit;
using Xunit.Abstractions;
using NodeObservations = FailureHistory.Messages.NodeObservations;

namespace FailureHistory.Node.Tests.Queries;

/// <summary>A reader among three replicas; the test plays their copies of the node's segment, in the order in which they are asked.</summary>
public sealed class NodeReaderTests : ActorTest
{
    private const string Node = "n1";
    private static readonly NodeId Id = NodeId.FromName(Node);

    private readonly TestProbe copies;
    private readonly MemberRig rig;
    private readonly NodeReader reader;
    private volatile bool votedForNext;

    public NodeReaderTests(ITestOutputHelper output)
        : base(output)
    {
        copies = CreateTestProbe("copies");
        rig = new MemberRig(Sys, 3, ["--query.timeout", "8s"]);
        MemberRig.Others(this, copies, $"segment-{Segments.Of(Id)}", "exchange");
        Sys.ActorOf(Props.Create(() => new Voter(() => rig.Ring.Record, () => votedForNext)), "fh-ring");
        reader = new NodeReader(rig.Context);
    }

    [Fact]
    public async Task When_the_nearest_does_not_answer_another_is_asked_and_the_first_reply_wins_R6_4()
    {
        var reading = reader.Read(new GetState(Node));
        copies.ExpectMsg<ReplicaQuery>();
        copies.ExpectNoMsg(TimeSpan.FromMilliseconds(200));
        rig.Time.Advance(rig.Settings.HedgeAfter);
        copies.ExpectMsg<ReplicaQuery>();
        copies.Reply(State("second"));
        Assert.Equal("second", ((NodeState)await reading).AnsweredBy);
    }

    [Fact]
    public async Task Not_found_needs_a_majority_of_copies_that_would_know_R6_6()
    {
        var reading = reader.Read(new GetState(Node));
        Unknown(counts: true);
        Assert.False(reading.IsCompleted, "one copy is not a majority");
        Unknown(counts: true);
        Assert.IsType<NodeNotFound>(await reading);

        reading = reader.Read(new GetState(Node));
        Unknown(counts: true);
        Unknown(counts: false);
        Unknown(counts: true, version: rig.Ring.Version - 1);
        Assert.IsType<TryAgain>(await reading);
    }

    [Fact]
    public async Task An_incomplete_answer_is_given_only_when_there_is_no_complete_one_R9_4()
    {
        var reading = reader.Read(new GetState(Node));
        Answer(State("incomplete") with { Complete = false });
        Answer(State("complete"));
        Assert.Equal("complete", ((NodeState)await reading).AnsweredBy);

        reading = reader.Read(new GetState(Node));
        Answer(State("incomplete") with { Complete = false });
        Unknown(counts: false);
        Cannot("fetching");
        Assert.Equal("incomplete", ((NodeState)await reading).AnsweredBy);
    }

    [Fact]
    public async Task When_nobody_can_tell_the_reasons_are_given_R6_6()
    {
        var reading = reader.Read(new GetHistory(Node));
        Cannot("segment 5 at a is Recovering");
        Cannot("segment 5 at b is Fetching");
        Cannot("segment 5 at c is Fetching");
        var again = Assert.IsType<TryAgain>(await reading);
        Assert.Contains("segment 5 at a is Recovering; segment 5 at b is Fetching", again.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_majority_read_whose_digests_agree_is_answered_by_one_of_them_R6_5()
    {
        var reading = reader.Read(new GetState(Node, Consistency.Majority));
        Digest(0, 42, 3);
        Digest(1, 42, 3);
        var query = copies.FishForMessage<ReplicaQuery>(_ => true);
        Assert.Equal(Id, WireIds.Node(query.Node));
        copies.Reply(State("either"));
        var state = (NodeState)await reading;
        Assert.Equal(("either", 2), (state.AnsweredBy, state.Replicas));
    }

    [Fact]
    public async Task Digests_of_copies_that_do_not_count_or_of_another_version_make_no_majority_and_are_asked_for_again_R9_9()
    {
        var reading = reader.Read(new GetState(Node, Consistency.Majority));
        Digest(0, 42, 3);
        Digest(1, 42, 3, counts: false);
        Digest(2, 42, 3, version: rig.Ring.Version + 1);
        copies.ExpectNoMsg(TimeSpan.FromMilliseconds(100));
        Assert.False(reading.IsCompleted, "one copy is not a majority");
        rig.Time.Advance(rig.Settings.HedgeAfter);
        Digest(1, 42, 3);
        copies.FishForMessage<ReplicaQuery>(_ => true);
        copies.Reply(State("either"));
        Assert.Equal("either", ((NodeState)await reading).AnsweredBy);
    }

    [Fact]
    public async Task Without_a_majority_of_digests_to_the_end_it_says_to_try_again_R6_6()
    {
        var reading = reader.Read(new GetState(Node, Consistency.Majority));
        Digest(0, 42, 3);
        Digest(1, 42, 3, counts: false);
        for (var waited = 0; !reading.IsCompleted; waited++)
        {
            Assert.True(waited < 500, "expected an answer once the query's time is over; none came");
            rig.Time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(10); // the reader sets its next timer only after the one before
        }

        Assert.Contains("no majority", Assert.IsType<TryAgain>(await reading).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_majority_of_copies_of_a_version_that_may_not_be_the_latest_tells_nothing_R9_9()
    {
        votedForNext = true;
        var reading = reader.Read(new GetState(Node, Consistency.Majority));
        Digest(0, 42, 3);
        Digest(1, 42, 3);
        await AdvanceUntil(reading);
        Assert.Contains("no majority", Assert.IsType<TryAgain>(await reading).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_vote_on_the_ring_is_waited_out_R6_5()
    {
        votedForNext = true;
        var reading = reader.Read(new GetState(Node, Consistency.Majority));
        Digest(0, 42, 0);
        Digest(1, 42, 0);
        rig.Time.Advance(rig.Settings.HedgeAfter);
        Assert.False(reading.IsCompleted, "a version that is voted for may be decided: what it acknowledged is not known here");
        votedForNext = false;
        await AdvanceUntil(reading);
        Assert.IsType<NodeNotFound>(await reading);
    }

    [Fact]
    public async Task A_majority_that_never_heard_of_it_is_not_found_R6_6()
    {
        var reading = reader.Read(new GetState(Node, Consistency.Majority));
        Digest(0, 0, 0);
        Digest(1, 0, 0);
        Assert.IsType<NodeNotFound>(await reading);
    }

    [Fact]
    public async Task Where_digests_differ_the_union_of_a_majority_is_answered_R6_5()
    {
        var machines = new[] { Machine("a", "b"), Machine("b", "c") };
        var reading = reader.Read(new GetObservations(Node, Consistency: Consistency.Majority));
        for (var round = 0; round < 2; round++)
        {
            // The reader looks first whether they agree, and gathers when they do not.
            Digest(0, machines[0].DigestOf(Id), 2);
            Digest(1, machines[1].DigestOf(Id), 2);
            copies.FishForMessage<DigestQuery>(_ => true); // the third is slow; what is sent to the exchanger may overtake it
        }

        foreach (var machine in machines)
        {
            var pull = copies.FishForMessage<PullNode>(_ => true);
            copies.Reply(new NodePage { RingVersion = rig.Ring.Version, Node = pull.Node, Payload = new ObservationPages(machine).Of([Id], pull.Cursor).Payload, Counts = true, CopyCounts = true });
        }

        var observations = (NodeObservations)await reading;
        Assert.Equal(["a", "b", "c"], observations.Observations.Select(o => o.Id));
        Assert.Equal(2, observations.Replicas);
    }

    [Fact]
    public async Task Copies_that_a_majority_read_finds_to_differ_are_compared_at_once_R6_5()
    {
        var reading = reader.Read(new GetState(Node, Consistency.Majority));
        Digest(0, 42, 2);
        Digest(1, 43, 2);
        Assert.Equal((uint)Segments.Of(Id), copies.FishForMessage<RepairSegment>(_ => true).Segment);
        await AdvanceUntil(reading);

        reading = reader.Read(new GetState(Node, Consistency.Majority));
        Digest(0, 42, 2);
        Digest(1, 42, 2);
        Assert.DoesNotContain(copies.ReceiveWhile<object>(_ => true, TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(300)), m => m is RepairSegment);
        await AdvanceUntil(reading);
    }

    [Fact]
    public async Task A_copy_that_told_its_digest_and_then_stops_answering_is_passed_over_for_another_R6_5()
    {
        var machines = new[] { Machine("a"), Machine("b", "c"), Machine("c", "d") };
        var reading = reader.Read(new GetObservations(Node, Consistency: Consistency.Majority));
        for (var round = 0; round < 2; round++)
        {
            Digest(0, machines[0].DigestOf(Id), 1);
            Digest(1, machines[1].DigestOf(Id), 2);
            copies.FishForMessage<DigestQuery>(_ => true); // the third is slow; what is sent to the exchanger may overtake it
        }

        copies.FishForMessage<PullNode>(_ => true); // the first copy never answers it
        Digest(1, machines[1].DigestOf(Id), 2);
        Digest(2, machines[2].DigestOf(Id), 2);
        foreach (var machine in machines[1..])
        {
            var pull = copies.FishForMessage<PullNode>(_ => true);
            copies.Reply(new NodePage { RingVersion = rig.Ring.Version, Node = pull.Node, Payload = new ObservationPages(machine).Of([Id], pull.Cursor).Payload, Counts = true, CopyCounts = true });
        }

        var observations = (NodeObservations)await reading;
        Assert.Equal(["b", "c", "d"], observations.Observations.Select(o => o.Id));
        Assert.Equal(2, observations.Replicas);
    }

    [Fact]
    public async Task A_bad_limit_or_name_is_told_without_asking_anybody_R2_8()
    {
        Assert.Equal("limit", Assert.IsType<InvalidRequest>(await reader.Read(new GetHistory(Node, Limit: 0))).Field);
        Assert.Equal("limit", Assert.IsType<InvalidRequest>(await reader.Read(new GetObservations(Node, Limit: 10_001))).Field);
        Assert.Equal("node", Assert.IsType<InvalidRequest>(await reader.Read(new GetState(new string('n', 257)))).Field);
        Assert.Equal("node", Assert.IsType<InvalidRequest>(await reader.Read(new GetState("hw:00:00:00:00:00:00"))).Field);
        copies.ExpectNoMsg(TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task Without_a_ring_it_says_to_try_again()
    {
        rig.Context.Ring = null;
        Assert.IsType<TryAgain>(await reader.Read(new GetState(Node)));
    }

    /// <summary>Every member's vote on the ring.</summary>
    private sealed class Voter : ReceiveActor
    {
        public Voter(Func<RingRecord> inForce, Func<bool> votedForNext) =>
            Receive<RingCheck>(check => Sender.Tell(new RingChecked
            {
                Member = check.Member, ClusterId = WireIds.Bytes(inForce().ClusterId), Version = inForce().Version, VotedForNext = votedForNext(),
            }));
    }

    // What waits on the clock is not known when it begins to: the time goes on until there is an answer, for three minutes at most.
    private async Task AdvanceUntil(Task reading)
    {
        for (var i = 0; i < 6000 && !reading.IsCompleted; i++)
        {
            rig.Time.Advance(TimeSpan.FromMilliseconds(30));
            await Task.WhenAny(reading, Task.Delay(10)); // what the advance set off runs on other threads
        }

        Assert.True(reading.IsCompleted, "no answer though the clock went on by three minutes");
    }

    private NodeState State(string by) =>
        new(new NodeRef(Id.ToString(), Node, null), rig.Context.Now, NodeStatus.Up, 0, null, [], Complete: true, Replicas: 1, AnsweredBy: by);

    private static SegmentMachine Machine(params string[] ids)
    {
        var machine = new SegmentMachine(Segments.Of(Id), TimeSpan.FromMinutes(1));
        foreach (var id in ids)
        {
            machine.Apply(MemberRig.Failure(Node, id, id[0]));
        }

        return machine;
    }

    private void Answer(object reply)
    {
        copies.ExpectMsg<ReplicaQuery>();
        copies.Reply(reply);
    }

    private void Unknown(bool counts, long? version = null) => Answer(new ReplicaCannot
    {
        Node = WireIds.Bytes(Id), Reason = ReplicaCannot.Types.Reason.UnknownNode, Counts = counts, RingVersion = version ?? rig.Ring.Version,
    });

    private void Cannot(string detail) => Answer(new ReplicaCannot { Node = WireIds.Bytes(Id), Reason = ReplicaCannot.Types.Reason.NotServing, Detail = detail });

    private void Digest(int member, ulong digest, uint count, bool counts = true, long? version = null)
    {
        copies.FishForMessage<DigestQuery>(_ => true);
        copies.Reply(new DigestAnswer
        {
            RingVersion = version ?? rig.Ring.Version, Node = WireIds.Bytes(Id), Member = WireIds.Bytes(rig.Ids[member]), Digest = digest, Count = count,
            Counts = counts, Complete = true,
        });
    }
}
