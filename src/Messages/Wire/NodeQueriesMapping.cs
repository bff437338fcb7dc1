using FailureHistory.Core.Time;

namespace FailureHistory.Messages.Wire;

/// <summary>NodeQueries.cs to and from public.proto.</summary>
public static class NodeQueriesMapping
{
    /// <summary>As it travels.</summary>
    public static GetStateQ ToWire(this GetState message) =>
        new() { Node = message.Node, Consistency = CommonMapping.Enum<Consistency, ConsistencyP>(message.Consistency) };

    /// <summary>As it came.</summary>
    public static GetState ToRecord(this GetStateQ wire) => new(wire.Node, CommonMapping.Enum<ConsistencyP, Consistency>(wire.Consistency));

    /// <summary>As it travels.</summary>
    public static NodeStateP ToWire(this NodeState message)
    {
        var wire = new NodeStateP
        {
            Node = CommonMapping.ToWire(message.Node),
            AsOf = message.AsOf.Ticks,
            Status = CommonMapping.Enum<NodeStatus, NodeStatusP>(message.Status),
            Incident = message.Incident is { } incident ? new IncidentInfoP { Id = incident.Id, Since = incident.Since.Ticks } : null,
            Complete = message.Complete,
            Replicas = message.Replicas,
            AnsweredBy = message.AnsweredBy,
            Pinned = message.Pinned is { } pin ? PinningMapping.ToWire(pin) : null,
        };
        if (message.Probability is { } probability)
        {
            wire.Probability = probability;
        }

        CommonMapping.Fill(wire.Verdicts, message.Verdicts, ToWire);
        return wire;
    }

    /// <summary>As it came.</summary>
    public static NodeState ToRecord(this NodeStateP wire) => new(
        CommonMapping.FromWire(wire.Node),
        new Stamp(wire.AsOf),
        CommonMapping.Enum<NodeStatusP, NodeStatus>(wire.Status),
        wire.HasProbability ? wire.Probability : null,
        wire.Incident is { } incident ? new IncidentInfo(incident.Id, new Stamp(incident.Since)) : null,
        CommonMapping.Map(wire.Verdicts, FromWire),
        wire.Complete,
        wire.Replicas,
        wire.AnsweredBy,
        wire.Pinned is { } pin ? PinningMapping.FromWire(pin) : null);

    /// <summary>As it travels.</summary>
    public static GetHistoryQ ToWire(this GetHistory message)
    {
        var wire = new GetHistoryQ
        {
            Node = message.Node, Limit = message.Limit, Consistency = CommonMapping.Enum<Consistency, ConsistencyP>(message.Consistency),
        };
        if (message.From is { } from)
        {
            wire.From = from.Ticks;
        }

        if (message.To is { } to)
        {
            wire.To = to.Ticks;
        }

        if (message.Cursor is not null)
        {
            wire.Cursor = message.Cursor;
        }

        return wire;
    }

    /// <summary>As it came.</summary>
    public static GetHistory ToRecord(this GetHistoryQ wire) => new(
        wire.Node,
        CommonMapping.ToStamp(wire.HasFrom, wire.From),
        CommonMapping.ToStamp(wire.HasTo, wire.To),
        wire.Limit,
        wire.HasCursor ? wire.Cursor : null,
        CommonMapping.Enum<ConsistencyP, Consistency>(wire.Consistency));

    /// <summary>As it travels.</summary>
    public static NodeHistoryP ToWire(this NodeHistory message)
    {
        var wire = new NodeHistoryP
        {
            Node = CommonMapping.ToWire(message.Node), Complete = message.Complete, Replicas = message.Replicas, AnsweredBy = message.AnsweredBy,
        };
        if (message.Next is not null)
        {
            wire.Next = message.Next;
        }

        if (message.FoldedUntil is { } horizon)
        {
            wire.FoldedUntil = horizon.Ticks;
        }

        CommonMapping.Fill(wire.Incarnations, message.Incarnations, ToWire);
        CommonMapping.Fill(wire.Periods, message.Periods, ToWire);
        return wire;
    }

