using System.Globalization;
using System.Text;
using System.Text.Json;
using FailureHistory.Core.Time;
using FailureHistory.Messages;

namespace FailureHistory.Node.Http;

/// <summary>
/// Reads the body of a report: one observation or an array of them. What is wrong with one observation becomes its
/// <see cref="ReportedObservation.Fault"/> and so its own rejection (R2.7); only a body that is no JSON at all is refused as a whole.
/// </summary>
internal static class ObservationReader
{
    private enum Member
    {
        Unknown, Id, Node, Hardware, Detector, Kind, At, Reason, Labels, Signature,
    }

    /// <exception cref="ProblemException">Malformed JSON, neither object nor array (400); too many observations (413).</exception>
    /// <param name="utf8">The body.</param>
    /// <param name="restore">Whether what only restored ones carry is read too; else it is ignored like any unknown field.</param>
    public static IReadOnlyList<ReportedObservation> Read(ReadOnlySpan<byte> utf8, bool restore = false)
    {
        utf8 = JsonText.WithoutMark(utf8);
        if (utf8.Trim(" \t\r\n"u8).IsEmpty)
        {
            throw new ProblemException(Problem.BadJson("the body is empty; expected one observation or an array of them"));
        }

        try
        {
            var reader = new Utf8JsonReader(utf8);
            reader.Read();
            var observations = reader.TokenType switch
            {
                JsonTokenType.StartObject => [ReadObservation(ref reader, restore)],
                JsonTokenType.StartArray => ReadArray(ref reader, restore),
                var other => throw new ProblemException(
                    Problem.BadJson($"the body is {JsonText.Describe(other)}; expected one observation or an array of them")),
            };

            // Finds whatever follows the value.
            reader.Read();
            return observations;
        }
        catch (JsonException e)
        {
            throw new ProblemException(JsonText.Malformed(e));
        }
    }

    /// <summary>What the data of an event say: of an observation's members the hardware address, the reason and the labels.</summary>
    public static ReportedObservation ReadData(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        return ReadObservation(ref reader, false, "data", [Member.Hardware, Member.Reason, Member.Labels]);
    }

    private static List<ReportedObservation> ReadArray(ref Utf8JsonReader reader, bool restore)
    {
        var observations = new List<ReportedObservation>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (observations.Count == ReportLimits.MaxObservations)
            {
                throw TooMany();
            }

            observations.Add(ReadObservation(ref reader, restore));
        }

        return observations;
    }

    public static ProblemException TooMany() => new(Problem.TooLarge(
        string.Create(CultureInfo.InvariantCulture, $"the batch has over {ReportLimits.MaxObservations:N0} observations; send it in parts"),
        ReportLimits.MaxObservations));

    private static ReportedObservation ReadObservation(ref Utf8JsonReader reader, bool restore, string what = "observation", ReadOnlySpan<Member> only = default)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            var came = JsonText.Describe(reader.TokenType);
            reader.Skip();
            return new ReportedObservation { Fault = $"{what} is {came}; expected an object" };
        }

        var read = new ReportedObservation();
        string? fault = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var member = MemberOf(ref reader);
            if (!only.IsEmpty && !only.Contains(member))
            {
                member = Member.Unknown;
            }

            var restored = restore && member == Member.Unknown ? RestoredFields.NameOf(ref reader) : null;
            reader.Read();
            read = member switch
            {
                Member.Id => read with { Id = ReadText(ref reader, "id", ref fault) },
                Member.Node => read with { Node = ReadText(ref reader, "node", ref fault) },
                Member.Hardware => read with { Hardware = ReadText(ref reader, "hardware", ref fault) },
                Member.Detector => read with { Detector = ReadText(ref reader, "detector", ref fault) },
                Member.Kind => read with { Kind = ReadText(ref reader, "kind", ref fault) },
                Member.At => read with { At = ReadTime(ref reader, "at", ref fault) },
                Member.Reason => read with { Reason = ReadText(ref reader, "reason", ref fault) },
                Member.Labels => read with { Labels = ReadLabels(ref reader, ref fault) },
                Member.Signature => read with { Signature = ReadText(ref reader, "signature", ref fault) },
                _ when restored is not null => RestoredFields.Read(ref reader, restored, read, ref fault),
                _ => Ignore(ref reader, read),
            };
        }

        return fault is null ? read : read with { Fault = fault };
    }

    private static ReportedObservation Ignore(ref Utf8JsonReader reader, ReportedObservation read)
    {
        reader.Skip();
        return read;
    }

    private static Member MemberOf(ref Utf8JsonReader reader)
    {
        var name = reader.ValueIsEscaped ? Encoding.UTF8.GetBytes(TextOrNull(ref reader) ?? "") : reader.ValueSpan;
        return name.SequenceEqual("node"u8) ? Member.Node
            : name.SequenceEqual("kind"u8) ? Member.Kind
            : name.SequenceEqual("detector"u8) ? Member.Detector
            : name.SequenceEqual("id"u8) ? Member.Id
            : name.SequenceEqual("at"u8) ? Member.At
            : name.SequenceEqual("hardware"u8) ? Member.Hardware
            : name.SequenceEqual("reason"u8) ? Member.Reason
            : name.SequenceEqual("labels"u8) ? Member.Labels
            : name.SequenceEqual("signature"u8) ? Member.Signature
            : Member.Unknown;
    }

    // Each of these leaves the reader at the end of the value, whatever it was, and keeps the first fault.
    private static string? ReadText(ref Utf8JsonReader reader, string field, ref string? fault)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.String)
        {
            fault ??= $"{field} is {JsonText.Describe(reader.TokenType)}; expected a text";
            reader.Skip();
            return null;
        }

        var text = TextOrNull(ref reader);
        if (text is null)
        {
            fault ??= $"{field} is no valid Unicode text";
        }

        return text;
    }

    internal static Stamp? ReadTime(ref Utf8JsonReader reader, string field, ref string? fault)
    {
        if (ReadText(ref reader, field, ref fault) is not { } text)
        {
            return null;
        }

        if (TimeText.TryParse(text, out var stamp))
        {
            return stamp;
        }

        fault ??= $"{field} is '{Came.Clip(text)}'; expected {TimeText.Expected}";
        return null;
    }

    private static Dictionary<string, string>? ReadLabels(ref Utf8JsonReader reader, ref string? fault)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            fault ??= $"labels is {JsonText.Describe(reader.TokenType)}; expected an object of texts";
            reader.Skip();
            return null;
        }

        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var key = TextOrNull(ref reader);
            reader.Read();
            if (key is null)
            {
                fault ??= "labels has a key that is no valid Unicode text";
                reader.Skip();
            }
            else if (reader.TokenType == JsonTokenType.Null)
            {
                fault ??= $"labels.{Came.Clip(key)} is null; expected a text";
            }
            else if (ReadText(ref reader, $"labels.{Came.Clip(key)}", ref fault) is { } value)
            {
                labels[key] = value;
            }
        }

        return labels;
    }

    // Unpaired surrogates in escapes and broken UTF-8 pass the reader and fail only here.
    private static string? TextOrNull(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
