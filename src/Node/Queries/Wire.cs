using FailureHistory.Core.Identity;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;

namespace FailureHistory.Node.Queries;

/// <summary>Between the public queries and the envelope in which members ask each other's copies.</summary>
internal static class Wire
{
    public static ReplicaQuery ReplicaQueryOf(object query, NodeId node, long ringVersion, bool recovering)
    {
        var envelope = new ReplicaQuery { RingVersion = ringVersion, Node = WireIds.Bytes(node), Recovering = recovering };
        switch (query)
        {
            case GetState state:
                envelope.State = state.ToWire();
                break;
            case GetHistory history:
                envelope.History = history.ToWire();
                break;
            case GetReliability reliability:
                envelope.Reliability = reliability.ToWire();
                break;
            case GetObservations observations:
                envelope.Observations = observations.ToWire();
                break;
            default:
                throw new ArgumentException($"no query about a node: {query.GetType().Name}", nameof(query));
        }

        return envelope;
    }

    public static object QueryOf(ReplicaQuery envelope) => envelope.QueryCase switch
    {
        ReplicaQuery.QueryOneofCase.State => envelope.State.ToRecord(),
        ReplicaQuery.QueryOneofCase.History => envelope.History.ToRecord(),
        ReplicaQuery.QueryOneofCase.Reliability => envelope.Reliability.ToRecord(),
        ReplicaQuery.QueryOneofCase.Observations => envelope.Observations.ToRecord(),
        var other => throw new WireFormatException($"a replica query without a query ({other})"),
    };

    /// <summary>The node of a reply about a node; null for any other reply.</summary>
    public static NodeRef? NodeOf(object? reply) => reply switch
    {
        NodeState r => r.Node,
        NodeHistory r => r.Node,
        NodeReliability r => r.Node,
        NodeObservations r => r.Node,
        _ => null,
    };

    /// <summary>Whether a reply rests on a complete copy; a refusal is complete in itself.</summary>
    public static bool IsComplete(object reply) => reply switch
    {
        NodeState r => r.Complete,
        NodeHistory r => r.Complete,
        NodeReliability r => r.Complete,
        NodeObservations r => r.Complete,
        _ => true,
    };

    /// <summary>The same reply, resting on so many copies.</summary>
    public static object WithReplicas(object reply, int replicas, bool complete) => reply switch
    {
        NodeState r => r with { Replicas = replicas, Complete = complete },
        NodeHistory r => r with { Replicas = replicas, Complete = complete },
        NodeReliability r => r with { Replicas = replicas, Complete = complete },
        NodeObservations r => r with { Replicas = replicas, Complete = complete },
        _ => reply,
    };
}
