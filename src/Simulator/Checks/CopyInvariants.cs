using FailureHistory.Core.History;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Ring;
using FailureHistory.Core.Replication;
using FailureHistory.Simulator.Members;

namespace FailureHistory.Simulator.Checks;

/// <summary>
/// With whom each copy has merged, as an onlooker sees it who knows nothing of what the copy makes of that: since its process started, or it gained the
/// segment.
/// </summary>
internal sealed class Meetings(World world)
{
    private readonly Dictionary<MemberId, RingView?> rings = [];
    private readonly Dictionary<(MemberId, int), Meeting> copies = [];

    /// <summary>A process starts. What it met before its end is on its disk still, unless the log was lost.</summary>
    public void Started(SimMember member, RingView? ring)
    {
        rings[member.Id] = ring;
        for (var segment = 0; segment < world.Options.Segments; segment++)
        {
            Of(member.Id, segment).Begin(world.Queue.Now, forgets: member.LogWasLost);
        }
    }

    /// <summary>A member took a version of the ring for the one in force: what it gains by it, or may have lost and gained in versions that it missed, begins anew.</summary>
    public void InForce(SimMember member, RingRecord record)
    {
        var (before, next) = (rings.GetValueOrDefault(member.Id), world.ViewOf(record));
        if (before is not null && next.Version <= before.Version)
        {
            return;
        }

        for (var segment = 0; segment < world.Options.Segments; segment++)
        {
            if (before is not null && !HasOthers(member.Id, segment))
            {
                Of(member.Id, segment).HasMerged = true; // with all that there were
            }

            var isContinuous = before is not null && next.Version <= before.Version + 2 && before.Placement.Holds(member.Id, segment) && IsEnough(member.Id, segment);
            if (next.Placement.Holds(member.Id, segment) && !isContinuous)
            {
                Of(member.Id, segment).Begin(world.Queue.Now, forgets: true);
            }
        }

        rings[member.Id] = next;
    }

    /// <summary>All that a peer's copy held, when it was asked, is in the member's.</summary>
    public void Merged(SimMember member, int segment, MemberId peer, long ringVersion)
    {
        if (rings.GetValueOrDefault(member.Id)?.Version == ringVersion)
        {
            var meeting = Of(member.Id, segment);
            meeting.Met.Add(peer);
            meeting.HasMerged = true;
            meeting.IsEnough |= meeting.Met.Count(Holders(member.Id, segment).Contains) >= Needed(member.Id, segment);
        }
    }

    /// <summary>Whether there is, in the member's ring, any other copy of the segment, or was one under the version before.</summary>
    private bool HasOthers(MemberId member, int segment) => Others(member, segment).Count > 0 && !(IsEnough(member, segment) && IsAlone(member, segment));

    /// <summary>Whether it has merged with anybody, or had nobody to merge with.</summary>
    public bool HasMerged(MemberId member, int segment) => Of(member, segment).HasMerged || !HasOthers(member, segment);

    /// <summary>With how many it has merged.</summary>
    public int Met(MemberId member, int segment) => Of(member, segment).Met.Count;

    /// <summary>For how long it has been trying.</summary>
    public TimeSpan Since(MemberId member, int segment) => world.Queue.Now - Of(member, segment).Since;

    /// <summary>Whether it has merged with a majority of this version's holders or of those before, or with all that are left.</summary>
    public bool IsEnough(MemberId member, int segment) => Of(member, segment).IsEnough |= Needed(member, segment) == 0;

    /// <summary>With how many it must have merged at the least, to count.</summary>
    public int Needed(MemberId member, int segment)
    {
        var ring = rings[member]!;
        var (old, present) = ((ring.Previous ?? ring.Placement).Replicas(segment).Count, ring.Placement.Replicas(segment).Count);
        return Math.Min(Others(member, segment).Count, Math.Min(old, present) / 2 + 1);
    }

    private bool IsAlone(MemberId member, int segment) => rings[member]!.Placement.Replicas(segment).All(m => m == member);

    // Who was taken out of the ring may be met, but need not.
    private List<MemberId> Others(MemberId member, int segment) => Holders(member, segment).FindAll(rings[member]!.Record.Contains);

    private List<MemberId> Holders(MemberId member, int segment)
    {
        var ring = rings[member]!;
        return [.. ring.Placement.Replicas(segment).Concat(ring.Previous?.Replicas(segment) ?? []).Where(m => m != member).Distinct()];
    }

    private Meeting Of(MemberId member, int segment) => copies.TryGetValue((member, segment), out var known) ? known : copies[(member, segment)] = new Meeting();

    private sealed class Meeting
    {
        public HashSet<MemberId> Met { get; } = [];

        public TimeSpan Since { get; private set; }

        public bool HasMerged { get; set; }

        public bool IsEnough { get; set; }

