using Akka.Actor;
using Akka.TestKit;
using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Time;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Actors;
using FailureHistory.Node.Member;
using FailureHistory.Node.Queries;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Actors;

/// <summary>Two copies of one segment, of two members, in one actor system; what their logs would do is done at once.</summary>
public sealed class SegmentActorTests : ActorTest
{
    private static readonly string[] Names = [.. Enumerable.Range(0, 20_000).Select(i => $"n{i}").Where(n => Segments.Of(NodeId.FromName(n)) == Segment)];
    private const int Segment = 77;

    private readonly TestProbe events;

    public SegmentActorTests(ITestOutputHelper output)
        : base(output, $"{FailingSnapshots.Settings}\n{FailingJournal.Settings}")
    {
        events = CreateTestProbe("events");
    }

    [Fact]
    public void A_write_that_one_copy_lost_heals_by_pulling_what_the_other_has_more_R9_5()
    {
        var (mine, theirs) = (Copy("me", 0), Copy("fh", 1));
        var all = Enumerable.Range(0, 3000).Select(i => Observation(Names[i % 40], $"i{i}", i)).ToList();
        Apply(theirs, 1, all);
        Apply(mine, 1, [.. all.Where((_, i) => i % 3 == 0), Observation(Names[41], "only here", 1)]);
        Assert.NotEqual(mine.Status.Digest, theirs.Status.Digest);

        Assert.True(PullFrom(mine, theirs).Merged);
        Apply(theirs, 2, [Observation(Names[41], "only here", 1)]);
        Assert.Equal(theirs.Status.Digest, mine.Status.Digest);
        Assert.Equal((CopyPhase.Serving, true), (mine.Status.Phase, mine.Status.Complete));
    }

    [Fact]
    public void Copies_compact_to_the_same_horizon_so_that_old_repeats_are_not_pulled_for_ever_R2_6()
    {
        var (mine, theirs) = (Copy("me", 0), Copy("fh", 1));
        var repeats = Enumerable.Range(0, 100).Select(i => Observation(Names[0], $"i{i:000}", i)).ToList();
        Apply(mine, 1, repeats);
        Apply(theirs, 1, repeats);
        mine.Actor.Tell(new CompactNow(MemberRig.Second(10_000)));
        AwaitAssert(() => Assert.NotEqual(theirs.Status.Digest, mine.Status.Digest));

        Assert.True(PullFrom(mine, theirs, MemberRig.Second(10_000)).Merged);
        Assert.Equal(theirs.Status.Digest, mine.Status.Digest);
        Assert.Equal(0, mine.Pulled);
    }

