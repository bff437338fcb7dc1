using FailureHistory.Core.Identity;
using FailureHistory.Core.Time;

namespace FailureHistory.Messages.Wire;

/// <summary>Detectors.cs to and from public.proto, and the registry's entries (log.proto).</summary>
public static class DetectorsMapping
{
    /// <summary>As it travels.</summary>
    public static RegisterDetectorP ToWire(this RegisterDetector message)
    {
        var wire = new RegisterDetectorP
        {
            Id = message.Id,
            Accuracy = message.Accuracy,
            Scope = CommonMapping.ToTexts(message.Scope),
            ReportedTimestamps = message.ReportedTimestamps,
        };
        if (message.Ttl is { } ttl)
        {
            wire.Ttl = ttl.Ticks;
        }

        if (message.Description is not null)
        {
            wire.Description = message.Description;
        }

        return wire;
    }

    /// <summary>As it came.</summary>
    public static RegisterDetector ToRecord(this RegisterDetectorP wire) => new(
        wire.Id,
        wire.Accuracy,
        CommonMapping.FromTexts(wire.Scope),
        CommonMapping.ToSpan(wire.HasTtl, wire.Ttl),
        wire.ReportedTimestamps,
        wire.HasDescription ? wire.Description : null);

    /// <summary>As it travels.</summary>
    public static DeleteDetectorP ToWire(this DeleteDetector message) => new() { Id = message.Id };

    /// <summary>As it came.</summary>
    public static DeleteDetector ToRecord(this DeleteDetectorP wire) => new(wire.Id);

    /// <summary>As it travels.</summary>
    public static DetectorHeartbeatP ToWire(this DetectorHeartbeat message) => new() { Id = message.Id };

    /// <summary>As it came.</summary>
    public static DetectorHeartbeat ToRecord(this DetectorHeartbeatP wire) => new(wire.Id);

    /// <summary>As it travels.</summary>
    public static GetDetectorP ToWire(this GetDetector message) => new() { Id = message.Id };

    /// <summary>As it came.</summary>
    public static GetDetector ToRecord(this GetDetectorP wire) => new(wire.Id);

    /// <summary>As it travels.</summary>
    public static GetDetectorsP ToWire(this GetDetectors message)
    {
        var wire = new GetDetectorsP();
        if (message.Cursor is not null)
        {
            wire.Cursor = message.Cursor;
        }

        return wire;
    }

    /// <summary>As it came.</summary>
    public static GetDetectors ToRecord(this GetDetectorsP wire) => new(wire.HasCursor ? wire.Cursor : null);

    /// <summary>As it travels.</summary>
    public static DetectorInfoP ToWire(this DetectorInfo message)
    {
        var wire = new DetectorInfoP
        {
            Id = message.Id,
            Accuracy = message.Accuracy,
            ReportedTimestamps = message.ReportedTimestamps,
            Explicit = message.Explicit,
            Stale = message.Stale,
        };
        wire.Scope.AddRange(message.Scope);
        if (message.Ttl is { } ttl)
        {
            wire.Ttl = ttl.Ticks;
        }

        if (message.Description is not null)
        {
            wire.Description = message.Description;
        }

        if (message.LastHeard is { } lastHeard)
        {
            wire.LastHeard = lastHeard.Ticks;
        }

        return wire;
    }

    /// <summary>As it came.</summary>
    public static DetectorInfo ToRecord(this DetectorInfoP wire) => new(
        wire.Id,
        wire.Accuracy,
        [.. wire.Scope],
        CommonMapping.ToSpan(wire.HasTtl, wire.Ttl),
        wire.ReportedTimestamps,
        wire.HasDescription ? wire.Description : null,
        wire.Explicit,
        CommonMapping.ToStamp(wire.HasLastHeard, wire.LastHeard),
        wire.Stale);

    /// <summary>As it travels.</summary>
    public static DetectorListP ToWire(this DetectorList message)
    {
        var wire = new DetectorListP();
        CommonMapping.Fill(wire.Detectors, message.Detectors, ToWire);
        if (message.Next is not null)
        {
            wire.Next = message.Next;
        }

        return wire;
    }

    /// <summary>As it came.</summary>
    public static DetectorList ToRecord(this DetectorListP wire) => new(CommonMapping.Map(wire.Detectors, ToRecord), wire.HasNext ? wire.Next : null);

    /// <summary>As it travels.</summary>
    public static DetectorNotFoundP ToWire(this DetectorNotFound message) => new() { Id = message.Id };

    /// <summary>As it came.</summary>
    public static DetectorNotFound ToRecord(this DetectorNotFoundP wire) => new(wire.Id);

    /// <summary>As it travels.</summary>
    public static DetectorDeletedP ToWire(this DetectorDeleted message) => new() { Id = message.Id };

    /// <summary>As it came.</summary>
    public static DetectorDeleted ToRecord(this DetectorDeletedP wire) => new(wire.Id);
}
