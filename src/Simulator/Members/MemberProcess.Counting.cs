using FailureHistory.Core.Identity;

namespace FailureHistory.Simulator.Members;

/// <summary>Which copies count (ServingReporter): kept on disk for the next start, and told to the others, who pass it on (ServingMap in DistributedData).</summary>
internal sealed partial class MemberProcess
{
    private static readonly TimeSpan PassedOnEvery = TimeSpan.FromSeconds(2);

    private readonly SortedDictionary<MemberId, CountingSaid> said = [];
    private CountingSaid? told;
    private TimeSpan nextPassedOn;

    private void KeepCounting()
    {
        if (Ring is { } ring)
        {
            var vouching = copies.Values.Where(c => decisions.StatusOf(c).Vouches).Select(c => c.Segment).ToHashSet();
            if (disk.Counting.Version != ring.Version || !disk.Counting.Segments.SetEquals(vouching))
            {
                disk.Counting = (ring.Version, vouching);
            }
        }
    }

    // To everybody when it has changed, and when what it said in another life stands in its place; all that is known to one other now and then.
    private void TellCounting()
    {
        if (Ring is not { } ring)
        {
            return;
        }

        var counting = copies.Values.Where(c => decisions.StatusOf(c).Counts).Select(c => c.Segment).ToHashSet();
        var known = said.GetValueOrDefault(Id);
        if (told is null || (decisions.SaysAgain && known!.Counter > told.Counter) || told.RingVersion != ring.Version || !told.Counting.SetEquals(counting))
        {
            told = new CountingSaid(Id, host.Life, Math.Max(Wall.Ticks, (known?.Counter ?? 0) + 1), ring.Version, counting);
            if (known is null || told.Counter > known.Counter)
            {
                said[Id] = told;
            }

            foreach (var other in Heard())
            {
                Ask(other.Id, new CountingTold([told]));
            }
        }

        if (world.Queue.Now >= nextPassedOn && Heard() is { Count: > 0 } others)
        {
            nextPassedOn = world.Queue.Now + PassedOnEvery;
            Ask(world.Random.Of(others).Id, new CountingTold([.. said.Values]));
        }
    }

    private void OnCountingTold(CountingTold news)
    {
        foreach (var one in news.Said)
        {
            if (!said.TryGetValue(one.Member, out var known) || one.Counter > known.Counter)
            {
                said[one.Member] = one;
            }
        }
    }

    /// <summary>Whether a member's copy counts under this version of the ring, as far as is known here.</summary>
    private bool IsSaidToCount(MemberId member, int segment, long ringVersion) =>
        said.TryGetValue(member, out var last)
        && decisions.Believes(last.Incarnation, IncarnationOf(member))
        && last.RingVersion == ringVersion
        && last.Counting.Contains(segment);

    // As Akka's membership knows it: a process that starts is taken in after a second, and until then the one before stands in its place.
    private int IncarnationOf(MemberId member) => member == Id ? host.Life : world.ById[member].IncarnationAt(world.Queue.Now - TimeSpan.FromSeconds(1));

    private List<SimMember> Heard() => [.. world.Members.Where(m => m.Id != Id && Hears(m.Id))];
}
