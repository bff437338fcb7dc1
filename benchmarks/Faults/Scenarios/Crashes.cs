using System.Net.Http.Json;
using FailureHistory.Faults.Driving;
using FailureHistory.Members;

namespace FailureHistory.Faults.Scenarios;

/// <summary>Members that die, pause, or are stopped.</summary>
internal static class Crashes
{
    private static readonly Ground Three = new(3);
    private static readonly Ground Five = new(5) { Arguments = "--replace-after 10s" };

    public static IEnumerable<Scenario> All =>
    [
        new("kill-one", "SIGKILL of 1 of 3; started again after 12 s", Three, KillOne),
        new("kill-two", "SIGKILL of 2 of 3 at once; both started again after 8 s", Three, trial => KillTwo(trial, 8)) { MajorityLives = false, Live = members => [members[0]] },
        new("kill-all", "SIGKILL of all 3 at once; all started again after 2 s", Three, KillAll) { MajorityLives = false },
        new("lost-disk", "SIGKILL of 1 of 3, and its log deleted; started again after 1 s", Three, LostDisk),
        new("pause-short", "SIGSTOP of 1 of 3 for 4 s: unreachable, not downed", Three, trial => Pause(trial, 4, isDowned: false)),
        new("pause-long", "SIGSTOP of 1 of 3 for 20 s: downed meanwhile", Three, trial => Pause(trial, 20, isDowned: true)),
        new("stop", "SIGTERM of one member after the other, each started again after 2 s", Three, Stop) { Live = members => [members[0]] },
        new("power-cut", "SIGKILL of all 3, then started in each of the 6 orders, the first alone for 5 s", new Ground(3) { Arguments = "--form-after 3s" }, PowerCut) { MajorityLives = false },
        new("kill-two-of-five", "SIGKILL of 2 of 5 at once; both started again after 12 s", Five, trial => Kill(trial, trial.Members.TakeLast(2), 12)) { Live = members => [.. members.Take(3)] },
        new("gone", "SIGKILL of 1 of 5, which does not come back within replace-after (10 s)", Five, Gone) { Live = members => [.. members.Take(4)] },
    ];

    private static Task KillOne(Trial trial) => Kill(trial, [trial.Members[^1]], 12);

    internal static async Task Kill(Trial trial, IEnumerable<MemberProcess> victims, double seconds)
    {
        var dead = victims.ToList();
        await Task.WhenAll(dead.Select(member => member.Kill())).ConfigureAwait(false);
        trial.Say($"{string.Join(" and ", dead.Select(m => m.Name))} killed");
        await trial.Hold(seconds).ConfigureAwait(false);
        dead.ForEach(member => member.Start());
        trial.Healed("started again");
    }

    internal static async Task KillTwo(Trial trial, double seconds)
    {
        var (lone, dead) = (trial.Members[0], trial.Members.Skip(1).ToList());
        await Task.WhenAll(dead.Select(member => member.Kill())).ConfigureAwait(false);
        trial.Say("two killed");
        await trial.Hold(seconds).ConfigureAwait(false);
        await Refuses(trial, lone).ConfigureAwait(false);
        var (code, status) = await trial.Readiness(lone).ConfigureAwait(false);
        trial.Expect("/readyz of the one that is left is 503", code == 503, $"{code} {status}");
        dead.ForEach(member => member.Start());
        trial.Healed("both started again");
    }

    private static async Task KillAll(Trial trial)
    {
        await Task.WhenAll(trial.Members.Select(member => member.Kill())).ConfigureAwait(false);
        await trial.Hold(2).ConfigureAwait(false);
        trial.Members.ToList().ForEach(member => member.Start());
        trial.Healed("all started again");
    }

    private static async Task LostDisk(Trial trial)
    {
        var dead = trial.Members[^1];
        await dead.Kill().ConfigureAwait(false);
        foreach (var file in Directory.GetFiles(dead.Folder, "log.db*"))
        {
            File.Delete(file);
        }

        await trial.Hold(1).ConfigureAwait(false);
        dead.Start();
        trial.Healed("started again without its log");
    }

