using FailureHistory.Core.Time;
using Google.Protobuf.Collections;

namespace FailureHistory.Messages.Wire;

/// <summary>Common.cs to and from public.proto, and the pieces that the other mappings are made of.</summary>
public static class CommonMapping
{
    internal static Stamp? ToStamp(bool present, long ticks) => present ? new Stamp(ticks) : null;

    internal static TimeSpan? ToSpan(bool present, long ticks) => present ? new TimeSpan(ticks) : null;

    internal static TTo[] Map<TFrom, TTo>(IReadOnlyList<TFrom> source, Func<TFrom, TTo> map)
    {
        var result = new TTo[source.Count];
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = map(source[i]);
        }

        return result;
    }

    internal static void Fill<TFrom, TTo>(RepeatedField<TTo> target, IReadOnlyList<TFrom> source, Func<TFrom, TTo> map)
    {
        target.Capacity = source.Count;
        for (var i = 0; i < source.Count; i++)
        {
            target.Add(map(source[i]));
        }
    }

    internal static TextsP? ToTexts(IReadOnlyList<string>? texts)
    {
        if (texts is null)
        {
            return null;
        }

        var wire = new TextsP();
        wire.Items.AddRange(texts);
        return wire;
    }

    internal static IReadOnlyList<string>? FromTexts(TextsP? texts) => texts is null ? null : [.. texts.Items];

    internal static LabelP ToWire(KeyValuePair<string, string> label) => new() { Key = label.Key, Value = label.Value };

    internal static KeyValuePair<string, string> FromWire(LabelP label) => new(label.Key, label.Value);

    // An enum keeps its number on the wire; one that this version does not know must not pass for a value.
    internal static TTo Enum<TFrom, TTo>(TFrom value)
        where TFrom : struct, Enum
        where TTo : struct, Enum
    {
        var number = Convert.ToInt32(value, System.Globalization.CultureInfo.InvariantCulture);
        var known = (TTo)System.Enum.ToObject(typeof(TTo), number);
        return System.Enum.IsDefined(known) ? known : throw new WireFormatException($"{typeof(TTo).Name} {number} is unknown to this version");
    }

    internal static T Need<T>(T? value, string field)
        where T : class => value ?? throw new WireFormatException($"field {field} is missing");

    internal static NodeRefP ToWire(NodeRef node)
    {
        var wire = new NodeRefP { Id = node.Id };
        if (node.Name is not null)
        {
            wire.Name = node.Name;
        }

        if (node.Hardware is not null)
        {
            wire.Hardware = node.Hardware;
        }

        return wire;
    }

    internal static NodeRef FromWire(NodeRefP? wire)
    {
        var node = Need(wire, "node");
        return new NodeRef(node.Id, node.HasName ? node.Name : null, node.HasHardware ? node.Hardware : null);
    }

    internal static SuspectInfoP ToWire(SuspectInfo suspect)
    {
        var wire = new SuspectInfoP
        {
            Detector = suspect.Detector, Accuracy = suspect.Accuracy, Since = suspect.Since.Ticks, Observation = suspect.Observation,
        };
        if (suspect.Reason is not null)
        {
            wire.Reason = suspect.Reason;
        }

        return wire;
    }

    internal static SuspectInfo FromWire(SuspectInfoP wire) =>
        new(wire.Detector, wire.Accuracy, new Stamp(wire.Since), wire.Observation, wire.HasReason ? wire.Reason : null);

    /// <summary>As it travels.</summary>
    public static NodeNotFoundP ToWire(this NodeNotFound message) => new() { Node = message.Node, AnsweredBy = message.AnsweredBy };

    /// <summary>As it came.</summary>
    public static NodeNotFound ToRecord(this NodeNotFoundP wire) => new(wire.Node, wire.AnsweredBy);

    /// <summary>As it travels.</summary>
    public static TryAgainP ToWire(this TryAgain message)
    {
        var wire = new TryAgainP { Reason = message.Reason };
        if (message.RetryAfter is { } after)
        {
            wire.RetryAfter = after.Ticks;
        }

        return wire;
    }

    /// <summary>As it came.</summary>
    public static TryAgain ToRecord(this TryAgainP wire) => new(wire.Reason, ToSpan(wire.HasRetryAfter, wire.RetryAfter));

    /// <summary>As it travels.</summary>
    public static InvalidRequestP ToWire(this InvalidRequest message) => new() { Field = message.Field, Detail = message.Detail };

    /// <summary>As it came.</summary>
    public static InvalidRequest ToRecord(this InvalidRequestP wire) => new(wire.Field, wire.Detail);
}
