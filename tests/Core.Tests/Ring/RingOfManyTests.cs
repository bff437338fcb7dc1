using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using Xunit;

namespace FailureHistory.Core.Tests.Ring;

public sealed class RingOfManyTests
{
    [Fact]
    public void A_ring_of_many_members_knows_who_is_in_it_and_so_does_each_version_made_of_it()
    {
        var first = RingChanges.Form(7, Member(0), 3) with { Members = [.. Enumerable.Range(0, 200).Select(Member)] };
        Assert.True(first.Contains(Member(199).Id));
        Assert.False(first.Contains(Member(200).Id));

        var next = RingChanges.Add(first, Member(200));
        var last = RingChanges.Remove(next, Member(3).Id);
        Assert.True(next.Contains(Member(200).Id) && next.Contains(Member(3).Id));
        Assert.True(last.Contains(Member(200).Id) && !last.Contains(Member(3).Id));
        Assert.True(first.Contains(Member(3).Id) && !first.Contains(Member(200).Id));
        Assert.Equal(first, first with { Version = 1 });
    }

    private static RingMember Member(int i) => new(new MemberId((UInt128)(ulong)(i + 1) << 64), "", $"h:{i}", $"sim://{i}");
}
