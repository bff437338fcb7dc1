using System.Text.Json;
using FailureHistory.Messages;

namespace FailureHistory.Node.Http.Json;

/// <summary>The events of a subscription: their names and their data, each on one line.</summary>
internal static class NotificationJson
{
    public static string EventOf(ISubscriptionItem item) => item switch
    {
        Crossing => "crossing",
        SubscriptionSynced => "synced",
        SubscriptionGap => "gap",
        _ => throw Unknown(item),
    };

    public static void Write(Utf8JsonWriter json, ISubscriptionItem item)
    {
        json.WriteStartObject();
        switch (item)
        {
            case Crossing crossing:
                WriteCrossing(json, crossing);
                break;
            case SubscriptionSynced:
                break;
            case SubscriptionGap gap:
                json.WriteString("reason", gap.Reason);
                json.WriteBoolean("ended", gap.Ended);
                break;
            default:
                throw Unknown(item);
        }

        json.WriteEndObject();
    }

    private static void WriteCrossing(Utf8JsonWriter json, Crossing crossing)
    {
        json.WriteString("id", crossing.Id);
        json.WriteNode(crossing.Node);
        json.WriteString("direction", Words.Of(Words.Directions, crossing.Direction));
        json.WriteNumberOrNull("probability", crossing.Probability);
        json.WriteStamp("at", crossing.At);
        json.WriteString("observation", crossing.Observation);
    }

    private static InvalidOperationException Unknown(ISubscriptionItem item) => new($"the service sent {item.GetType()}, which no subscriber expects");
}
