using FailureHistory.Core.Time;

namespace FailureHistory.Messages.Wire;

/// <summary>FleetQueries.cs to and from public.proto.</summary>
public static class FleetQueriesMapping
{
    /// <summary>As it travels.</summary>
    public static GetNodesQ ToWire(this GetNodes message)
    {
        var wire = new GetNodesQ
        {
            Labels = CommonMapping.ToTexts(message.Labels),
            Sort = CommonMapping.Enum<NodeSort, NodeSortP>(message.Sort),
            Limit = message.Limit,
            Stored = message.Stored,
        };
        CommonMapping.Fill(wire.Statuses, message.Statuses, CommonMapping.Enum<NodeStatus, NodeStatusP>);
        if (message.MinProbability is { } probability)
        {
            wire.MinProbability = probability;
        }

        if (message.Name is not null)
        {
            wire.Name = message.Name;
        }

        if (message.Cursor is not null)
        {
            wire.Cursor = message.Cursor;
        }

        return wire;
    }

    /// <summary>As it came.</summary>
    public static GetNodes ToRecord(this GetNodesQ wire) => new(
        CommonMapping.Map(wire.Statuses, CommonMapping.Enum<NodeStatusP, NodeStatus>),
        wire.HasMinProbability ? wire.MinProbability : null,
        wire.HasName ? wire.Name : null,
        CommonMapping.FromTexts(wire.Labels),
        CommonMapping.Enum<NodeSortP, NodeSort>(wire.Sort),
        wire.Limit,
        wire.HasCursor ? wire.Cursor : null,
        wire.Stored);

    /// <summary>As it travels.</summary>
    public static NodeSummaryP ToWire(this NodeSummary summary)
    {
        var wire = new NodeSummaryP
        {
            Node = CommonMapping.ToWire(summary.Node),
            Status = CommonMapping.Enum<NodeStatus, NodeStatusP>(summary.Status),
            Since = summary.Since.Ticks,
        };
        if (summary.Probability is { } probability)
        {
            wire.Probability = probability;
        }

        CommonMapping.Fill(wire.Labels, summary.Labels, CommonMapping.ToWire);
        return wire;
    }

    /// <summary>As it came.</summary>
    public static NodeSummary ToRecord(this NodeSummaryP wire) => new(
        CommonMapping.FromWire(wire.Node),
        CommonMapping.Enum<NodeStatusP, NodeStatus>(wire.Status),
        wire.HasProbability ? wire.Probability : null,
        new Stamp(wire.Since),
        CommonMapping.Map(wire.Labels, CommonMapping.FromWire));

    /// <summary>As it travels.</summary>
    public static NodeListP ToWire(this NodeList message)
    {
        var wire = new NodeListP();
        CommonMapping.Fill(wire.Nodes, message.Nodes, ToWire);
        wire.Incomplete.AddRange(message.Incomplete);
        if (message.Next is not null)
        {
            wire.Next = message.Next;
        }

        return wire;
    }

    /// <summary>As it came.</summary>
    public static NodeList ToRecord(this NodeListP wire) =>
        new(CommonMapping.Map(wire.Nodes, ToRecord), [.. wire.Incomplete], wire.HasNext ? wire.Next : null);
}
