using FailureHistory.Core.Time;

namespace FailureHistory.Messages.Wire;

/// <summary>Reporting.cs to and from public.proto.</summary>
public static class ReportingMapping
{
    /// <summary>As it travels.</summary>
    /// <exception cref="WireFormatException">An observation carries a fault: it is for the gate beside the adapter, and never sent.</exception>
    public static ReportObservationsP ToWire(this ReportObservations message)
    {
        var wire = new ReportObservationsP { Restore = message.Restore };
        CommonMapping.Fill(wire.Observations, message.Observations, ToWire);
        return wire;
    }

    /// <summary>As it came.</summary>
    public static ReportObservations ToRecord(this ReportObservationsP wire) => new(CommonMapping.Map(wire.Observations, FromWire), wire.Restore);

    /// <summary>As it travels.</summary>
    public static ObservationsRecordedP ToWire(this ObservationsRecorded message)
    {
        var wire = new ObservationsRecordedP { Accepted = message.Accepted, Duplicates = message.Duplicates };
        CommonMapping.Fill(wire.Rejected, message.Rejected, r => new RejectionP { Index = r.Index, Error = r.Error });
        wire.Retry.AddRange(message.Retry);
        return wire;
    }

    /// <summary>As it came.</summary>
    public static ObservationsRecorded ToRecord(this ObservationsRecordedP wire) =>
        new(wire.Accepted, wire.Duplicates, CommonMapping.Map(wire.Rejected, r => new Rejection(r.Index, r.Error)), [.. wire.Retry]);

    /// <summary>As it travels.</summary>
    public static ReportRejectedP ToWire(this ReportRejected message) =>
        new() { Fault = CommonMapping.Enum<ReportFault, ReportFaultP>(message.Fault), Detail = message.Detail };

    /// <summary>As it came.</summary>
    public static ReportRejected ToRecord(this ReportRejectedP wire) =>
        new(CommonMapping.Enum<ReportFaultP, ReportFault>(wire.Fault), wire.Detail);

    /// <summary>As it travels.</summary>
    public static RemoveHistoryP ToWire(this RemoveHistory message)
    {
        var wire = new RemoveHistoryP { Node = message.Node, Force = message.Force };
        if (message.Hardware is not null)
        {
            wire.Hardware = message.Hardware;
        }

        return wire;
    }

    /// <summary>As it came.</summary>
    public static RemoveHistory ToRecord(this RemoveHistoryP wire) => new(wire.Node, wire.HasHardware ? wire.Hardware : null, wire.Force);

    /// <summary>As it travels.</summary>
    public static HistoryRemovedP ToWire(this HistoryRemoved message) =>
        new() { Node = CommonMapping.ToWire(message.Node), UpTo = message.UpTo.Ticks };

    /// <summary>As it came.</summary>
    public static HistoryRemoved ToRecord(this HistoryRemovedP wire) => new(CommonMapping.FromWire(wire.Node), new Stamp(wire.UpTo));

    private static ReportedObservationP ToWire(ReportedObservation observation)
    {
        if (observation.Fault is not null)
        {
            throw new WireFormatException($"a ReportedObservation with a fault is never sent; it says: {observation.Fault}");
        }

        var wire = new ReportedObservationP();
        if (observation.Node is not null)
        {
            wire.Node = observation.Node;
        }

        if (observation.Kind is not null)
        {
            wire.Kind = observation.Kind;
        }

        if (observation.Detector is not null)
        {
            wire.Detector = observation.Detector;
        }

        if (observation.Id is not null)
        {
            wire.Id = observation.Id;
        }

        if (observation.Hardware is not null)
        {
            wire.Hardware = observation.Hardware;
        }

        if (observation.At is { } at)
        {
            wire.At = at.Ticks;
        }

        if (observation.Reason is not null)
        {
            wire.Reason = observation.Reason;
        }

        if (observation.Labels is not null)
        {
            wire.Labels = ToLabels(observation.Labels);
        }

        if (observation.Signature is not null)
        {
            wire.Signature = observation.Signature;
        }

        FillRestored(wire, observation);
        return wire;
    }

    private static void FillRestored(ReportedObservationP wire, ReportedObservation observation)
    {
        if (observation.ReceivedAt is { } receivedAt)
        {
            wire.ReceivedAt = receivedAt.Ticks;
        }

        if (observation.ReportedAt is { } reportedAt)
        {
            wire.ReportedAt = reportedAt.Ticks;
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
    }

    private static LabelsP ToLabels(IReadOnlyDictionary<string, string> labels)
    {
        var wire = new LabelsP();
        foreach (var label in labels)
        {
            wire.Items.Add(CommonMapping.ToWire(label));
        }

        return wire;
    }

    private static ReportedObservation FromWire(ReportedObservationP wire) => new()
    {
        Node = wire.HasNode ? wire.Node : null,
        Kind = wire.HasKind ? wire.Kind : null,
        Detector = wire.HasDetector ? wire.Detector : null,
        Id = wire.HasId ? wire.Id : null,
        Hardware = wire.HasHardware ? wire.Hardware : null,
        At = CommonMapping.ToStamp(wire.HasAt, wire.At),
        Reason = wire.HasReason ? wire.Reason : null,
        Labels = wire.Labels is null ? null : FromLabels(wire.Labels),
        Signature = wire.HasSignature ? wire.Signature : null,
        ReceivedAt = CommonMapping.ToStamp(wire.HasReceivedAt, wire.ReceivedAt),
        ReportedAt = CommonMapping.ToStamp(wire.HasReportedAt, wire.ReportedAt),
        Accuracy = wire.HasAccuracy ? wire.Accuracy : null,
        Total = wire.HasTotal ? wire.Total : null,
        Explicit = wire.HasExplicit ? wire.Explicit : null,
    };

    private static Dictionary<string, string> FromLabels(LabelsP wire)
    {
        var labels = new Dictionary<string, string>(wire.Items.Count, StringComparer.Ordinal);
        foreach (var label in wire.Items)
        {
            labels[label.Key] = label.Value;
        }

        return labels;
    }
}
