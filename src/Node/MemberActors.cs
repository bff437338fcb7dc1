using Akka.Actor;
using Akka.Cluster.Tools.Client;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.Cluster.Tools.Singleton;
using FailureHistory.Core.Ring;
using FailureHistory.Node.Actors;
using FailureHistory.Node.Configuration;
using FailureHistory.Node.Member;
using FailureHistory.Node.Persistence;
using FailureHistory.Node.Reachability;
using FailureHistory.Node.Ring;

namespace FailureHistory.Node;

/// <summary>What a member starts in an actor system, be that its own (<see cref="MemberHost"/>) or an application's (<c>WithFailureHistory</c>).</summary>
internal static class MemberActors
{
    /// <summary>The entry actor, <c>/user/failure-history</c>.</summary>
    public const string Entry = "failure-history";

    /// <summary>Takes in what the data folder holds: where the others were, and the ring.</summary>
    /// <exception cref="StartupException">The ring on disk is damaged, or was formed with another replication factor.</exception>
    public static void Recall(MemberContext context, MemberStore store, RingState state)
    {
        foreach (var (id, address) in store.ReadPeers())
        {
            context.Peers.LearnIfUnknown(id, address);
        }

        if (state.InForce is not { } inForce)
        {
            return;
        }

        if (inForce.ReplicationFactor != context.Settings.ReplicationFactor)
        {
            throw new StartupException(
                $"failure-history.replication-factor is {context.Settings.ReplicationFactor}, but the ring in {context.Settings.Data} was formed with {inForce.ReplicationFactor}; it can't be changed");
        }

        foreach (var member in inForce.Members)
        {
            if (Address.TryParse(member.Address, out var address))
            {
                context.Peers.LearnIfUnknown(member.Id, address);
            }
        }

        context.Ring = RingView.Of(inForce);
        store.ReadCounting(context.Ring); // read again by NodeActor; damage is told here, where somebody hears it
    }

    /// <summary>Starts the actors of a member, or the few of a seed, and returns its entry: nobody for a seed.</summary>
    public static IActorRef Start(MemberContext context, MemberStore store, bool isSeed, Props joiner)
    {
        var system = context.System;
        system.ActorOf(ClusterWatch.Props(context, isSeed ? null : store), "fh-watch");
        var entry = (IActorRef)ActorRefs.Nobody;
        if (!isSeed)
        {
            var node = system.ActorOf(NodeActor.Props(context, store), "fh");
            system.ActorOf(RingActor.Props(context, store, node), "fh-ring");
            system.ActorOf(ClusterSingletonManager.Props(
                RingKeeper.Props(context), PoisonPill.Instance, context.Tools.Singleton.WithRole(MemberRoles.Member).WithSingletonName("keeper")), "ring-keeper");
            entry = system.ActorOf(EntryActor.Props(context, node), Entry);
            system.ActorOf(ReachabilityActor.Props(context, entry, node), "fh-reachability");
            Stopping.AddTo(context, entry, node);
        }

        Register(system, entry);

        system.ActorOf(joiner, "fh-join");
        return entry;
    }

    // Also at a seed: a contact point that hands on to the entries of the members. The receptionist goes by the system's own pub/sub, which an
    // application may keep to nodes of another role; clients then go by the members' addresses.
    private static void Register(ActorSystem system, IActorRef entry)
    {
        var role = DistributedPubSubSettings.Create(system).Role;
        if (!string.IsNullOrEmpty(role) && !Akka.Cluster.Cluster.Get(system).SelfRoles.Contains(role))
        {
            return;
        }

        var receptionist = ClusterClientReceptionist.Get(system);
        if (!entry.IsNobody())
        {
            receptionist.RegisterService(entry);
        }
    }
}