        public void Begin(TimeSpan now, bool forgets)
        {
            Since = now;
            Met.Clear();
            HasMerged = false;
            IsEnough &= !forgets;
        }
    }
}

/// <summary>A copy answers once it has merged with another, or has found nobody to ask for three seconds and says that it may lack something.</summary>
internal sealed class NobodyAnswersWhileFetching(World world, Ledger ledger) : Invariant(world, ledger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public override string Rule => "R9.4";

    public override void Answered(SimMember member, int segment, bool complete)
    {
        var meetings = World.Checks.Meetings;
        var since = meetings.Since(member.Id, segment);
        if (!meetings.HasMerged(member.Id, segment) && (complete || since < Patience))
        {
            Fail($"{member.Name} answered for segment {segment}{(complete ? " as complete" : "")}, {since.TotalSeconds:0.000} s after it started or gained it, and has merged with nobody");
        }
    }
}

/// <summary>While no other process has a copy that vouches, a copy that fetches comes to answer with what it has: there is nobody to wait for.</summary>
internal sealed class NobodyFetchesForEver(World world, Ledger ledger) : Invariant(world, ledger)
{
    // An answer of one that vouched may have been on its way for some seconds when that one ended, and holds for ten.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    // Whoever was not seen to fetch for longer has stood still, or did something else meanwhile.
    private static readonly TimeSpan Gap = TimeSpan.FromSeconds(1);

    private readonly Dictionary<(MemberId Member, int Segment), (int Life, long RingVersion, TimeSpan Since, TimeSpan Seen)> waiting = [];

    public override string Rule => "R9.4";

    public override void Fetching(SimMember member, int segment)
    {
        var process = member.Process!;
        if (process.StatusOf(segment).Phase != CopyPhase.Fetching)
        {
            return;
        }

        var (now, version) = (World.Queue.Now, process.Ring!.Version);
        var goesOn = waiting.TryGetValue((member.Id, segment), out var known) && known.Life == member.Life && known.RingVersion == version && now - known.Seen <= Gap;
        var since = goesOn && !AnotherVouches(member, segment) ? known.Since : now;
        waiting[(member.Id, segment)] = (member.Life, version, since, now);
        if (now - since > Limit)
        {
            Fail($"{member.Name} has been fetching segment {segment} for {(now - since).TotalSeconds:0} s in which nobody else had a copy that vouches");
        }
    }

    private bool AnotherVouches(SimMember member, int segment) => World.Members.Exists(m => m != member && m.Process is { } process && process.StatusOf(segment).Vouches);
}

/// <summary>A copy says that it counts once it has merged with a majority of the holders, or with all that are left.</summary>
internal sealed class NobodyCountsTooEarly(World world, Ledger ledger) : Invariant(world, ledger)
{
    public override string Rule => "R9.4";

    public override void SaidToCount(SimMember member, int segment)
    {
        var meetings = World.Checks.Meetings;
        if (!meetings.IsEnough(member.Id, segment))
        {
            Fail($"{member.Name} said that its copy of segment {segment} counts, and has merged with {meetings.Met(member.Id, segment)} others, of {meetings.Needed(member.Id, segment)} that it takes");
        }
    }
}

/// <summary>A copy that the ring gives to others is deleted only when the disk of each of them has, or had, all of it.</summary>
internal sealed class OrphansGoOnceAllHaveThem(World world, Ledger ledger) : Invariant(world, ledger)
{
    public override string Rule => "R9.3, R9.6";

    public override void Deleting(SimMember member, SimCopy copy, RingView ring)
    {
        foreach (var holder in ring.Placement.Replicas(copy.Segment).Select(m => World.ById[m]))
        {
            bool Has(Observation o)
            {
                var key = ObservationKey.Of(o);
                return Ledger.Repeats.Contains(key) || Ledger.CopiesOf(key).Any(c => holder.Disk.Synced.Contains((key, c.ReceivedAt)));
            }

            if (copy.Machine.Freeze().Observations.FirstOrDefault(o => !Has(o)) is { } lacks)
            {
                Fail($"{member.Name} deletes its copy of segment {copy.Segment}, and {holder.Name}, which holds it now, lacks {Show(lacks)}");
            }
        }
    }

    /// <summary>Copies that still lie where the ring does not want them, or null.</summary>
    public static string? Left(World world)
    {
        foreach (var member in world.Members.Where(m => m is { Runs: true, Process: not null }))
        {
            for (var segment = 0; segment < world.Options.Segments; segment++)
            {
                if (member.Process!.HasOrphan(segment))
                {
                    return $"{member.Name} still has a copy of segment {segment}, which the ring gives to others";
                }
            }
        }

        return null;
    }

    public override void AtEnd()
    {
        if (Left(World) is { } left)
        {
            Fail($"{World.Options.HealWithin.TotalSeconds} s after the last fault {left}");
        }
    }
}
