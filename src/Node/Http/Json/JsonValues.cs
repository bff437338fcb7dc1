using System.Text.Json;
using FailureHistory.Core.Time;
using FailureHistory.Messages;

namespace FailureHistory.Node.Http.Json;

/// <summary>The values that all shapes share. What is absent is written as an explicit null, never left out.</summary>
internal static class JsonValues
{
    public static void WriteStamp(this Utf8JsonWriter json, string name, Stamp? stamp) => json.WriteString(name, stamp?.ToString());

    public static void WriteNumberOrNull(this Utf8JsonWriter json, string name, double? number)
    {
        if (number is { } value)
        {
            json.WriteNumber(name, value);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    public static void WriteBooleanOrNull(this Utf8JsonWriter json, string name, bool? flag)
    {
        if (flag is { } value)
        {
            json.WriteBoolean(name, value);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    public static void WriteTexts(this Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    public static void WriteIntegers(this Utf8JsonWriter json, string name, IEnumerable<int> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }

    public static void WriteObjects<T>(this Utf8JsonWriter json, string name, IEnumerable<T> items, Action<Utf8JsonWriter, T> members)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            members(json, item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    public static void WriteLabels(this Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, string>> labels)
    {
        json.WriteStartObject("labels");
        foreach (var (key, value) in labels)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    public static void WriteNode(this Utf8JsonWriter json, NodeRef node)
    {
        json.WriteStartObject("node");
        json.WriteString("id", node.Id);
        json.WriteString("name", node.Name);
        json.WriteString("hardware", node.Hardware);
        json.WriteEndObject();
    }
}
