using FailureHistory.Core.Ring;
using Xunit;

namespace FailureHistory.Core.Tests.Ring;

[Trait("Rule", "R9.2")]
public sealed class RingChangesTests
{
    private static readonly RingMember[] People = Rings.Draw(new Random(8), 4);
    private static readonly RingRecord Formed = RingChanges.Form(77, People[0], 3);

    [Fact]
    public void A_formed_ring_is_version_one_with_one_member()
    {
        Assert.Equal((77, 1L, 3, Segments.Count), ((int)Formed.ClusterId, Formed.Version, Formed.ReplicationFactor, Formed.SegmentCount));
        Assert.Equal([People[0]], Formed.Members);
        Assert.Empty(Formed.PreviousMembers);
    }

    [Fact]
    public void A_renewed_ring_is_the_next_version_with_the_same_members_and_places()
    {
        var ring = People.Aggregate(Formed, RingChanges.Add);
        var renewed = RingChanges.Renew(ring);

        Assert.True(renewed.Follows(ring));
        Assert.Equal(ring.Version + 1, renewed.Version);
        Assert.Equal(ring.Members, renewed.Members);
        Assert.Equal(ring.Members, renewed.PreviousMembers);
        Assert.All(Enumerable.Range(0, Segments.Count), s => Assert.Equal(RingPlacement.Of(ring).Replicas(s), RingPlacement.Of(renewed).Replicas(s)));
    }

    [Fact]
    public void Each_change_is_one_version_that_names_its_predecessors_members_sorted_by_id()
    {
        var ring = People.Aggregate(Formed, RingChanges.Add);

        Assert.Equal(4, ring.Version);
        Assert.Equal(People.OrderBy(p => p.Id), ring.Members);
        Assert.Equal(People[..3].OrderBy(p => p.Id), ring.PreviousMembers);

        var smaller = RingChanges.Remove(ring, People[1].Id);

        Assert.True(smaller.Follows(ring));
        Assert.False(smaller.Contains(People[1].Id));
        Assert.Equal(ring.Members, smaller.PreviousMembers);
    }

    [Fact]
    public void What_changes_nothing_returns_the_same_instance()
    {
        Assert.Same(Formed, RingChanges.Add(Formed, People[0] with { Address = "elsewhere" }));
        Assert.Same(Formed, RingChanges.Remove(Formed, People[1].Id));
        Assert.Same(Formed, RingChanges.ForceRemove(Formed, []));
    }

    [Fact]
    public void The_last_member_is_never_taken_out()
    {
        var two = RingChanges.Add(Formed, People[1]);

        Assert.Throws<InvalidOperationException>(() => RingChanges.Remove(Formed, People[0].Id));
        Assert.Throws<InvalidOperationException>(() => RingChanges.ForceRemove(two, [People[0].Id, People[1].Id]));
    }

    [Fact]
    public void A_record_follows_only_the_ring_it_was_made_from()
    {
        var two = RingChanges.Add(Formed, People[1]);

        Assert.True(two.Follows(Formed));
        Assert.False((two with { ClusterId = 78 }).Follows(Formed));
        Assert.False((two with { Version = 3 }).Follows(Formed));
        Assert.False((two with { ReplicationFactor = 2 }).Follows(Formed));
        Assert.False((two with { PreviousMembers = [People[2]] }).Follows(Formed));
    }

    [Fact]
    public void Records_are_equal_when_their_members_are()
    {
        var ring = RingChanges.Add(Formed, People[1]);
        var copy = ring with { Members = [.. ring.Members], PreviousMembers = [.. ring.PreviousMembers] };

        Assert.Equal(ring, copy);
        Assert.Equal(ring.GetHashCode(), copy.GetHashCode());
        Assert.NotEqual(ring, ring with { Members = [ring.Members[0], ring.Members[1] with { Zone = "elsewhere" }] });
    }
}
