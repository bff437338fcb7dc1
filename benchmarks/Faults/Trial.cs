using System.Diagnostics;
using FailureHistory.Faults.Driving;
using FailureHistory.Faults.Links;
using FailureHistory.Faults.Results;
using FailureHistory.Members;

namespace FailureHistory.Faults;

/// <summary>One scenario as it is run: the members, the load on them, and what was seen.</summary>
internal sealed class Trial(Scenario scenario, Stage stage, TextWriter output, CancellationToken ct)
{
    private static readonly TimeSpan After = TimeSpan.FromSeconds(2);

    private readonly MemberSet set = stage.Set;
    private readonly List<Check> checks = [];
    private readonly long begun = Stopwatch.GetTimestamp();
    private long faultAt;
    private long healedAt;
    private TimeSpan? wholeAfter;

    public MemberSet Set => set;

    public IReadOnlyList<MemberProcess> Members => set.Members;

    public Stage Stage => stage;

    public Network Network => stage.Network;

    public CancellationToken Cancelled => ct;

    /// <summary>How many members the ring has in the end.</summary>
    public int RingSize { get; set; } = stage.Set.Members.Count;

    /// <summary>Loads the members, lets the scenario do its worst, and reads everything back.</summary>
    public async Task<Outcome> Run()
    {
        var live = scenario.Live(Members);
        await using var work = new Workload(Members, live, await Suits(live).ConfigureAwait(false));
        Say("warming up");
        await work.Warm(ct).ConfigureAwait(false);
        var usualFrom = Stopwatch.GetTimestamp();
        await Task.Delay(scenario.Usual, ct).ConfigureAwait(false); // what is usual

        faultAt = healedAt = Stopwatch.GetTimestamp();
        await scenario.Run(this).ConfigureAwait(false);
        await set.Whole(RingSize, ct).ConfigureAwait(false);
        if (wholeAfter is null)
        {
            Whole("whole again");
        }

        await Task.Delay(After, ct).ConfigureAwait(false); // what comes after belongs to it
        var end = Stopwatch.GetTimestamp();
        await work.Stop().ConfigureAwait(false);

        var (faults, lost, read) = await ReadBack.Of(set, work.Ledgers, ct).ConfigureAwait(false);
        Say($"{work.Acknowledged} acknowledged, {read} read back, {lost} lost");
        return ToOutcome(work, [.. work.Wrong, .. faults], lost, usualFrom, end);
    }

    /// <summary>What is done from now on begins now.</summary>
    public void Say(string what) => output.WriteLine($"  {Stopwatch.GetElapsedTime(begun).TotalSeconds,6:0.0} s  {what}");

    /// <summary>The last thing was done that had to be: from here on it heals by itself.</summary>
    public void Healed(string what)
    {
        healedAt = Stopwatch.GetTimestamp();
        Say(what);
    }

    /// <summary>Every segment has all its copies; of several times in a scenario the longest counts.</summary>
    public void Whole(string what)
    {
        var took = Stopwatch.GetElapsedTime(healedAt);
        wholeAfter = took > wholeAfter || wholeAfter is null ? took : wholeAfter;
        Say($"{what}, {took.TotalSeconds:0.0} s after");
    }

    /// <summary>Lets it be as it is for a while.</summary>
    public Task Hold(double seconds) => Task.Delay(TimeSpan.FromSeconds(seconds), ct);

    /// <summary>Notes something that has to be so.</summary>
    public void Expect(string expected, bool holds, string seen)
    {
        checks.Add(new Check(expected, holds, seen));
        Say($"{(holds ? "as expected" : "NOT AS EXPECTED")}: {expected}; seen: {seen}");
    }

    /// <summary>Waits for something that has to come, and notes whether and when it did.</summary>
    public async Task ExpectWithin(string expected, TimeSpan bound, Func<Task<(bool Holds, string Seen)>> look)
    {
        var from = Stopwatch.GetTimestamp();
        while (true)
        {
            var (holds, seen) = await look().ConfigureAwait(false);
            if (holds || Stopwatch.GetElapsedTime(from) > bound)
            {
                Expect($"{expected} within {bound.TotalSeconds:0} s", holds, $"{seen}, after {Stopwatch.GetElapsedTime(from).TotalSeconds:0.0} s");
                return;
            }

            await Task.Delay(100, ct).ConfigureAwait(false); // nobody tells from outside: looked at for a bounded time
        }
    }

