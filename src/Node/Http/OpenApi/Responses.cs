using System.Text.Json.Nodes;

namespace FailureHistory.Node.Http.OpenApi;

/// <summary>The answers that several operations share: the problems.</summary>
internal static class Responses
{
    private static readonly (string Name, string Description)[] Problems =
    [
        ("BadRequest", "A parameter, a member or the path is at fault; the detail names it."),
        ("NodeNotFound", "Nobody ever reported on the node: a majority of its replicas says so."),
        ("DetectorNotFound", "No such detector is registered."),
        ("TooLarge", "Over the limit that the answer names."),
        ("UnsupportedMediaType", "The body is not one of the content types listed, in UTF-8."),
    ];

    public static JsonObject Build()
    {
        var all = new JsonObject();
        foreach (var (name, description) in Problems)
        {
            all[name] = Problem(description);
        }

        all["TryAgain"] = Retriable(Problem("It can't be told now: too few replicas answered, or the member is busy or starting. Ask again."));
        return all;
    }

    public static JsonObject Json(string description, string schema, string mediaType = "application/json") => new()
    {
        ["description"] = description,
        ["content"] = new JsonObject { [mediaType] = new JsonObject { ["schema"] = Schema.Ref(schema) } },
    };

    /// <summary>A stream of events, each with data of one of the schemas.</summary>
    public static JsonObject Events(string description, params string[] schemas) => new()
    {
        ["description"] = description,
        ["content"] = new JsonObject
        {
            ["text/event-stream"] = new JsonObject
            {
                ["schema"] = new JsonObject
                {
                    ["description"] = "The data of one event.",
                    ["anyOf"] = new JsonArray([.. schemas.Select(schema => (JsonNode)Schema.Ref(schema))]),
                },
            },
        },
    };

    public static JsonObject Problem(string description, string schema = "Problem") => Json(description, schema, "application/problem+json");

    public static JsonObject Retriable(JsonObject response)
    {
        response["headers"] = new JsonObject
        {
            ["Retry-After"] = new JsonObject { ["description"] = "Seconds to wait.", ["schema"] = Schema.Integer(1) },
        };
        return response;
    }

    public static JsonObject Ref(string name) => new() { ["$ref"] = "#/components/responses/" + name };
}
