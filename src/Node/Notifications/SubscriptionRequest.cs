using FailureHistory.Core.Notifications;
using FailureHistory.Messages;

namespace FailureHistory.Node.Notifications;

/// <summary>A request to subscribe, read and checked (R8.1).</summary>
internal sealed record SubscriptionRequest(NodePatterns Nodes, Threshold Threshold, SubscriptionCursor? Last, InvalidRequest? Fault)
{
    public static SubscriptionRequest Read(Subscribe request)
    {
        var threshold = new Threshold(request.Above, request.Below ?? request.Above, request.For ?? TimeSpan.Zero);
        if (threshold.Fault() is { } fault)
        {
            return Wrong(threshold, fault.Field, fault.Detail);
        }

        NodePatterns nodes;
        try
        {
            nodes = NodePatterns.Parse(request.Nodes);
        }
        catch (FormatException e)
        {
            return Wrong(threshold, "nodes", e.Message);
        }

        try
        {
            return new SubscriptionRequest(nodes, threshold, request.LastId is { Length: > 0 } last ? SubscriptionCursor.Parse(last) : null, null);
        }
        catch (FormatException e)
        {
            return Wrong(threshold, "lastId", e.Message);
        }
    }

    private static SubscriptionRequest Wrong(Threshold threshold, string field, string detail) =>
        new(NodePatterns.All, threshold, null, new InvalidRequest(field, detail));
}
