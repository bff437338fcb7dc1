using FailureHistory.Core.Time;

namespace FailureHistory.Messages.Wire;

/// <summary>Reliability.cs to and from public.proto.</summary>
public static class ReliabilityMapping
{
    /// <summary>As it travels.</summary>
    public static GetReliabilityQ ToWire(this GetReliability message) => new()
    {
        Node = message.Node, Window = message.Window.Ticks, Consistency = CommonMapping.Enum<Consistency, ConsistencyP>(message.Consistency),
    };

    /// <summary>As it came.</summary>
    public static GetReliability ToRecord(this GetReliabilityQ wire) =>
        new(wire.Node, new TimeSpan(wire.Window), CommonMapping.Enum<ConsistencyP, Consistency>(wire.Consistency));

    /// <summary>As it travels.</summary>
    public static NodeReliabilityP ToWire(this NodeReliability message)
    {
        var wire = new NodeReliabilityP
        {
            Node = CommonMapping.ToWire(message.Node),
            From = message.From.Ticks,
            To = message.To.Ticks,
            Failures = message.Failures,
            LastFailure = message.LastFailure is { } failure ? ToWire(failure) : null,
            Flapping = message.Flapping,
            Observed = message.Observed.Ticks,
            Up = message.Up.Ticks,
            Failed = message.Failed.Ticks,
            Planned = message.Planned.Ticks,
            Unknown = message.Unknown.Ticks,
            Complete = message.Complete,
            Replicas = message.Replicas,
            AnsweredBy = message.AnsweredBy,
        };
        if (message.Availability is { } availability)
        {
            wire.Availability = availability;
        }

        if (message.Mtbf is { } mtbf)
        {
            wire.Mtbf = mtbf.Ticks;
        }

        if (message.Mttr is { } mttr)
        {
            wire.Mttr = mttr.Ticks;
        }

        if (message.SinceLastFailure is { } since)
        {
            wire.SinceLastFailure = since.Ticks;
        }

        return wire;
    }

    /// <summary>As it came.</summary>
    public static NodeReliability ToRecord(this NodeReliabilityP wire) => new(
        CommonMapping.FromWire(wire.Node),
        new Stamp(wire.From),
        new Stamp(wire.To),
        wire.HasAvailability ? wire.Availability : null,
        wire.Failures,
        CommonMapping.ToSpan(wire.HasMtbf, wire.Mtbf),
        CommonMapping.ToSpan(wire.HasMttr, wire.Mttr),
        wire.LastFailure is { } failure ? new FailureInfo(new Stamp(failure.From), CommonMapping.ToStamp(failure.HasTo, failure.To)) : null,
        CommonMapping.ToSpan(wire.HasSinceLastFailure, wire.SinceLastFailure),
        wire.Flapping,
        new TimeSpan(wire.Observed),
        new TimeSpan(wire.Up),
        new TimeSpan(wire.Failed),
        new TimeSpan(wire.Planned),
        new TimeSpan(wire.Unknown),
        wire.Complete,
        wire.Replicas,
        wire.AnsweredBy);

    private static FailureInfoP ToWire(FailureInfo failure)
    {
        var wire = new FailureInfoP { From = failure.From.Ticks };
        if (failure.To is { } to)
        {
            wire.To = to.Ticks;
        }

        return wire;
    }
}