    /// <summary>As it came.</summary>
    public static NodeHistory ToRecord(this NodeHistoryP wire) => new(
        CommonMapping.FromWire(wire.Node),
        CommonMapping.Map(wire.Incarnations, FromWire),
        CommonMapping.Map(wire.Periods, FromWire),
        wire.Complete,
        wire.HasNext ? wire.Next : null,
        wire.Replicas,
        wire.AnsweredBy,
        CommonMapping.ToStamp(wire.HasFoldedUntil, wire.FoldedUntil));

    /// <summary>As it travels.</summary>
    public static GetObservationsQ ToWire(this GetObservations message)
    {
        var wire = new GetObservationsQ
        {
            Node = message.Node, Limit = message.Limit, Consistency = CommonMapping.Enum<Consistency, ConsistencyP>(message.Consistency),
            Stored = message.Stored,
        };
        if (message.From is { } from)
        {
            wire.From = from.Ticks;
        }

        if (message.To is { } to)
        {
            wire.To = to.Ticks;
        }

        if (message.Cursor is not null)
        {
            wire.Cursor = message.Cursor;
        }

        return wire;
    }

    /// <summary>As it came.</summary>
    public static GetObservations ToRecord(this GetObservationsQ wire) => new(
        wire.Node,
        CommonMapping.ToStamp(wire.HasFrom, wire.From),
        CommonMapping.ToStamp(wire.HasTo, wire.To),
        wire.Limit,
        wire.HasCursor ? wire.Cursor : null,
        CommonMapping.Enum<ConsistencyP, Consistency>(wire.Consistency),
        wire.Stored);

    /// <summary>As it travels.</summary>
    public static NodeObservationsP ToWire(this NodeObservations message)
    {
        var wire = new NodeObservationsP
        {
            Node = CommonMapping.ToWire(message.Node), Complete = message.Complete, Replicas = message.Replicas, AnsweredBy = message.AnsweredBy,
        };
        if (message.Next is not null)
        {
            wire.Next = message.Next;
        }

        CommonMapping.Fill(wire.Observations, message.Observations, ToWire);
        return wire;
    }

    /// <summary>As it came.</summary>
    public static NodeObservations ToRecord(this NodeObservationsP wire) => new(
        CommonMapping.FromWire(wire.Node),
        CommonMapping.Map(wire.Observations, FromWire),
        wire.Complete,
        wire.HasNext ? wire.Next : null,
        wire.Replicas,
        wire.AnsweredBy);

    private static VerdictInfoP ToWire(VerdictInfo verdict)
    {
        var wire = new VerdictInfoP
        {
            Detector = verdict.Detector, Accuracy = verdict.Accuracy, Suspects = verdict.Suspects, LatestIncident = verdict.LatestIncident,
        };
        if (verdict.Since is { } since)
        {
            wire.Since = since.Ticks;
        }

        if (verdict.LastHeard is { } lastHeard)
        {
            wire.LastHeard = lastHeard.Ticks;
        }

        if (verdict.Observation is not null)
        {
            wire.Observation = verdict.Observation;
        }

        if (verdict.Reason is not null)
        {
            wire.Reason = verdict.Reason;
        }

        return wire;
    }

    private static VerdictInfo FromWire(VerdictInfoP wire) => new(
        wire.Detector,
        wire.Accuracy,
        wire.Suspects,
        CommonMapping.ToStamp(wire.HasSince, wire.Since),
        CommonMapping.ToStamp(wire.HasLastHeard, wire.LastHeard),
        wire.LatestIncident,
        wire.HasObservation ? wire.Observation : null,
        wire.HasReason ? wire.Reason : null);

