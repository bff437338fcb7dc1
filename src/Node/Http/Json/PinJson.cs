using System.Text.Json;
using FailureHistory.Messages;

namespace FailureHistory.Node.Http.Json;

/// <summary>Who pinned a node and why (R10.1).</summary>
internal static class PinJson
{
    public static void Write(Utf8JsonWriter json, PinChanged changed)
    {
        json.WriteStartObject();
        json.WriteNode(changed.Node);
        json.WritePin("pinned", changed.Pinned);
        json.WriteEndObject();
    }

    public static void WritePin(this Utf8JsonWriter json, string name, PinInfo? pin)
    {
        if (pin is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        json.WriteString("reason", pin.Reason);
        json.WriteString("by", pin.By);
        json.WriteStamp("since", pin.Since);
        json.WriteEndObject();
    }
}
