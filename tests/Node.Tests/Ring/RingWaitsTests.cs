using Akka.Cluster;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Node.Registry;
using FailureHistory.Node.Ring;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Ring;

/// <summary>What /readyz and the keeper's log say that a change of the ring waits for.</summary>
[Trait("Rule", "R9.2")]
public sealed class RingWaitsTests : ActorTest
{
    private const int Life = 7;

    private readonly MemberRig rig;

    public RingWaitsTests(ITestOutputHelper output)
        : base(output)
    {
        rig = new MemberRig(Sys, 3);
        foreach (var id in rig.Ids)
        {
            rig.Context.Peers.Learn(id, new UniqueAddress(rig.Context.Peers.SelfAddress, Life));
        }

        for (var segment = 0; segment < Segments.Count; segment++)
        {
            rig.Context.Board[segment] = rig.Context.Board[segment] with { RingVersion = rig.Ring.Version, Counts = true };
        }
    }

    [Fact]
    public void It_waits_for_nothing_once_all_copies_count()
    {
        Say(rig.Ids[1]);
        Say(rig.Ids[2]);
        Assert.Null(RingWaits.Of(rig.Context, rig.Ring));
    }

    [Fact]
    public void Who_has_not_all_of_it_and_who_is_out_of_reach_is_named()
    {
        rig.Context.Peers.SetReachable(rig.Ids[2], false);
        var words = RingWaits.Of(rig.Context, rig.Ring);
        Assert.NotNull(words);
        Assert.StartsWith($"the copies of segment 0 under ring version {rig.Ring.Version}: ", words, StringComparison.Ordinal);
        Assert.Contains("h:2 has not all of it yet", words, StringComparison.Ordinal);
        Assert.Contains("h:3 is out of reach", words, StringComparison.Ordinal);
        Assert.DoesNotContain("h:1", words, StringComparison.Ordinal);
    }

    private void Say(MemberId member)
    {
        var all = Enumerable.Range(0, Segments.Count).ToList();
        rig.Context.Serving = rig.Context.Serving.With(member, 1, ServingMap.BitmapOf(all, all, rig.Ring.Version, Life));
    }
}
