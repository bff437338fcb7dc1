using System.Text.Json.Nodes;

namespace FailureHistory.Node.Http.OpenApi;

/// <summary>The vocabulary (JSON Schema 2020-12) that the shapes are described in.</summary>
internal static class Schema
{
    public static JsonObject Time => new() { ["type"] = "string", ["format"] = "date-time" };

    public static JsonObject Flag => new() { ["type"] = "boolean" };

    public static JsonObject HexId => new() { ["type"] = "string", ["pattern"] = "^[0-9a-f]{32}$" };

    public static JsonObject Fraction => Number(0, 1);

    public static JsonObject Threshold => new() { ["type"] = "number", ["exclusiveMinimum"] = 0, ["maximum"] = 1 };

    public static JsonObject Accuracy => Number(0, 100);

    public static JsonObject Labels => new() { ["type"] = "object", ["additionalProperties"] = Text(256), ["maxProperties"] = 32 };

    public static JsonObject Ref(string name) => new() { ["$ref"] = "#/components/schemas/" + name };

    public static JsonObject Text(int? max = null, string? description = null)
    {
        var schema = new JsonObject { ["type"] = "string" };
        if (max is { } length)
        {
            schema["minLength"] = 1;
            schema["maxLength"] = length;
        }

        return Described(schema, description);
    }

    public static JsonObject Duration(string? description = null) =>
        Described(new JsonObject { ["type"] = "string", ["pattern"] = @"^[0-9]+(\.[0-9]+)?(ms|s|m|h|d)$", ["examples"] = new JsonArray("60s") }, description);

    public static JsonObject Word(params string[] words) =>
        new() { ["type"] = "string", ["enum"] = new JsonArray([.. words.Select(word => (JsonNode)word)]) };

    public static JsonObject Integer(long min, long? max = null, string? description = null)
    {
        var schema = new JsonObject { ["type"] = "integer", ["minimum"] = min };
        if (max is { } bound)
        {
            schema["maximum"] = bound;
        }

        return Described(schema, description);
    }

    public static JsonObject Number(double min, double? max = null)
    {
        var schema = new JsonObject { ["type"] = "number", ["minimum"] = min };
        if (max is { } bound)
        {
            schema["maximum"] = bound;
        }

        return schema;
    }

    public static JsonObject ArrayOf(JsonObject items) => new() { ["type"] = "array", ["items"] = items };

    /// <summary>A value that may be null, which means "none" or "unknown".</summary>
    public static JsonObject Nullable(JsonObject schema)
    {
        if (schema["type"] is not { } type)
        {
            return new JsonObject { ["oneOf"] = new JsonArray(schema, new JsonObject { ["type"] = "null" }) };
        }

        schema["type"] = new JsonArray(type.DeepClone(), "null");
        (schema["enum"] as JsonArray)?.Add(null);
        return schema;
    }

    /// <summary>An object that always has all of these members.</summary>
    public static JsonObject Object(string? description, params (string Name, JsonObject Schema)[] members) =>
        Object(description, [.. members.Select(member => member.Name)], members);

    /// <summary>An object of which only <paramref name="required"/> must be there.</summary>
    public static JsonObject Object(string? description, string[] required, params (string Name, JsonObject Schema)[] members)
    {
        var properties = new JsonObject();
        foreach (var (name, schema) in members)
        {
            properties[name] = schema;
        }

        var result = new JsonObject { ["type"] = "object", ["properties"] = properties };
        if (required.Length > 0)
        {
            result["required"] = new JsonArray([.. required.Select(name => (JsonNode)name)]);
        }

        return Described(result, description);
    }

    public static JsonObject Described(JsonObject schema, string? description)
    {
        if (description is not null)
        {
            schema["description"] = description;
        }

        return schema;
    }
}
