using System.Collections.Immutable;
using System.Globalization;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Stewards;

/// <summary>
/// Puts a segment's shard at the member that <see cref="StewardPlace"/> names, and moves a few at a time to where they belong once the ring or
/// what is served has changed. Every member makes one; the coordinator, wherever it is, asks that of its own member.
/// <list type="bullet">
/// <item>A shard is always given a home at once: the coordinator dies of an answer without one. Where nobody serves the segment yet it is one
/// of its holders, else anybody, and the rebalancing corrects it.</item>
/// <item>Nothing is moved while a member is unreachable, joining or leaving: a hand-over that waits for the region of such a one blocks its
/// shard until it times out. Nor while the ring has just changed: members that join follow one another, each version moves the places again, and each move
/// is two writes of the coordinator's whole state to a majority.</item>
/// </list>
/// </summary>
/// <param name="context">Ring, serving map and addresses of the member.</param>
/// <param name="settled">Whether no member is on its way in or out or unreachable; by default what the cluster of <see cref="Start"/> says.</param>
internal sealed class FirstCopyAllocation(MemberContext context, Func<bool>? settled = null) : IActorSystemDependentAllocationStrategy
{
    /// <summary>How many shards may be on the move at a time.</summary>
    public const int MovesAtATime = 16;

    /// <summary>How long the ring must have stayed as it is before stewards are moved.</summary>
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(5);

    private long version;
    private long versionSince;
    private Func<bool> settled = settled ?? (() => false);

    /// <inheritdoc/>
    public void Start(ActorSystem system)
    {
        var cluster = Cluster.Get(system);
        settled = () => IsCalm() && cluster.State is var state && state.Unreachable.IsEmpty && state.Members.All(m => m.Status is MemberStatus.Up);
    }

    /// <inheritdoc/>
    public Task<IActorRef> AllocateShard(IActorRef requester, string shardId, IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations)
    {
        var regions = ByAddress(currentShardAllocations.Keys);
        var segment = Segment(shardId);
        var ring = context.Ring;
        var replicas = ring?.Placement.Replicas(segment) ?? [];
        IEnumerable<MemberId> wanted = ring is not null && StewardPlace.Of(segment, ring, context.Serving, context.Peers) is { } first ? [first] : [];
        var home = wanted.Concat(replicas.Where(context.Peers.IsReachable)).Concat(replicas).Select(m => RegionOf(m, regions)).FirstOrDefault(r => r is not null)
            ?? regions.OrderBy(r => r.Key.ToString(), StringComparer.Ordinal).Select(r => r.Value).FirstOrDefault();
        return home is null ? Task.FromException<IActorRef>(new InvalidOperationException($"no region that could take the shard of segment {segment}")) : Task.FromResult(home);
    }

    /// <inheritdoc/>
    public Task<IImmutableSet<string>> Rebalance(IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations, IImmutableSet<string> rebalanceInProgress)
    {
        IImmutableSet<string> moves = [];
        if (context.Ring is { } ring && rebalanceInProgress.Count < MovesAtATime && settled())
        {
            var regions = ByAddress(currentShardAllocations.Keys);
            moves = currentShardAllocations
                .SelectMany(a => a.Value.Where(shard => !rebalanceInProgress.Contains(shard) && Elsewhere(Segment(shard), a.Key, ring, regions)))
                .Take(MovesAtATime - rebalanceInProgress.Count)
                .ToImmutableHashSet();
        }

        return Task.FromResult(moves);
    }

    private bool IsCalm()
    {
        if (context.Ring is { } ring && ring.Version != version)
        {
            (version, versionSince) = (ring.Version, context.Time.GetTimestamp());
        }

        return context.Time.GetElapsedTime(versionSince) >= Calm;
    }

    private bool Elsewhere(int segment, IActorRef at, RingView ring, Dictionary<Address, IActorRef> regions) =>
        StewardPlace.Of(segment, ring, context.Serving, context.Peers) is { } member && RegionOf(member, regions) is { } home && !home.Equals(at);

    // The region of the coordinator's own member has a path without a host.
    private Dictionary<Address, IActorRef> ByAddress(IEnumerable<IActorRef> regions)
    {
        var byAddress = new Dictionary<Address, IActorRef>();
        foreach (var region in regions)
        {
            byAddress[region.Path.Address.HasLocalScope ? context.Peers.SelfAddress : region.Path.Address] = region;
        }

        return byAddress;
    }

    private IActorRef? RegionOf(MemberId member, Dictionary<Address, IActorRef> regions) =>
        context.Peers.Known.TryGetValue(member, out var address) ? regions.GetValueOrDefault(address) : null;

    private static int Segment(string shardId) => int.Parse(shardId, NumberStyles.None, CultureInfo.InvariantCulture);
}
