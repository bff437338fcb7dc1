using System.Collections.Immutable;
using Akka.Actor;
using FailureHistory.Core.Identity;
using FailureHistory.Node.Registry;
using FailureHistory.Node.Stewards;
using Xunit;
using Xunit.Abstractions;

namespace FailureHistory.Node.Tests.Stewards;

/// <summary>Where the shards of the stewards go, seen from the first of four members; k = 3.</summary>
public sealed class FirstCopyAllocationTests : ActorTest
{
    private readonly MemberRig rig;
    private readonly Dictionary<MemberId, IActorRef> regions;
    private bool settled = true;

    public FirstCopyAllocationTests(ITestOutputHelper output)
        : base(output)
    {
        rig = new MemberRig(Sys, 4);
        for (var i = 1; i < 4; i++)
        {
            rig.Context.Peers.Learn(rig.Ids[i], new Address("akka.tcp", "failure-history", "h", 4000 + i));
        }

        // The region of the own member has a path without host and port, as the coordinator sees it.
        regions = rig.Ids.ToDictionary(id => id, id => Region(id == rig.Self ? new Address("akka", Sys.Name) : rig.Context.Peers.Known[id]));
        Serve(rig.Ids, _ => true);
    }

    [Fact]
    public void A_shard_goes_to_the_member_that_holds_the_segments_first_copy()
    {
        for (var segment = 0; segment < 256; segment++)
        {
            Assert.Equal(regions[rig.Ring.Placement.Replicas(segment)[0]], Allocate(segment, rig.Ids));
        }
    }

    [Fact]
    public void A_copy_that_does_not_serve_or_is_out_of_reach_is_passed_over()
    {
        var replicas = rig.Ring.Placement.Replicas(7);
        Serve([replicas[0]], s => s != 7);
        Assert.Equal(regions[replicas[1]], Allocate(7, rig.Ids));
        Serve([replicas[0]], _ => true);
        rig.Context.Peers.SetReachable(Other(replicas), false);
        Assert.Equal(regions[replicas.First(rig.Context.Peers.IsReachable)], Allocate(7, rig.Ids));
    }

    [Fact]
    public void There_is_always_a_home_at_once_for_the_coordinator_dies_without_one()
    {
        // Nobody serves: a holder. No holder has a region: somebody. No ring yet: somebody.
        rig.Context.Serving = ServingMap.Empty;
        var replicas = rig.Ring.Placement.Replicas(9);
        Assert.Equal(regions[replicas[0]], Allocate(9, rig.Ids));
        Assert.Equal(regions[replicas[2]], Allocate(9, [replicas[2]]));
        var stranger = rig.Ids.Single(id => !replicas.Contains(id));
        Assert.Equal(regions[stranger], Allocate(9, [stranger]));
        rig.Context.Ring = null;
        Assert.Contains(Allocate(9, rig.Ids), regions.Values);

        // No region at all is an error, and still no answer without a home.
        var none = Strategy().AllocateShard(Nobody.Instance, "9", Current([]));
        Assert.True(none.IsFaulted);
    }

    [Fact]
    public void What_is_where_it_belongs_stays_and_the_rest_moves_a_few_at_a_time_until_all_is_right()
    {
        var at = Enumerable.Range(0, 256).ToDictionary(s => $"{s}", _ => rig.Self); // as after the first member formed the cluster alone
        var rounds = 0;
        while (Rebalance(at, []) is { Count: > 0 } moves)
        {
            Assert.InRange(moves.Count, 1, FirstCopyAllocation.MovesAtATime);
            foreach (var shard in moves)
            {
                var home = rig.Ring.Placement.Replicas(int.Parse(shard))[0];
                Assert.NotEqual(home, at[shard]);
                at[shard] = home;
            }

            Assert.True(++rounds < 256, "the rebalancing comes to no end");
        }

        Assert.All(at, shard => Assert.Equal(rig.Ring.Placement.Replicas(int.Parse(shard.Key))[0], shard.Value));
    }

    [Fact]
    public void What_is_on_the_move_counts_and_is_not_moved_twice()
    {
        var at = Enumerable.Range(0, 256).ToDictionary(s => $"{s}", _ => rig.Self);
        var first = Rebalance(at, []);
        var some = first.Take(10).ToImmutableHashSet();
        var more = Rebalance(at, some);
        Assert.Equal(FirstCopyAllocation.MovesAtATime - 10, more.Count);
        Assert.Empty(more.Intersect(some));
        Assert.Empty(Rebalance(at, first));
    }

    [Fact]
    public void Nothing_moves_while_a_member_is_unreachable_joining_or_leaving_nor_before_there_is_a_ring()
    {
        var at = Enumerable.Range(0, 256).ToDictionary(s => $"{s}", _ => rig.Self);
        settled = false;
        Assert.Empty(Rebalance(at, []));
        settled = true;
        Assert.NotEmpty(Rebalance(at, []));
        rig.Context.Ring = null;
        Assert.Empty(Rebalance(at, []));
    }

    [Fact]
    public void Nothing_moves_to_a_member_that_has_no_region_yet()
    {
        var at = Enumerable.Range(0, 256).ToDictionary(s => $"{s}", _ => rig.Self);
        var without = rig.Ids[3];
        var moves = Rebalance(at, [], rig.Ids.Where(id => id != without));
        Assert.NotEmpty(moves);
        Assert.DoesNotContain(moves, shard => rig.Ring.Placement.Replicas(int.Parse(shard))[0] == without);
    }

    private MemberId Other(IReadOnlyList<MemberId> replicas) => replicas.First(r => r != rig.Self);

    private FirstCopyAllocation Strategy() => new(rig.Context, () => settled);

    private IActorRef Allocate(int segment, IEnumerable<MemberId> among)
    {
        var home = Strategy().AllocateShard(Nobody.Instance, $"{segment}", Current(among.Select(id => (id, Array.Empty<string>()))));
        Assert.True(home.IsCompletedSuccessfully, "a home must be there at once");
        return home.Result;
    }

    private IImmutableSet<string> Rebalance(Dictionary<string, MemberId> at, IEnumerable<string> inProgress, IEnumerable<MemberId>? among = null) =>
        Strategy().Rebalance(
            Current((among ?? rig.Ids).Select(id => (id, at.Where(a => a.Value == id).Select(a => a.Key).ToArray()))),
            inProgress.ToImmutableHashSet()).Result;

    private IImmutableDictionary<IActorRef, IImmutableList<string>> Current(IEnumerable<(MemberId Id, string[] Shards)> allocations) =>
        allocations.ToImmutableDictionary(a => regions[a.Id], a => (IImmutableList<string>)a.Shards.ToImmutableList());

    private void Serve(IEnumerable<MemberId> members, Func<int, bool> which)
    {
        foreach (var member in members)
        {
            var bitmap = new byte[32];
            foreach (var segment in Enumerable.Range(0, 256).Where(which))
            {
                bitmap[segment / 8] |= (byte)(1 << (segment % 8));
            }

            var counter = rig.Context.Serving.Members.TryGetValue(member, out var said) ? said.Counter + 1 : 1;
            rig.Context.Serving = rig.Context.Serving.With(member, counter, bitmap);
        }
    }

    private IActorRef Region(Address address) =>
        new EmptyLocalActorRef(((ExtendedActorSystem)Sys).Provider, new RootActorPath(address) / "system" / "sharding" / "stewards", Sys.EventStream);
}