    internal static async Task Pause(Trial trial, double seconds, bool isDowned)
    {
        var paused = trial.Members[^1];
        var process = paused.ProcessId;
        paused.Pause();
        await trial.Hold(seconds).ConfigureAwait(false);
        var status = await trial.StatusAt(trial.Members[0], paused).ConfigureAwait(false);
        trial.Expect(isDowned ? "the others have removed it from the cluster" : "the others have not removed it", status == "missing" == isDowned, status);
        paused.Resume();
        trial.Healed("goes on");
        await trial.ExpectWithin("it is ready again by itself, in the same process", TimeSpan.FromSeconds(60), async () =>
        {
            var (code, said) = await trial.Readiness(paused).ConfigureAwait(false);
            var seen = await trial.StatusAt(trial.Members[0], paused).ConfigureAwait(false);
            return (code == 200 && seen == "up" && paused.IsRunning && paused.ProcessId == process, $"{code} {said}, {seen}");
        }).ConfigureAwait(false);
    }

    private static async Task Stop(Trial trial)
    {
        foreach (var member in trial.Members.Skip(1).Reverse())
        {
            var code = await member.Stop(trial.Cancelled).ConfigureAwait(false);
            trial.Expect($"{member.Name} ends with exit code 0", code == 0, $"{code}");
            await trial.Hold(2).ConfigureAwait(false);
            member.Start();
            trial.Healed("started again");
            await trial.Set.Whole(3, trial.Cancelled).ConfigureAwait(false);
        }
    }

    private static async Task PowerCut(Trial trial)
    {
        int[][] orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        var before = await trial.RingAt(trial.Members[0]).ConfigureAwait(false);
        foreach (var order in orders)
        {
            await Task.WhenAll(trial.Members.Where(m => m.IsRunning).Select(member => member.Kill())).ConfigureAwait(false);
            trial.Members[order[0]].Start();
            await trial.Hold(5).ConfigureAwait(false);
            await Refuses(trial, trial.Members[order[0]]).ConfigureAwait(false);
            trial.Members[order[1]].Start();
            await trial.Hold(1).ConfigureAwait(false);
            trial.Members[order[2]].Start();
            trial.Healed($"started in the order {string.Join(", ", order)}");
            await trial.Set.Whole(3, trial.Cancelled).ConfigureAwait(false);
            foreach (var member in trial.Members)
            {
                var ring = await trial.RingAt(member).ConfigureAwait(false);
                trial.Expect("the ring is the one from before (R9.11)", ring == before, ring);
            }
        }
    }

    private static async Task Gone(Trial trial)
    {
        var (dead, witness) = (trial.Members[^1], trial.Members[0]);
        await dead.Kill().ConfigureAwait(false);
        trial.Say($"{dead.Name} killed");
        await trial.ExpectWithin("the ring to be without it (R9.2)", TimeSpan.FromSeconds(60), async () =>
        {
            var ring = await trial.RingAt(witness).ConfigureAwait(false);
            return (ring.EndsWith("of 4", StringComparison.Ordinal), ring);
        }).ConfigureAwait(false);
        trial.Healed("out of the ring");
        await trial.Set.Whole(4, trial.Cancelled).ConfigureAwait(false);
        trial.Whole("every segment has three copies again (R9.6)");
        dead.Start();
        await trial.Set.Whole(5, trial.Cancelled).ConfigureAwait(false);
        trial.Say("back in the ring");
    }

    /// <summary>A report at a member that has no majority is refused, with a word on when to try again (R9.9).</summary>
    internal static async Task Refuses(Trial trial, MemberProcess member)
    {
        using var http = new HttpClient { Timeout = Deadline.Span };
        try
        {
            using var reply = await http.PostAsJsonAsync(
                new Uri(member.Url, "/v1/observations"), new { node = "refused", detector = Ledger.Detector, kind = "failure" }, trial.Cancelled).ConfigureAwait(false);
            trial.Expect($"{member.Name} refuses a report with 503 and Retry-After", (int)reply.StatusCode == 503 && reply.Headers.RetryAfter is not null, $"{(int)reply.StatusCode}, Retry-After {reply.Headers.RetryAfter}");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            trial.Expect($"{member.Name} refuses a report with 503", false, e.Message);
        }
    }
}
