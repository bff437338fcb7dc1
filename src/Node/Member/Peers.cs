using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Cluster;
using FailureHistory.Core.Identity;

namespace FailureHistory.Node.Member;

/// <summary>
/// Where the members are: the last address known of each id, and whether the failure detector reaches it. Written by ClusterWatch,
/// read by all.
/// </summary>
public sealed class Peers
{
    private readonly IActorRefProvider provider;
    private readonly MemberId self;
    private readonly ConcurrentDictionary<MemberId, Address> addresses = new();
    private readonly ConcurrentDictionary<MemberId, int> incarnations = new();
    private readonly ConcurrentDictionary<MemberId, bool> unreachable = new();
    private readonly ConcurrentDictionary<(MemberId, string), (Address Address, IActorRef Ref)> refs = new();

    /// <summary>An empty book that knows its own address.</summary>
    public Peers(ActorSystem system, MemberId self)
    {
        provider = ((ExtendedActorSystem)system).Provider;
        this.self = self;
        SelfAddress = provider.DefaultAddress;
        addresses[self] = SelfAddress;
    }

    /// <summary>This member's own Akka address.</summary>
    public Address SelfAddress { get; }

    /// <summary>This member's node name, <c>host:port</c> (R3.4).</summary>
    public string SelfName => $"{SelfAddress.Host}:{SelfAddress.Port}";

    /// <summary>The addresses known, by id.</summary>
    public IReadOnlyDictionary<MemberId, Address> Known => addresses;

    /// <summary>Takes in where a member is.</summary>
    public void Learn(MemberId member, Address address) => addresses[member] = address;

    /// <summary>Takes in where a member is, and its life's Akka uid: another one each time that it starts.</summary>
    public void Learn(MemberId member, UniqueAddress life)
    {
        addresses[member] = life.Address;
        incarnations[member] = life.Uid;
    }

    /// <summary>The Akka uid of a member's present life, if it has been seen in the cluster.</summary>
    public int? IncarnationOf(MemberId member) => incarnations.TryGetValue(member, out var uid) ? uid : null;

    /// <summary>Takes in where a member was when the ring took it in, unless something newer is known.</summary>
    public void LearnIfUnknown(MemberId member, Address address) => addresses.TryAdd(member, address);

    /// <summary>Whether the failure detector reaches a member (true while nothing is known against it).</summary>
    public bool IsReachable(MemberId member) => member == self || !unreachable.ContainsKey(member);

    /// <summary>Says whether the failure detector reaches a member.</summary>
    public void SetReachable(MemberId member, bool reachable)
    {
        if (reachable)
        {
            unreachable.TryRemove(member, out _);
        }
        else
        {
            unreachable[member] = true;
        }
    }

    /// <summary>The actor at <c>/user/path</c> of a member; null when its address is unknown.</summary>
    public IActorRef? Ref(MemberId member, string path)
    {
        if (!addresses.TryGetValue(member, out var address))
        {
            return null;
        }

        // Resolving by path costs a parse; the ref stays valid as long as the address does.
        if (refs.TryGetValue((member, path), out var known) && known.Address == address)
        {
            return known.Ref;
        }

        var resolved = RefAt(address, path);
        refs[(member, path)] = (address, resolved);
        return resolved;
    }

    /// <summary>The actor at <c>/user/path</c> of an address.</summary>
    public IActorRef RefAt(Address address, string path) =>
        provider.ResolveActorRef(new RootActorPath(address) / "user" / path.Split('/'));
}
