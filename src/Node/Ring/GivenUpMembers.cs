using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Ring;

/// <summary>
/// The members of which an administrator has said that they will not come back, where no majority of the ring is left (R9.2). Said one by one: one alone may
/// leave no majority among the rest, so what was said is remembered until it does. Belongs to the keeper.
/// </summary>
internal sealed class GivenUpMembers(MemberContext context)
{
    private static readonly TimeSpan RememberedFor = TimeSpan.FromMinutes(10);

    private readonly Dictionary<MemberId, long> members = [];

    public bool MajorityIsReachable(IReadOnlyCollection<RingMember> of) => of.Count(m => context.Peers.IsReachable(m.Id)) >= Segments.Majority(of.Count);

    /// <summary>All that are given up once this one is too.</summary>
    /// <param name="id">It.</param>
    /// <param name="ring">The ring in force.</param>
    /// <param name="waitsFor">Who must be given up as well before the rest can go on, in words; null for nobody.</param>
    public IReadOnlyList<MemberId> With(MemberId id, RingView ring, out string? waitsFor)
    {
        members[id] = context.Time.GetTimestamp();
        List<MemberId> gone = [.. members
            .Where(m => context.Time.GetElapsedTime(m.Value) < RememberedFor && ring.Record.Contains(m.Key) && !context.Peers.IsReachable(m.Key))
            .Select(m => m.Key)];
        var rest = ring.Record.Members.Where(m => !gone.Contains(m.Id)).ToList();
        var missing = string.Join(", ", rest.Where(m => !context.Peers.IsReachable(m.Id)).Select(m => $"{m.Name} ({m.Id})"));
        waitsFor = MajorityIsReachable(rest)
            ? null
            : $"noted, but no majority is left without it either; remove these too within {RememberedFor.TotalMinutes:0} min if they will not come back, and all go at once: {missing}";
        return gone;
    }
}
