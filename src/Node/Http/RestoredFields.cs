using System.Text.Json;
using FailureHistory.Messages;

namespace FailureHistory.Node.Http;

/// <summary>Reads what a restored observation carries besides what a reporter hands in (SPEC 11.4).</summary>
internal static class RestoredFields
{
    private static readonly string[] Names = ["receivedAt", "reportedAt", "accuracy", "total", "explicit"];

    /// <summary>The name of the field that the reader stands at; null where it is none of these.</summary>
    public static string? NameOf(ref Utf8JsonReader reader)
    {
        foreach (var name in Names)
        {
            if (reader.ValueTextEquals(name))
            {
                return name;
            }
        }

        return null;
    }

    /// <summary>Reads the value of such a field; keeps the first fault.</summary>
    public static ReportedObservation Read(ref Utf8JsonReader reader, string name, ReportedObservation read, ref string? fault) => name switch
    {
        "receivedAt" => read with { ReceivedAt = ObservationReader.ReadTime(ref reader, name, ref fault) },
        "reportedAt" => read with { ReportedAt = ObservationReader.ReadTime(ref reader, name, ref fault) },
        "accuracy" => read with { Accuracy = ReadNumber(ref reader, name, ref fault) },
        "total" => read with { Total = ReadNumber(ref reader, name, ref fault) },
        _ => read with { Explicit = ReadFlag(ref reader, name, ref fault) },
    };

    private static double? ReadNumber(ref Utf8JsonReader reader, string field, ref string? fault)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var number))
        {
            return number;
        }

        Other(ref reader, field, "a number", ref fault);
        return null;
    }

    private static bool? ReadFlag(ref Utf8JsonReader reader, string field, ref string? fault)
    {
        if (reader.TokenType is JsonTokenType.True or JsonTokenType.False)
        {
            return reader.GetBoolean();
        }

        Other(ref reader, field, "true or false", ref fault);
        return null;
    }

    private static void Other(ref Utf8JsonReader reader, string field, string expected, ref string? fault)
    {
        if (reader.TokenType != JsonTokenType.Null)
        {
            fault ??= $"{field} is {JsonText.Describe(reader.TokenType)}; expected {expected}";
            reader.Skip();
        }
    }
}
