using System.Globalization;
using Akka.Cluster.Sharding;
using FailureHistory.Messages.Wire;

namespace FailureHistory.Node.Stewards;

/// <summary>A shard per segment with one entity in it, both named by the segment's number.</summary>
internal sealed class BySegment : IMessageExtractor
{
    public string? EntityId(object message) => message is WakeSteward wake ? wake.Segment.ToString(CultureInfo.InvariantCulture) : null;

    public object? EntityMessage(object message) => message;

    public string? ShardId(object message) => EntityId(message);

    public string ShardId(string entityId, object? messageHint = null) => entityId;
}
