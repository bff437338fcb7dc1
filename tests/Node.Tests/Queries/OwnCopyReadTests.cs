using System.Collections.Concurrent;
using System.Diagnostics;
using Akka.Actor;
using Akka.TestKit;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;
using FailureHistory.Node.Actors;
using FailureHistory.Node.Member;
using FailureHistory.Node.Queries;
using FailureHistory.Node.Telemetry;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Queries;

/// <summary>Questions at a member that has a copy of its own; the test plays that copy, those of the other members and who asks.</summary>
[Trait("Rule", "R6.4")]
public sealed class OwnCopyReadTests : ClusteredTest
{
    private const string Node = "n1";
    private static readonly NodeId Id = NodeId.FromName(Node);

    private readonly TestProbe own;
    private readonly TestProbe others;
    private readonly TestProbe asker;
    private readonly TestProbe node;
    private readonly IActorRef entry;

    public OwnCopyReadTests(ITestOutputHelper output)
        : base(output)
    {
        own = CreateTestProbe("own");
        others = CreateTestProbe("others");
        asker = CreateTestProbe("asker");
        node = CreateTestProbe("node");
        MemberRig.Others(this, others, $"segment-{Segments.Of(Id)}");
        Rig.Context.SegmentActors = [.. Enumerable.Repeat(own.Ref, Segments.Count)];
        OwnIs(CopyPhase.Serving, complete: true);
        entry = Sys.ActorOf(EntryActor.Props(Rig.Context, node), "entry");
    }

    [Fact]
    public void Its_own_copy_answers_the_asker_and_nobody_else_is_asked()
    {
        entry.Tell(new GetState(Node), asker);
        var read = own.ExpectMsg<OwnCopyRead>();
        Assert.Equal(1, UnderWay());
        read.End(State("own"));
        Assert.Equal("own", asker.ExpectMsg<NodeState>().AnsweredBy);
        Assert.Equal(entry, asker.LastSender);
        Assert.Equal(0, UnderWay());
        Rig.Time.Advance(Rig.Settings.HedgeAfter * 2);
        others.ExpectNoMsg(TimeSpan.FromMilliseconds(300));
    }

    [Fact]
    public void When_its_own_copy_is_late_another_is_asked_as_well_and_the_first_reply_is_the_only_one()
    {
        entry.Tell(new GetHistory(Node), asker);
        entry.Tell(new GetState(Node), asker);
        var (first, second) = (own.ExpectMsg<OwnCopyRead>(), own.ExpectMsg<OwnCopyRead>());
        first.End(new NodeNotFound(Node, "own"));
        asker.ExpectMsg<NodeNotFound>();
        others.ExpectNoMsg(TimeSpan.FromMilliseconds(200)); // by the member's clock it is not late
        Rig.Time.Advance(Rig.Settings.HedgeAfter);
        others.ExpectMsg<ReplicaQuery>();
        others.Reply(State("another"));
        Assert.Equal("another", asker.ExpectMsg<NodeState>().AnsweredBy);
        second.End(State("own"));
        asker.ExpectNoMsg(TimeSpan.FromMilliseconds(200));
        Assert.Equal(0, UnderWay());
    }

    [Fact]
    public void Its_own_copy_that_is_late_may_still_be_the_first()
    {
        entry.Tell(new GetState(Node), asker);
        var read = own.ExpectMsg<OwnCopyRead>();
        Rig.Time.Advance(Rig.Settings.HedgeAfter);
        others.ExpectMsg<ReplicaQuery>();
        var asked = others.LastSender;
        read.End(State("own"));
        Assert.Equal("own", asker.ExpectMsg<NodeState>().AnsweredBy);
        asked.Tell(State("another"));
        asker.ExpectNoMsg(TimeSpan.FromMilliseconds(200));
    }

    [Fact]
    public void What_its_own_copy_cannot_say_is_asked_as_of_any_copy()
    {
        entry.Tell(new GetState(Node), asker);
        own.ExpectMsg<OwnCopyRead>().AskOn();
        own.ExpectMsg<ReplicaQuery>();
        own.Reply(Unknown());
        others.ExpectMsg<ReplicaQuery>();
        others.Reply(Unknown());
        asker.ExpectMsg<NodeNotFound>();
        Assert.Equal(0, UnderWay());
    }

    [Theory]
    [InlineData(CopyPhase.Fetching, true)]
    [InlineData(CopyPhase.Serving, false)]
    public void A_copy_that_does_not_serve_or_is_not_complete_is_asked_like_any_other_R9_4(CopyPhase phase, bool complete)
    {
        OwnIs(phase, complete);
        entry.Tell(new GetState(Node), asker);
        (phase == CopyPhase.Serving ? own : others).ExpectMsg<ReplicaQuery>(); // in the order of R6.4
    }

    [Fact]
    public void What_one_copy_may_not_say_alone_is_not_asked_of_it_alone_R6_5()
    {
        entry.Tell(new GetState(Node, Consistency.Majority), asker);
        own.ExpectMsg<DigestQuery>();
        others.ExpectMsg<DigestQuery>();
    }

    [Fact]
    public void A_bad_question_is_refused_R2_8()
    {
        entry.Tell(new GetHistory(Node, Limit: 0), asker);
        Assert.Equal("limit", asker.ExpectMsg<InvalidRequest>().Field);
        entry.Tell(new GetState(" "), asker);
        Assert.Equal("node", asker.ExpectMsg<InvalidRequest>().Field);
        entry.Tell(new GetReliability(Node, TimeSpan.Zero), asker);
        Assert.Equal("window", asker.ExpectMsg<InvalidRequest>().Field);
        Assert.False(own.HasMessages || others.HasMessages, "no copy was expected to be asked");
    }

    [Fact]
    public void The_copy_that_was_asked_is_a_span_below_that_of_the_query()
    {
        var asked = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);
        var ended = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Tracing.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                if (span.TraceId == asked.TraceId)
                {
                    ended.Enqueue(span);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);

        entry.Tell(new Traced(new GetState(Node), asked), asker);
        own.ExpectMsg<OwnCopyRead>().End(State("own"));
        asker.ExpectMsg<NodeState>();

        Assert.Equal(["failure_history.replica", "failure_history.state"], ended.Select(s => s.OperationName));
        var (copy, query) = (ended.First(), ended.Last());
        Assert.Equal((query.SpanId, asked.SpanId), (copy.ParentSpanId, query.ParentSpanId));
        Assert.Equal(Rig.Context.Id.ToString(), copy.GetTagItem("member"));
        Assert.Equal(Segments.Of(Id), copy.GetTagItem("segment"));
    }

    private int UnderWay()
    {
        entry.Tell(new GetUnderWay(0), asker);
        return node.ExpectMsg<GetUnderWay>().Queries;
    }

    private void OwnIs(CopyPhase phase, bool complete) =>
        Rig.Context.Board[Segments.Of(Id)] = new CopyStatus(phase, complete, complete, complete, 0, Rig.Ring.Version);

    private NodeState State(string by) =>
        new(new NodeRef(Id.ToString(), Node, null), Rig.Context.Now, NodeStatus.Up, 0, null, [], Complete: true, Replicas: 1, AnsweredBy: by);

    private ReplicaCannot Unknown() =>
        new() { Node = WireIds.Bytes(Id), Reason = ReplicaCannot.Types.Reason.UnknownNode, Counts = true, RingVersion = Rig.Ring.Version };
}