    private static IncarnationInfoP ToWire(IncarnationInfo incarnation)
    {
        var wire = new IncarnationInfoP { Id = incarnation.Id, From = incarnation.From.Ticks, Clash = incarnation.Clash };
        if (incarnation.Name is not null)
        {
            wire.Name = incarnation.Name;
        }

        if (incarnation.Hardware is not null)
        {
            wire.Hardware = incarnation.Hardware;
        }

        if (incarnation.To is { } to)
        {
            wire.To = to.Ticks;
        }

        return wire;
    }

    private static IncarnationInfo FromWire(IncarnationInfoP wire) => new(
        wire.Id,
        wire.HasName ? wire.Name : null,
        wire.HasHardware ? wire.Hardware : null,
        new Stamp(wire.From),
        CommonMapping.ToStamp(wire.HasTo, wire.To),
        wire.Clash);

    private static PeriodInfoP ToWire(PeriodInfo period)
    {
        var wire = new PeriodInfoP { From = period.From.Ticks, Planned = period.Planned };
        if (period.To is { } to)
        {
            wire.To = to.Ticks;
        }

        if (period.Probability is { } probability)
        {
            wire.Probability = probability;
        }

        if (period.Incident is not null)
        {
            wire.Incident = period.Incident;
        }

        CommonMapping.Fill(wire.Suspects, period.Suspects, CommonMapping.ToWire);
        return wire;
    }

    private static PeriodInfo FromWire(PeriodInfoP wire) => new(
        new Stamp(wire.From),
        CommonMapping.ToStamp(wire.HasTo, wire.To),
        wire.HasProbability ? wire.Probability : null,
        CommonMapping.Map(wire.Suspects, CommonMapping.FromWire),
        wire.HasIncident ? wire.Incident : null,
        wire.Planned);

    private static ObservationInfoP ToWire(ObservationInfo observation)
    {
        var wire = new ObservationInfoP
        {
            Id = observation.Id,
            Node = observation.Node,
            Kind = observation.Kind,
            At = observation.At.Ticks,
            ReceivedAt = observation.ReceivedAt.Ticks,
        };
        if (observation.Name is not null)
        {
            wire.Name = observation.Name;
        }

        if (observation.Hardware is not null)
        {
            wire.Hardware = observation.Hardware;
        }

        if (observation.Detector is not null)
        {
            wire.Detector = observation.Detector;
        }

        if (observation.ReportedAt is { } reportedAt)
        {
            wire.ReportedAt = reportedAt.Ticks;
        }

        if (observation.Reason is not null)
        {
            wire.Reason = observation.Reason;
        }

        if (observation.Accuracy is { } accuracy)
        {
            wire.Accuracy = accuracy;
        }

        if (observation.Total is { } total)
        {
            wire.Total = total;
        }

        if (observation.Explicit is { } isExplicit)
        {
            wire.Explicit = isExplicit;
        }

        if (observation.Signature is not null)
        {
            wire.Signature = observation.Signature;
        }

        CommonMapping.Fill(wire.Labels, observation.Labels, CommonMapping.ToWire);
        return wire;
    }

    private static ObservationInfo FromWire(ObservationInfoP wire) => new(
        wire.Id,
        wire.Node,
        wire.HasName ? wire.Name : null,
        wire.HasHardware ? wire.Hardware : null,
        wire.HasDetector ? wire.Detector : null,
        wire.Kind,
        new Stamp(wire.At),
        new Stamp(wire.ReceivedAt),
        CommonMapping.ToStamp(wire.HasReportedAt, wire.ReportedAt),
        wire.HasReason ? wire.Reason : null,
        CommonMapping.Map(wire.Labels, CommonMapping.FromWire),
        wire.HasAccuracy ? wire.Accuracy : null,
        wire.HasTotal ? wire.Total : null,
        wire.HasExplicit ? wire.Explicit : null,
        wire.HasSignature ? wire.Signature : null);
}
