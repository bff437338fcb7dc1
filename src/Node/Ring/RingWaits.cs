using FailureHistory.Core.Ring;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Ring;

/// <summary>In words for an operator, what the ring's next change waits for (<see cref="RingSafety"/>).</summary>
internal static class RingWaits
{
    /// <summary>What it waits for as far as is known here; null when it waits for nothing.</summary>
    public static string? Of(MemberContext context, RingView ring) =>
        RingSafety.WaitsFor(ring, null, context.Peers.IsReachable, (member, segment) => context.Counts(member, segment, ring.Version)) is { } first
            ? Words(context, ring, first)
            : null;

    private static string Words(MemberContext context, RingView ring, int segment)
    {
        var waiting = ring.Placement.Replicas(segment).Where(m => !context.Counts(m, segment, ring.Version))
            .Select(m => $"{ring.Record.Members.First(r => r.Id == m).Name} {(context.Peers.IsReachable(m) ? "has not all of it yet" : "is out of reach")}");
        return $"the copies of segment {segment} under ring version {ring.Version}: {string.Join(", ", waiting)}";
    }
}
