using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Tests.Ring;
using Xunit;

namespace FailureHistory.Core.Tests.Replication;

/// <summary>Which answers make a majority, of writes and of reads (R2.7, R6.5, R6.6, R9.9).</summary>
public sealed class VotesTests
{
    private static readonly MemberId[] Five = [.. Enumerable.Range(1, 5).Select(i => new MemberId((UInt128)i))];
    private static readonly RingView Ring = RingView.Of(Rings.Of(Five.Select(id => Rings.Member(id)), 3) with { Version = 4 });

    private static IReadOnlyList<MemberId> Set => Ring.Placement.Replicas(0);

    [Fact]
    public void A_write_is_durable_with_the_second_of_three_and_says_so_once_R2_7()
    {
        var votes = new WriteVotes(Set, Ring);
        Assert.False(votes.Stored(Set[0], 4));
        Assert.False(votes.Stored(Set[0], 4));
        Assert.True(votes.Stored(Set[2], 4));
        Assert.False(votes.Stored(Set[1], 4));
        Assert.True(votes.IsDurable);
    }

    [Fact]
    public void An_answer_of_another_version_or_of_no_replica_does_not_count_R9_9()
    {
        var votes = new WriteVotes(Set, Ring);
        Assert.False(votes.Stored(Set[0], 4));
        Assert.False(votes.Stored(Set[1], 3));
        Assert.False(votes.Stored(Set[1], 5));
        Assert.False(votes.Stored(Five.Except(Set).First(), 4));
        Assert.False(votes.IsDurable);
    }

    [Fact]
    public void A_write_is_hopeless_when_no_majority_can_store_it_any_more_R2_7()
    {
        var votes = new WriteVotes(Set, Ring);
        Assert.True(votes.Refused(Set[0]));
        Assert.False(votes.Refused(Set[0]));
        Assert.False(votes.IsHopeless(_ => true));
        Assert.True(votes.IsHopeless(m => m != Set[1]));
        votes.Stored(Set[1], 4);
        Assert.False(votes.IsHopeless(m => m != Set[1]));
        Assert.Equal([Set[2]], votes.ToSendAgain(m => m != Set[0]));
    }

    [Fact]
    public void A_side_with_a_majority_of_the_set_but_not_of_the_ring_acknowledges_nothing_R9_11()
    {
        var votes = new WriteVotes(Set, Ring);
        Assert.True(votes.IsHopeless(m => m == Set[0] || m == Set[1]));
    }

    [Fact]
    public void A_read_by_majority_takes_only_copies_that_count_under_its_version_R6_5()
    {
        var votes = new ReadVotes(3, 4);
        Assert.False(votes.Take(new NodeDigest(Five[0], 7, 1), counts: true, 4));
        Assert.False(votes.Take(new NodeDigest(Five[0], 7, 1), counts: true, 4));
        Assert.False(votes.Take(new NodeDigest(Five[1], 7, 1), counts: false, 4));
        Assert.False(votes.Take(new NodeDigest(Five[1], 7, 1), counts: true, 3));
        Assert.True(votes.Take(new NodeDigest(Five[2], 7, 1), counts: true, 4));
        Assert.Equal([Five[0], Five[2]], votes.Digests.Select(d => d.Member));
        Assert.Equal(MajorityReading.Agreed, votes.Reading);
    }

    [Theory]
    [InlineData(0, 0, 0, 0, MajorityReading.NotFound)]
    [InlineData(5, 0, 0, 0, MajorityReading.NotFound)]
    [InlineData(5, 2, 5, 2, MajorityReading.Agreed)]
    [InlineData(5, 2, 6, 2, MajorityReading.Differing)]
    [InlineData(0, 0, 6, 2, MajorityReading.Differing)]
    public void What_two_digests_tell_R6_6(ulong first, long firstCount, ulong second, long secondCount, MajorityReading expected)
    {
        var votes = new ReadVotes(3, 4);
        votes.Take(new NodeDigest(Five[0], first, firstCount), counts: true, 4);
        votes.Take(new NodeDigest(Five[1], second, secondCount), counts: true, 4);
        Assert.Equal(expected, votes.Reading);
    }

    [Fact]
    public void Unknown_takes_a_majority_of_copies_that_would_know_R6_6()
    {
        var votes = new UnknownVotes(3, 4);
        Assert.False(votes.Take(counts: true, 4));
        Assert.False(votes.Take(counts: false, 4));
        Assert.False(votes.Take(counts: true, 5));
        Assert.True(votes.Take(counts: true, 4));
    }
}
