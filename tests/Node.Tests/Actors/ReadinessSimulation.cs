using System.Text;
using FailureHistory.Core.Identity;
using FailureHistory.Core.Replication;
using FailureHistory.Core.Ring;
using FailureHistory.Node.Actors;
using FailureHistory.Node.Member;

namespace FailureHistory.Node.Tests.Actors;

/// <summary>
/// One segment among six members: writes by a gate that counts as R2.7 and R9.9 say, changes of the ring in force by a majority of the version
/// before, merges, restarts. Each copy runs the real <see cref="CopyReadiness"/>; what it holds is a set of numbers.
/// </summary>
internal sealed class ReadinessSimulation
{
    private readonly Random random;
    private readonly Dictionary<MemberId, Copy> copies = [];
    private readonly List<(long Version, MemberId[] Holders)> rings = [];
    private readonly HashSet<int> acknowledged = [];
    private readonly StringBuilder story = new();
    private int writes;

    public ReadinessSimulation(int seed)
    {
        random = new Random(seed);
        foreach (var name in "abcdef")
        {
            copies[Rings.Id(name)] = new Copy(Rings.Id(name));
        }

        rings.Add((1, [Rings.Id('a')]));
        foreach (var copy in copies.Values)
        {
            copy.Start(View(1));
        }
    }

    public int Gained { get; private set; }

    public string Story => story.ToString();

    private (long Version, MemberId[] Holders) InForce => rings[^1];

    public void Step()
    {
        switch (random.Next(10))
        {
            case < 4:
                Write();
                break;
            case < 7:
                Merge(Any(), Any());
                break;
            case 7:
                Change();
                break;
            case 8:
                Learn(Any());
                break;
            default:
                Restart(Any());
                break;
        }
    }

    /// <summary>What is wrong, or null: a majority of the version in force, all counting, that lacks something acknowledged.</summary>
    public string? Fault()
    {
        var (version, holders) = InForce;
        var counting = holders.Where(m => copies[m].Counts(version)).ToList();
        foreach (var write in acknowledged)
        {
            var lacking = counting.Where(m => !copies[m].Held.Contains(write)).ToList();
            if (lacking.Count >= Segments.Majority(holders.Length))
            {
                return $"{string.Join(',', lacking.Select(Name))} count under version {version} and are a majority, but lack write {write}";
            }
        }

        return null;
    }

    /// <summary>Everybody learns the version in force and merges with everybody, twice.</summary>
    public void Settle()
    {
        foreach (var copy in copies.Values)
        {
            Learn(copy);
        }

        for (var i = 0; i < 2; i++)
        {
            foreach (var a in copies.Values)
            {
                foreach (var b in copies.Values)
                {
                    Merge(a, b);
                }
            }
        }
    }

    public string? NotCounting()
    {
        var (version, holders) = InForce;
        var stuck = holders.Where(m => !copies[m].Counts(version)).ToList();
        return stuck.Count == 0 ? null : string.Join(',', stuck.Select(Name));
    }

    // A gate that knows any version sends to that version's holders; answers count when given under that version.
    private void Write()
    {
        var (version, holders) = rings[random.Next(Math.Max(0, rings.Count - 2), rings.Count)];
        var write = ++writes;
        var stored = 0;
        foreach (var copy in holders.Select(m => copies[m]).Where(c => c.IsUp && random.Next(4) > 0))
        {
            copy.Held.Add(write);
            stored += copy.Version == version ? 1 : 0;
        }

        if (stored >= Segments.Majority(holders.Length))
        {
            acknowledged.Add(write);
            Tell($"write {write} acknowledged under {version}");
        }
    }

    private void Merge(Copy into, Copy from)
    {
        if (into == from || !into.IsUp || !from.IsUp || into.Version != from.Version)
        {
            return;
        }

        var counted = into.Counts(InForce.Version);
        into.Held.UnionWith(from.Held);
        into.Readiness.Merged(from.Id, from.Readiness.Vouches, into.Version);
        Gained += !counted && into.Counts(InForce.Version) ? 1 : 0;
        Tell($"{Name(into.Id)} merged with {Name(from.Id)}{(from.Readiness.Vouches ? ", which vouches" : string.Empty)}");
    }

    // R9.2 and the keeper: a version in force is known to a majority of its predecessor's members, and comes while every copy counts (RingSafety).
    private void Change()
    {
        var (version, holders) = InForce;
        if (!holders.All(m => copies[m].Counts(version)))
        {
            return;
        }

        var outside = copies.Keys.Except(holders).ToArray();
        MemberId[] next = holders.Length < 3
            ? [.. holders, outside[random.Next(outside.Length)]]
            : [.. holders.OrderBy(_ => random.Next()).Skip(random.Next(1, 3)), .. outside.OrderBy(_ => random.Next())];
        next = next[..Math.Min(3, next.Length)];
        rings.Add((version + 1, next));
        Tell($"ring {version + 1}: {string.Concat(next.Select(Name))}");
        foreach (var member in holders.OrderBy(_ => random.Next()).Take(Segments.Majority(holders.Length)))
        {
            Learn(copies[member]);
        }
    }

    private void Learn(Copy copy)
    {
        if (copy.Version < InForce.Version)
        {
            copy.Learn(View(InForce.Version));
        }
    }

    private void Restart(Copy copy)
    {
        copy.Start(View(copy.Version));
        Tell($"{Name(copy.Id)} restarts");
    }

    private RingView View(long version)
    {
        var (_, holders) = rings[(int)version - 1];
        return Rings.View(version, holders, version == 1 ? [] : rings[(int)version - 2].Holders);
    }

    private Copy Any() => copies.Values.ElementAt(random.Next(copies.Count));

    private static string Name(MemberId id) => ((char)(int)(id.Value >> 100)).ToString();

    private void Tell(string line) => story.AppendLine(line);

    /// <summary>A copy with its disk: what it holds and the list of what counts survive a restart.</summary>
    private sealed class Copy(MemberId id)
    {
        private bool vouchedOnDisk;

        public MemberId Id { get; } = id;

        public HashSet<int> Held { get; } = [];

        public CopyReadiness Readiness { get; private set; } = new(0, id, false);

        public long Version { get; private set; }

        public bool IsUp => Version > 0;

        public bool Counts(long version) => Version == version && Readiness.Counts;

        public void Start(RingView ring)
        {
            vouchedOnDisk = IsUp && Readiness.Vouches;
            Readiness = new CopyReadiness(0, Id, vouchedOnDisk);
            Version = ring.Version;
            Readiness.JournalRecovered(ring);
        }

        public void Learn(RingView ring)
        {
            Version = ring.Version;
            Readiness.RingChanged(ring);
        }
    }
}