    /// <summary>What <c>/readyz</c> says.</summary>
    public async Task<(int Code, string Status)> Readiness(MemberProcess member)
    {
        var (code, body) = await set.Ask(member, "/readyz", ct).ConfigureAwait(false);
        return (code, body is { } said && said.TryGetProperty("status", out var status) ? status.GetString()! : "no answer");
    }

    /// <summary>How the others see a member: its status in <c>/v1/cluster</c>.</summary>
    public async Task<string> StatusAt(MemberProcess at, MemberProcess of)
    {
        var cluster = await set.Get(at, "/v1/cluster", ct).ConfigureAwait(false);
        return cluster?.GetProperty("members").EnumerateArray().Where(m => m.GetProperty("id").GetString() == of.Id).Select(m => m.GetProperty("status").GetString()).FirstOrDefault() ?? "not told";
    }

    /// <summary>The cluster's id and the ring's version, as a member tells them.</summary>
    public async Task<string> RingAt(MemberProcess member)
    {
        var ring = await set.Get(member, "/v1/ring", ct).ConfigureAwait(false);
        return ring is { } r ? $"{r.GetProperty("clusterId").GetString()} version {r.GetProperty("version")} of {r.GetProperty("members").GetArrayLength()}" : "no answer";
    }

    // Where some replica sets lose their majority the load is on the others: what can't be answered is no gap.
    private async Task<Func<int, bool>> Suits(IReadOnlyList<MemberProcess> live)
    {
        if (!scenario.MajorityLives || live.Count == 0)
        {
            return _ => true;
        }

        var ids = live.Select(m => m.Id).ToHashSet();
        var ring = await set.Get(live[0], "/v1/ring", ct).ConfigureAwait(false) ?? throw new InvalidOperationException($"{live[0].Name} does not tell the ring\n{live[0].Log}");
        var good = ring.GetProperty("segments").EnumerateArray()
            .Where(s => 2 * s.GetProperty("members").EnumerateArray().Count(m => ids.Contains(m.GetString()!)) > s.GetProperty("members").GetArrayLength())
            .Select(s => s.GetProperty("segment").GetInt32()).ToHashSet();
        return good.Count > 0 ? good.Contains : _ => true;
    }

    private Outcome ToOutcome(Workload work, IReadOnlyList<string> wrong, long lost, long usualFrom, long end)
    {
        var failures = work.Tracks.SelectMany(t => t.Failures.Select(f => (Track: t, f.At, f.Why))).OrderBy(f => f.At).ToList();
        return new Outcome(
            scenario.Name, scenario.What, Members.Count, scenario.MajorityLives, Math.Round(Stopwatch.GetElapsedTime(faultAt, end).TotalSeconds, 1), work.Acknowledged, lost, wrong,
            work.Tracks.Where(t => t.Kind == CallKind.Write).Sum(t => t.Successes), work.Tracks.Where(t => t.Kind != CallKind.Write).Sum(t => t.Successes),
            failures.Count(f => f.Track.Kind == CallKind.Write), failures.Count(f => f.Track.Kind != CallKind.Write),
            [.. failures.Take(5).Select(f => $"{Stopwatch.GetElapsedTime(faultAt, f.At).TotalSeconds:0.0} s after: {f.Track.Name}: {f.Why}")],
            Longest(work, usualFrom, faultAt), Longest(work, faultAt, end), [.. work.Tracks.Select(t => Of(t, faultAt, end))], Math.Round(wholeAfter!.Value.TotalSeconds, 1), checks);
    }

    private LoopGap Of(Track track, long from, long to)
    {
        var gap = track.Longest(from, to);
        return new LoopGap(track.Name, Math.Round(gap.Length.TotalMilliseconds), Math.Round(Stopwatch.GetElapsedTime(faultAt, gap.From).TotalSeconds, 1));
    }

    private static Gaps Longest(Workload work, long from, long to)
    {
        double? Of(CallKind kind, CallWay way) => work.Tracks.Where(t => t.Kind == kind && t.Way == way).Select(t => (double?)Math.Round(t.Longest(from, to).Length.TotalMilliseconds)).Max();
        return new Gaps(
            Of(CallKind.Write, CallWay.Client), Of(CallKind.Write, CallWay.HttpLive), Of(CallKind.Write, CallWay.HttpRoaming),
            Of(CallKind.ReadOne, CallWay.Client), Of(CallKind.ReadOne, CallWay.HttpLive), Of(CallKind.ReadMajority, CallWay.Client), Of(CallKind.ReadMajority, CallWay.HttpLive));
    }
}
