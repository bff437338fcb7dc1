using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using Xunit;

namespace FailureHistory.Core.Tests.Replication;

/// <summary>For how long a fetching copy waits before it serves what it has (R9.4): times in seconds since the beginning.</summary>
public sealed class FetchPatienceTests
{
    private static readonly MemberId Peer = new(1);
    private static readonly MemberId Other = new(2);

    private readonly FetchPatience patience = new();

    [Fact]
    public void Where_nobody_answers_it_is_over_after_3_s_R9_4()
    {
        Assert.Equal([false, false, true], IsOver(5, 8, 8.1));
    }

    [Fact]
    public void Who_does_not_vouch_is_not_waited_for_R9_4()
    {
        Assert.Equal([false], IsOver(0));
        for (var at = 0.5; at < 4; at += 0.5)
        {
            patience.Answered(1, Peer, vouches: false, TimeSpan.FromSeconds(at));
        }

        Assert.Equal([false, true], IsOver(3, 3.6));
    }

    [Fact]
    public void Who_vouches_is_waited_for_until_it_has_been_silent_for_10_s_R9_4()
    {
        Assert.Equal([false], IsOver(0));
        foreach (var at in new[] { 1, 3, 11 })
        {
            patience.Answered(1, Peer, vouches: true, TimeSpan.FromSeconds(at));
            Assert.Equal([false, false], IsOver(at, at + 8));
        }

        patience.Answered(1, Peer, vouches: false, TimeSpan.FromSeconds(20));
        Assert.Equal([false, true], IsOver(21, 21.1));
    }

    [Fact]
    public void A_pull_that_fails_is_silence_until_the_next_answer_R9_4()
    {
        Assert.Equal([false], IsOver(0));
        patience.Answered(1, Peer, vouches: true, TimeSpan.FromSeconds(4));
        patience.Failed(1, Other);
        Assert.Equal([false], IsOver(4.05));
        patience.Failed(1, Peer);
        Assert.Equal([true], IsOver(4.1));
        patience.Answered(1, Peer, vouches: true, TimeSpan.FromSeconds(4.2));
        Assert.Equal([false], IsOver(4.3));
    }

    [Fact]
    public void Each_segment_waits_for_itself_and_a_new_version_of_the_ring_begins_anew()
    {
        Assert.Equal([false, true], IsOver(0, 3.1));
        Assert.False(patience.IsOver(2, TimeSpan.FromSeconds(3.1)));
        patience.Clear();
        Assert.Equal([false, false, true], IsOver(4, 7, 7.1));
    }

    private List<bool> IsOver(params double[] seconds) => [.. seconds.Select(s => patience.IsOver(1, TimeSpan.FromSeconds(s)))];
}
