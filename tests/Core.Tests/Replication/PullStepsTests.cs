using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using Xunit;

namespace FailureHistory.Core.Tests.Replication;

/// <summary>The steps by which a copy takes in what another has more (R9.4, R9.5).</summary>
public sealed class PullStepsTests
{
    private static readonly SegmentMachine Ours = Samples.Machine(Samples.Failure("a", 1));

    [Fact]
    public void A_copy_that_lacks_nothing_has_merged_at_once()
    {
        var steps = new PullSteps(Ours, 3);
        Assert.Equal(new AskDigests(null), steps.Start());
        Assert.Equal(new PullOver(true, true), steps.OnDigests(3, [(Samples.Node(1), Ours.DigestOf(Samples.Node(1)))], isLast: true, vouches: true));
    }

    [Fact]
    public void What_differs_is_asked_for_page_by_page_and_each_page_stored_before_the_next()
    {
        var steps = new PullSteps(Ours, 3);
        var asked = Assert.IsType<AskNodes>(steps.OnDigests(3, [(Samples.Node(1), 1), (Samples.Node(2), 2)], isLast: true, vouches: true));
        Assert.Equal([Samples.Node(1), Samples.Node(2)], asked.Nodes);
        Assert.IsType<StorePage>(steps.OnPage(isEmpty: false, "next"));
        Assert.Equal("next", Assert.IsType<AskNodes>(steps.OnStored(true)).Cursor);
        Assert.IsType<StorePage>(steps.OnPage(isEmpty: false, string.Empty));
        Assert.Equal(new PullOver(true, true), steps.OnStored(true));
    }

    [Fact]
    public void An_empty_page_needs_no_storing()
    {
        var steps = new PullSteps(Ours, 3);
        steps.OnDigests(3, [(Samples.Node(2), 2)], isLast: true, vouches: false);
        Assert.Equal(new PullOver(true, false), steps.OnPage(isEmpty: true, string.Empty));
    }

    [Fact]
    public void More_nodes_than_go_into_one_question_are_asked_for_in_several()
    {
        var steps = new PullSteps(Ours, 3);
        var many = Enumerable.Range(1, PullSteps.NodesAtATime + 1).Select(i => (new NodeId((UInt128)i), 9UL));
        Assert.Equal(PullSteps.NodesAtATime, Assert.IsType<AskNodes>(steps.OnDigests(3, many, isLast: false, vouches: true)).Nodes.Count);
        Assert.Single(Assert.IsType<AskNodes>(steps.OnPage(isEmpty: true, string.Empty)).Nodes);
        Assert.Equal(new AskDigests(new NodeId((UInt128)(PullSteps.NodesAtATime + 1))), steps.OnPage(isEmpty: true, string.Empty));
    }

    [Fact]
    public void A_peer_on_another_version_of_the_ring_or_a_page_that_is_not_stored_ends_it_R9_9()
    {
        Assert.Equal(new PullOver(false, false), new PullSteps(Ours, 3).OnDigests(4, [], isLast: true, vouches: true));
        var steps = new PullSteps(Ours, 3);
        steps.OnDigests(3, [(Samples.Node(2), 2)], isLast: true, vouches: true);
        steps.OnPage(isEmpty: false, string.Empty);
        Assert.False(Assert.IsType<PullOver>(steps.OnStored(false)).Merged);
    }

    [Fact]
    public void A_peer_that_came_to_vouch_after_its_first_page_did_not_vouch_for_that_page_R9_4()
    {
        var steps = new PullSteps(Ours, 3);
        steps.OnDigests(3, [], isLast: false, vouches: false);
        Assert.Equal(new PullOver(true, false), steps.OnDigests(3, [], isLast: true, vouches: true));
    }
}
