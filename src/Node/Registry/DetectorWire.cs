using FailureHistory.Core.Probability;
using FailureHistory.Core.Time;
using FailureHistory.Messages;
using FailureHistory.Messages.Wire;

namespace FailureHistory.Node.Registry;

/// <summary>Between the registry's entries and their forms on the wire and in replies.</summary>
internal static class DetectorWire
{
    public static DetectorVersion ToWire(this DetectorEntry entry)
    {
        var version = new DetectorVersion
        {
            Id = entry.Id,
            Accuracy = entry.Accuracy,
            ReportedTimestamps = entry.ReportedTimestamps,
            Explicit = entry.Explicit,
            Deleted = entry.Deleted,
            Counter = entry.Counter,
            Author = WireIds.Bytes(entry.Author),
        };
        version.Scope.AddRange(entry.Scope);
        if (entry.Ttl is { } ttl)
        {
            version.Ttl = ttl.Ticks;
        }

        if (entry.Description is not null)
        {
            version.Description = entry.Description;
        }

        return version;
    }

    public static DetectorEntry ToEntry(this DetectorVersion version) => new()
    {
        Id = version.Id,
        Accuracy = version.Accuracy,
        Scope = [.. version.Scope],
        Ttl = version.HasTtl ? TimeSpan.FromTicks(version.Ttl) : null,
        ReportedTimestamps = version.ReportedTimestamps,
        Description = version.HasDescription ? version.Description : null,
        Explicit = version.Explicit,
        Deleted = version.Deleted,
        Counter = version.Counter,
        Author = WireIds.Member(version.Author),
    };

    public static DetectorInfo ToInfo(this DetectorRegistry registry, DetectorEntry entry, Stamp now) => new(
        entry.Id,
        entry.Accuracy,
        entry.Scope.Count == 0 ? ["*"] : entry.Scope,
        entry.Ttl,
        entry.ReportedTimestamps,
        entry.Description,
        entry.Explicit,
        registry.LastHeard.TryGetValue(entry.Id, out var heard) ? heard : null,
        registry.IsStale(entry.Id, now));
}
