using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace FailureHistory.Node.Tests.Http;

/// <summary>As much of JSON Schema as the description uses; stricter in that every member must be described.</summary>
internal sealed class ShapeCheck(JsonObject document)
{
    public IEnumerable<string> Faults(JsonNode schema, JsonNode? value, string place) => Faults(schema.AsObject(), value, place, others: []);

    private IEnumerable<string> Faults(JsonObject schema, JsonNode? value, string place, HashSet<string> others)
    {
        if ((string?)schema["$ref"] is { } reference)
        {
            return Faults(Resolve(reference), value, place, others);
        }

        if (schema["oneOf"] is JsonArray choices)
        {
            return choices.Count(choice => !Faults(choice!.AsObject(), value, place, others).Any()) == 1 ? [] : [$"{place} fits not exactly one of the choices"];
        }

        if (schema["allOf"] is JsonArray parts)
        {
            var resolved = parts.Select(part => Resolve((string)part!["$ref"]!)).ToList();
            var described = resolved.SelectMany(part => part["properties"]!.AsObject().Select(member => member.Key)).ToHashSet();
            return resolved.SelectMany(part => Faults(part, value, place, described));
        }

        var types = schema["type"] is JsonArray several ? several.Select(type => (string)type!) : [(string)schema["type"]!];
        return types.Contains(TypeOf(value)) || (TypeOf(value) == "integer" && types.Contains("number"))
            ? OfType(schema, value, place, others)
            : [$"{place} is of another type"];
    }

    private IEnumerable<string> OfType(JsonObject schema, JsonNode? value, string place, HashSet<string> others)
    {
        if (schema["enum"] is JsonArray words && !words.Any(word => JsonNode.DeepEquals(word, value)))
        {
            return [$"{place} is none of the words"];
        }

        return value switch
        {
            JsonObject members => OfMembers(schema, members, place, others),
            JsonArray items => items.SelectMany((item, i) => Faults(schema["items"]!.AsObject(), item, $"{place}[{i}]", [])),
            JsonValue scalar => OfScalar(schema, scalar, place),
            null => [],
            _ => throw new InvalidOperationException($"{place} is no JSON"),
        };
    }

    private IEnumerable<string> OfMembers(JsonObject schema, JsonObject members, string place, HashSet<string> others)
    {
        var described = schema["properties"]?.AsObject() ?? [];
        foreach (var (name, value) in members)
        {
            var member = described[name] ?? schema["additionalProperties"];
            if (member is not null)
            {
                foreach (var fault in Faults(member.AsObject(), value, $"{place}.{name}", []))
                {
                    yield return fault;
                }
            }
            else if (!others.Contains(name))
            {
                yield return $"{place}.{name} is not described";
            }
        }

        foreach (var name in (schema["required"]?.AsArray() ?? []).Select(name => (string)name!).Where(name => !members.ContainsKey(name)))
        {
            yield return $"{place}.{name} is missing";
        }
    }

    private static IEnumerable<string> OfScalar(JsonObject schema, JsonValue value, string place)
    {
        if ((string?)schema["pattern"] is { } pattern && !Regex.IsMatch((string)value!, pattern))
        {
            yield return $"{place} has another pattern";
        }

        if ((string?)schema["format"] == "date-time" && !Regex.IsMatch((string)value!, @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$"))
        {
            yield return $"{place} is no time with 7 decimals";
        }

        if (schema["minimum"] is { } minimum && (double)value < (double)minimum)
        {
            yield return $"{place} is below {minimum}";
        }

        if (schema["maximum"] is { } maximum && (double)value > (double)maximum)
        {
            yield return $"{place} is above {maximum}";
        }
    }

    private JsonObject Resolve(string reference) =>
        reference[2..].Split('/').Aggregate((JsonNode)document, (node, step) => node[step] ?? throw new InvalidOperationException($"{reference} leads nowhere")).AsObject();

    private static string TypeOf(JsonNode? value) => value?.GetValueKind() switch
    {
        null or JsonValueKind.Null => "null",
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        _ => value.AsValue().TryGetValue<long>(out _) ? "integer" : "number",
    };
}
