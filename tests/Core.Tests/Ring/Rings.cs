using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;

namespace FailureHistory.Core.Tests.Ring;

/// <summary>Rings for tests, drawn from a seed.</summary>
internal static class Rings
{
    internal static MemberId DrawId(Random random) => new(new UInt128((ulong)random.NextInt64(), (ulong)random.NextInt64()));

    internal static RingMember Member(MemberId id, string zone = "") => new(id, zone, $"host-{id}:4053", $"akka.tcp://failure-history@host-{id}:4053");

    /// <summary>Members with random ids; <paramref name="zoneOf"/> names the zone of the i-th.</summary>
    internal static RingMember[] Draw(Random random, int count, Func<int, string>? zoneOf = null) =>
        [.. Enumerable.Range(0, count).Select(i => Member(DrawId(random), zoneOf?.Invoke(i) ?? ""))];

    internal static RingRecord Of(IEnumerable<RingMember> members, int replicationFactor, int segments = Segments.Count) => new()
    {
        ClusterId = 7,
        Version = 1,
        ReplicationFactor = replicationFactor,
        SegmentCount = segments,
        Members = [.. members.OrderBy(m => m.Id)],
        PreviousMembers = [],
    };

    /// <summary>Copies that <paramref name="after"/> places where <paramref name="before"/> has none.</summary>
    internal static int Moved(RingPlacement before, RingPlacement after, int segments = Segments.Count) =>
        Enumerable.Range(0, segments).Sum(s => after.Replicas(s).Count(m => !before.Holds(m, s)));

    /// <summary>All replica sets as text, one line each: to compare placements.</summary>
    internal static string Table(RingPlacement placement, int segments = Segments.Count) =>
        string.Join('\n', Enumerable.Range(0, segments).Select(s => string.Join(' ', placement.Replicas(s))));
}