    [Fact]
    public void A_part_of_a_restored_history_that_looks_like_repeats_is_kept_until_the_rest_is_there_R9_3_R4_6()
    {
        var (mine, theirs) = (Copy("me", 0), Copy("fh", 1));
        var now = mine.Rig.Context.Now;
        List<Observation> part = [.. new[] { 1, 3, 4 }.Select(hour => Observation(Names[0], $"a{hour}", (hour - 100) * 3600) with { Kind = ObservationKind.Join, Detector = null, Hardware = HardwareAddress.Parse("m") })];
        var between = Observation(Names[0], "b2", (2 - 100) * 3600) with { Kind = ObservationKind.Join, Detector = null, Hardware = HardwareAddress.Parse("m"), Origin = NodeId.FromName("another id") };
        mine.Rig.Context.HoldForRestore();
        theirs.Rig.Context.Hold(mine.Rig.Context.HeldUntil);
        Apply(mine, 1, part);
        Apply(theirs, 1, part);

        mine.Actor.Tell(new CompactNow(now));
        theirs.Actor.Tell(new CompactNow(now));
        Assert.True(PullFrom(mine, theirs, now).Merged);
        Apply(mine, 2, [between]);
        Apply(theirs, 2, [between]);
        var later = now + TimeSpan.FromMinutes(11);
        Assert.True(PullFrom(mine, theirs, later).Merged);

        Assert.Equal(["a1", "a3", "a4", "b2"], Held(mine));
        Assert.Equal(["a1", "a3", "a4", "b2"], Held(theirs));
        Assert.Equal(0, mine.Pulled);

        // What is a repeat still goes once nothing is being restored.
        Apply(mine, 3, [.. Enumerable.Range(0, 9).Select(i => Observation(Names[1], $"r{i}", -3600 + i))]);
        var digest = mine.Status.Digest;
        mine.Actor.Tell(new CompactNow(later));
        AwaitAssert(() => Assert.NotEqual(digest, mine.Status.Digest));

        IEnumerable<string> Held(SegmentCopy copy) =>
            ObservationBatchCodec.Decode(Ask<NodePage>(copy, new PullNode { Node = WireIds.Bytes(NodeId.FromName(Names[0])) }).Payload).Observations.Select(o => o.Id).Order();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)] // its new number can't be written at first; what was read stays
    public void Rows_of_a_log_that_begins_anew_are_not_taken_for_those_that_a_snapshot_holds_R9_3(int failures)
    {
        var copy = Copy("me", 0);
        Apply(copy, 70, [Observation(Names[0], "old", 1)]);
        copy.Actor.Tell(TakeSnapshot.Instance);
        events.FishForMessage<SnapshotTaken>(_ => true, TimeSpan.FromSeconds(10));
        End(copy);

        // The log was lost, and three rows of the next one written before the next start, which finds them.
        FailingSnapshots.Of(Sys).Value = failures;
        End(Copy("emptied", 0, replayed: false, expectOffset: 0, logRows: 0));
        Assert.True(FailingSnapshots.Of(Sys).Value < 0, "as many saves as were to fail and one that did not");
        var again = Copy("again", 0, replayed: false, expectOffset: 0, logRows: 3);
        again.Actor.Tell(new ApplyRows(3, [Observation(Names[1], "new", 1)], [0], [], null));
        again.Actor.Tell(new LogReplayed(3));
        AwaitAssert(() => Assert.Equal(CopyPhase.Fetching, again.Status.Phase));
        foreach (var name in Names[..2])
        {
            Assert.Single(ObservationBatchCodec.Decode(Ask<NodePage>(again, new PullNode { Node = WireIds.Bytes(NodeId.FromName(name)) }).Payload).Observations);
        }
    }

    [Fact]
    public void A_pull_under_another_version_of_the_ring_ends_without_a_merge_R9_9()
    {
        var (mine, theirs) = (Copy("me", 0), Copy("fh", 1));
        theirs.Rig.Grow();
        theirs.Actor.Tell(new RingChangedTo(theirs.Rig.Ring));
        Apply(theirs, 1, [Observation(Names[0], "i", 1)]);
        Assert.False(PullFrom(mine, theirs).Merged);
    }

    [Fact]
    public void It_answers_only_when_it_serves_but_gives_what_its_journal_held_to_those_that_recover_R9_4()
    {
        var copy = Copy("me", 0, replayed: false);
        var query = new ReplicaQuery { RingVersion = 1, Node = WireIds.Bytes(NodeId.FromName(Names[0])), State = new GetState(Names[0]).ToWire() };
        Assert.Equal(ReplicaCannot.Types.Reason.NotServing, Ask<ReplicaCannot>(copy, query).Reason);
        Assert.Equal(ReplicaCannot.Types.Reason.NotServing, Ask<ReplicaCannot>(copy, new PullNode { Node = query.Node }).Reason);

        copy.Actor.Tell(new ApplyRows(1, [Observation(Names[0], "i", 1)], [0], [], null));
        copy.Actor.Tell(new LogReplayed(1));
        AwaitAssert(() => Assert.Equal(CopyPhase.Fetching, copy.Status.Phase));
        Assert.Equal(ReplicaCannot.Types.Reason.NotServing, Ask<ReplicaCannot>(copy, query).Reason);
        query.Recovering = true;
        Assert.False(Ask<NodeState>(copy, query).Complete);
        Assert.Single(ObservationBatchCodec.Decode(Ask<NodePage>(copy, new PullNode { Node = query.Node }).Payload).Observations);

        copy.Actor.Tell(new NobodyToAsk(copy.Rig.Ring.Version));
        query.Recovering = false;
        AwaitAssert(() => Assert.Equal(CopyPhase.Serving, copy.Status.Phase));
        Assert.False(Ask<NodeState>(copy, query).Complete); // R9.4: marked incomplete
        copy.Actor.Tell(new MergedWith(copy.Rig.Ids[1], true, copy.Rig.Ring.Version));
        AwaitAssert(() => Assert.True(Ask<NodeState>(copy, query).Complete));

        query.Node = WireIds.Bytes(NodeId.FromName(Names[1]));
        Assert.Equal(ReplicaCannot.Types.Reason.UnknownNode, Ask<ReplicaCannot>(copy, query).Reason);
    }

    [Fact]
    public void A_snapshot_holds_the_copy_up_to_its_offset_and_rows_before_it_are_passed_over_at_the_next_start_DESIGN_D2()
    {
        var copy = Copy("me", 0);
        Apply(copy, 7, [.. Enumerable.Range(0, 12_000).Select(i => Observation(Names[i % 30], $"i{i}", i))]);
        copy.Actor.Tell(TakeSnapshot.Instance);
        var taken = events.FishForMessage<SnapshotTaken>(_ => true, TimeSpan.FromSeconds(10));
        Assert.Equal((Segment, 7L), (taken.Segment, taken.Offset));
        Assert.True(taken.Bytes > 100_000, $"{taken.Bytes} bytes");
        var digest = copy.Status.Digest;
        Watch(copy.Parent);
        Sys.Stop(copy.Parent);
        ExpectTerminated(copy.Parent);

        var again = Copy("again", 0, replayed: false, expectOffset: 7);
        again.Actor.Tell(new ApplyRows(7, [Observation(Names[50], "in the snapshot already", 1)], [0], [], null));
        again.Actor.Tell(new LogReplayed(7));
        AwaitAssert(() => Assert.Equal(CopyPhase.Fetching, again.Status.Phase));
        Assert.Equal(digest, again.Status.Digest);
        Assert.True(again.Rig.Context.Clock.Now(Stamp.Zero) >= MemberRig.Second(11_999), "the clock has seen what the snapshot holds, R2.3");
        Apply(again, 8, [Observation(Names[50], "behind the snapshot", 1)]);
        Assert.NotEqual(digest, again.Status.Digest);
    }

    [Fact]
    public async Task No_query_is_lost_while_history_actors_come_and_go_DESIGN_D11()
    {
        var copy = Copy("me", 0, arguments: ["--history.actors", "3", "--history.idle", "2ms"]);
        Apply(copy, 1, [.. Enumerable.Range(0, 100).Select(i => Observation(Names[i % 8], $"i{i}", i))]);
        Serve(copy);
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var i = 0; i < 1500; i++)
        {
            var name = Names[random.Next(8)];
            var query = new ReplicaQuery { RingVersion = 1, Node = WireIds.Bytes(NodeId.FromName(name)), State = new GetState(name).ToWire() };
            var reply = await copy.Actor.Ask<object>(query, TimeSpan.FromSeconds(3));
            Assert.True(reply is NodeState state && state.Node.Name == name, $"seed {seed}, query {i} for {name}: {reply}");
        }

        // Nobody asks any more: all go.
        AwaitAssert(() => Assert.Empty(Children(copy)), TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void There_are_no_more_history_actors_than_allowed_DESIGN_D11()
    {
        var copy = Copy("me", 0, arguments: ["--history.actors", "768"]);
        Apply(copy, 1, [.. Enumerable.Range(0, 10).Select(i => Observation(Names[i], $"i{i}", i))]);
        Serve(copy);
        for (var i = 0; i < 10; i++)
        {
            Ask<NodeState>(copy, new ReplicaQuery { Node = WireIds.Bytes(NodeId.FromName(Names[i])), State = new GetState(Names[i]).ToWire() });
        }

        AwaitAssert(() => Assert.Equal(3, Children(copy).Count), TimeSpan.FromSeconds(5));
    }

    [Fact]
    [Trait("Rule", "R6.4")]
    public void Asked_as_its_members_own_copy_it_answers_the_asker_or_says_that_others_are_to_be_asked()
    {
        var copy = Copy("me", 0);
        var machine = HardwareAddress.Parse("m");
        Observation Join(string id, double second) => Observation(Names[1], id, second) with { Kind = ObservationKind.Join, Detector = null, Hardware = machine };
        Apply(copy, 1, [Observation(Names[0], "known", 1), Join("joined", 1), Join("elsewhere", 2) with { Origin = NodeId.FromName("another id") }]);
        var (asker, entry) = (CreateTestProbe(), CreateTestProbe());

        Read(Names[0]);
        entry.ExpectMsg<OwnCopyRead.Unsaid>(); // it does not serve yet
        copy.Actor.Tell(new MergedWith(copy.Rig.Ids[1], true, copy.Rig.Ring.Version));
        AwaitAssert(() => Assert.True(copy.Status is { Phase: CopyPhase.Serving, Complete: true }));
        Read(Names[0]);
        Assert.Equal(Names[0], asker.ExpectMsg<NodeState>().Node.Name);
        Assert.Equal(entry.Ref, asker.LastSender);
        Read(Names[1]);
        entry.ExpectMsg<OwnCopyRead.Unsaid>(); // a machine under several ids is gathered from all of them
        Read(Names[2]);
        entry.ExpectMsg<OwnCopyRead.Unsaid>(); // that nobody knows it needs a majority
        Assert.False(asker.HasMessages, "one answer was expected");

        void Read(string node) => copy.Actor.Tell(new OwnCopyRead("state", Question.Of(new GetState(node), out _), asker, entry, default, copy.Rig.Context));
    }

    private static Observation Observation(string node, string id, double second) => new()
    {
        Node = NodeId.FromName(node),
        Name = node,
        Kind = ObservationKind.Failure,
        Detector = "ping",
        Id = id,
        At = MemberRig.Second(second),
        ReceivedAt = MemberRig.Second(second),
        Accuracy = 50,
    };

    private static List<IActorRef> Children(SegmentCopy copy) =>
        [.. ((ActorRefWithCell)copy.Actor).Children];

    private void Serve(SegmentCopy copy)
    {
        copy.Actor.Tell(new NobodyToAsk(copy.Rig.Ring.Version));
        AwaitAssert(() => Assert.Equal(CopyPhase.Serving, copy.Status.Phase));
    }

    private T Ask<T>(SegmentCopy copy, object message)
    {
        copy.Actor.Tell(message, events);
        return events.FishForMessage<T>(_ => true, TimeSpan.FromSeconds(3));
    }

    private PullEnded PullFrom(SegmentCopy mine, SegmentCopy theirs, Stamp? horizon = null)
    {
        mine.Actor.Tell(new PullFrom(theirs.Rig.Context.Id, mine.Rig.Ring.Version, horizon ?? MemberRig.Second(0)), events);
        return events.FishForMessage<PullEnded>(_ => true, TimeSpan.FromSeconds(10));
    }

    private void Apply(SegmentCopy copy, long offset, IReadOnlyList<Observation> observations)
    {
        var done = new Applied(events);
        copy.Actor.Tell(new ApplyRows(offset, observations, [.. Enumerable.Range(0, observations.Count)], [], done));
        events.FishForMessage(m => ReferenceEquals(m, done), TimeSpan.FromSeconds(10));
    }

    private void End(SegmentCopy copy)
    {
        Watch(copy.Parent);
        Sys.Stop(copy.Parent);
        ExpectTerminated(copy.Parent);
    }

    private SegmentCopy Copy(string parent, int member, bool replayed = true, long expectOffset = 0, long logRows = long.MaxValue, params string[] arguments)
    {
        var rig = new MemberRig(Sys, 2, arguments, self: member);
        rig.Context.LogRows = logRows;
        var made = new SegmentCopy(rig);
        made.Parent = Sys.ActorOf(Props.Create(() => new OneSegment(made, events.Ref)), parent);
        var recovered = events.FishForMessage<SegmentRecovered>(_ => true, TimeSpan.FromSeconds(10));
        Assert.Equal(expectOffset, recovered.Offset);
        made.Actor = Sys.ActorSelection(made.Parent.Path / $"segment-{Segment}").ResolveOne(TimeSpan.FromSeconds(3)).GetAwaiter().GetResult();
        if (replayed)
        {
            made.Actor.Tell(new LogReplayed(0));
            made.Actor.Tell(new RingChangedTo(rig.Ring));
            AwaitAssert(() => Assert.Equal(CopyPhase.Fetching, made.Status.Phase));
        }

        return made;
    }

    private sealed record Applied(IActorRef Events) : IBatchAck, INoSerializationVerificationNeeded
    {
        void IBatchAck.Applied(IReadOnlyList<int> duplicates, IReadOnlyList<int> removed, IReadOnlyList<int> folded) => Events.Tell(this);
    }

    private sealed class SegmentCopy(MemberRig rig)
    {
        private int pulled;

        public MemberRig Rig { get; } = rig;

        public IActorRef Parent { get; set; } = ActorRefs.Nobody;

        public IActorRef Actor { get; set; } = ActorRefs.Nobody;

        public CopyStatus Status => Rig.Context.Board[Segment];

        public int Pulled => Volatile.Read(ref pulled);

        public void NotePulled(int count) => Interlocked.Add(ref pulled, count);
    }

    /// <summary>Plays NodeActor and the log: what is pulled is applied at once.</summary>
    private sealed class OneSegment : ReceiveActor
    {
        private long offset = 1_000_000;

        public OneSegment(SegmentCopy copy, IActorRef events)
        {
            var actor = Context.ActorOf(SegmentActor.Props(Segment, copy.Rig.Context, null, copy.Rig.Context.Ring, countedBefore: true), $"segment-{Segment}");
            Receive<StorePulled>(m =>
            {
                foreach (var part in SegmentParts.Of(ObservationBatchCodec.Decode(m.Payload)))
                {
                    copy.NotePulled(part.Observations.Count);
                    actor.Tell(new ApplyRows(++offset, part.Observations, part.Indices, part.Tombstones, new PulledAck(1, m.Token, Sender)));
                }
            });
            ReceiveAny(events.Forward);
        }
    }
}
