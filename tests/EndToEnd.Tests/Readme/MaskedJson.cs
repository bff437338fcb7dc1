using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace FailureHistory.EndToEnd.Tests.Readme;

/// <summary>
/// JSON with what differs from run to run masked: times, incidents' ids and drawn ids of observations. All else, members and their order included, stays.
/// </summary>
internal static partial class MaskedJson
{
    public static string Of(string json)
    {
        var parsed = JsonNode.Parse(json) ?? throw new FormatException("expected JSON; came null");
        return Mask(parsed, string.Empty)!.ToJsonString();
    }

    private static JsonNode? Mask(JsonNode? value, string member) => value switch
    {
        JsonObject o => new JsonObject(o.Select(p => KeyValuePair.Create(p.Key, Mask(p.Value, p.Key)))),
        JsonArray a => new JsonArray([.. a.Select(item => Mask(item, member))]),
        JsonValue v when v.TryGetValue<string>(out var text) => MaskText(text, member),
        _ => value?.DeepClone(),
    };

    private static string MaskText(string text, string member) =>
        Time().IsMatch(text) ? "<time>"
        : member == "observation" && DrawnId().IsMatch(text) ? "<observation>"
        : IncidentId().IsMatch(text) ? "<incident>"
        : text;

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$")]
    private static partial Regex Time();

    [GeneratedRegex("^[A-Za-z0-9_-]{16}$")]
    private static partial Regex DrawnId();

    [GeneratedRegex("^[0-9a-f]{16}$")]
    private static partial Regex IncidentId();
}
